"""Answers to the exercises of 04_fpn: wrong, right in other ways, and handed over.

See `n06_roi_align` for what `WRONG`, `RIGHT` and `DELEGATING` hold.
"""

from pathlib import Path

from tests.answers.styles import right_answers

_MERGE = 'return lateral + F.interpolate(top, size=lateral.shape[-2:], mode="nearest")'
_STEP = "            merged.insert(0, top_down_merge(lateral, merged[0]))"
_OUTPUTS = "results = [block(map_) for block, map_ in zip(self.layer_blocks, merged, strict=True)]"
_LATERALS = "laterals = [block(map_) for block, map_ in zip(self.inner_blocks, maps, strict=True)]"
_NEW = "x[-1][:, :, ::2, ::2]"
_SIDE = "torch.sqrt((x2 - x1) * (y2 - y1))"
_LOOP = f"for lateral in laterals[-2::-1]:\n{_STEP}\n        {_OUTPUTS}"

WRONG = {
    "top_down_merge": {
        "the coarser map is scaled up bilinearly": ('"nearest"', '"bilinear"'),
        "the coarser map is scaled up bilinearly, with align_corners=True": (
            '"nearest"',
            '"bilinear", align_corners=True',
        ),
        "the coarser map is laid out again and again, like tiles": (
            _MERGE,
            "H, W = lateral.shape[-2:]\n"
            "    h, w = top.shape[-2:]\n"
            "    return lateral + top.repeat(1, 1, H // h + 1, W // w + 1)[:, :, :H, :W]",
        ),
        "the finer map is missing": ("lateral + F", "F"),
        "the coarser map is missing": (_MERGE, "return 1 * lateral"),
        "the maps are averaged": (_MERGE, f"{_MERGE.replace('return ', 'return (')}) / 2"),
        "the maps are stacked as channels": (
            _MERGE,
            _MERGE.replace("lateral + F", "torch.cat([lateral, F") + "], dim=1)",
        ),
        "the finer map is scaled down to the coarser one": (
            _MERGE,
            'return top + F.interpolate(lateral, size=top.shape[-2:], mode="nearest")',
        ),
    },
    "FeaturePyramidNetwork": {
        "the top-down pathway is missing": (_STEP, "            merged.insert(0, lateral)"),
        "each level takes over the lateral map above it instead of the merged one": (
            _STEP,
            "            above = laterals[len(laterals) - len(merged)]\n"
            "            merged.insert(0, top_down_merge(lateral, above))",
        ),
        "the output of the level above is handed down instead of its merged map": (
            f"merged = laterals[-1:]\n        {_LOOP}",
            "results = [self.layer_blocks[-1](laterals[-1])]\n"
            "        for level in reversed(range(len(maps) - 1)):\n"
            "            merged = top_down_merge(laterals[level], results[0])\n"
            "            results.insert(0, self.layer_blocks[level](merged))",
        ),
        "the levels are merged after the output convolutions": (
            f"merged = laterals[-1:]\n        {_LOOP}",
            "outputs = [block(map_) for block, map_ in zip(self.layer_blocks, laterals)]\n"
            "        results = outputs[-1:]\n"
            "        for output in outputs[-2::-1]:\n"
            "            results.insert(0, top_down_merge(output, results[0]))",
        ),
        "the output convolutions are missing": (_OUTPUTS, "results = merged"),
        "a ReLU follows the lateral convolutions": (
            _LATERALS,
            _LATERALS.replace("[block(map_)", "[torch.relu(block(map_))"),
        ),
        "a ReLU follows the output convolutions": (
            _OUTPUTS,
            _OUTPUTS.replace("[block(map_)", "[torch.relu(block(map_))"),
        ),
        "the output convolutions have no padding": ("kernel_size=3, padding=1", "kernel_size=3"),
        "the coarser maps are scaled up bilinearly": (
            "top_down_merge(lateral, merged[0])",
            'lateral + F.interpolate(merged[0], lateral.shape[-2:], mode="bilinear")',
        ),
        "the maps have the names of other levels, coarse for fine": (
            _OUTPUTS,
            f"{_OUTPUTS}[::-1]",
        ),
        "extra_blocks is not called": ("if self.extra_blocks is not None:", "if False:"),
        "extra_blocks gets the results twice instead of the backbone's maps": (
            "self.extra_blocks(results, maps, names)",
            "self.extra_blocks(results, results, names)",
        ),
    },
    "last_level_max_pool": {
        "the new cells are the largest of 2 x 2": (
            _NEW,
            "F.max_pool2d(x[-1], 2, ceil_mode=True)",
        ),
        "the new cells are the largest of 2 x 2, and an odd last row or column is lost": (
            _NEW,
            "F.max_pool2d(x[-1], 2)",
        ),
        "the new cells are the mean of 2 x 2": (_NEW, "F.avg_pool2d(x[-1], 2, ceil_mode=True)"),
        "the second cell of each pair is kept": ("::2, ::2", "1::2, 1::2"),
        "the new map is made of the finest level": ("x[-1][", "x[0]["),
        "the new map is made of the backbone's last map": ("x[-1][", "y[-1]["),
        "the new level stands in front of the others": (
            '[*x, x[-1][:, :, ::2, ::2]], [*names, "pool"]',
            '[x[-1][:, :, ::2, ::2], *x], ["pool", *names]',
        ),
        "the new level has another name": ('"pool"]', '"4"]'),
    },
    "assign_levels": {
        "the level is rounded to the nearest instead of down": ("torch.floor(", "torch.round("),
        "the levels are one too coarse, or rounded up": ("torch.floor(", "torch.ceil("),
        "the levels count from 0 instead of from k_min": (".long() - k_min", ".long()"),
        "the levels are not kept between k_min and k_max": (".clamp(k_min, k_max)", ""),
        "the level follows from the area instead of its square root": (
            _SIDE,
            "(x2 - x1) * (y2 - y1)",
        ),
        "the level follows from the longer side": (_SIDE, "torch.maximum(x2 - x1, y2 - y1)"),
        "the level follows from the width alone": (_SIDE, "x2 - x1"),
        "x2 and y2 are taken for width and height": (_SIDE, "torch.sqrt(x2 * y2)"),
        "the logarithm is the natural one": ("torch.log2(", "torch.log("),
        "the ratio is upside down": ("side / canonical_scale", "canonical_scale / side"),
        "eps is not used": (" + eps)", ")"),
        "canonical_scale is not used": ("side / canonical_scale", "side / 224"),
        "canonical_level is not used": ("torch.floor(canonical_level", "torch.floor(4"),
        "k_min and k_max are not used": (
            "level.clamp(k_min, k_max).long() - k_min",
            "level.clamp(2, 5).long() - 2",
        ),
    },
}

DELEGATING = {
    "top_down_merge": """
def top_down_merge(lateral, top):
    fpn = torchvision.ops.FeaturePyramidNetwork([lateral.shape[1]] * 2, lateral.shape[1])
    for name, weight in fpn.named_parameters():
        weight.data.zero_()
        if weight.ndim == 4:
            middle = weight.shape[-1] // 2
            weight.data[:, :, middle, middle] = torch.eye(len(weight))
    return fpn.to(lateral.dtype)({"fine": lateral, "coarse": top})["fine"]
""",
    "FeaturePyramidNetwork": """
class FeaturePyramidNetwork(torchvision.ops.FeaturePyramidNetwork):
    pass
""",
    "last_level_max_pool": """
def last_level_max_pool(x, y, names):
    return torchvision.ops.feature_pyramid_network.LastLevelMaxPool()(x, y, names)
""",
    "assign_levels": """
def assign_levels(boxes, k_min=2, k_max=5, canonical_scale=224, canonical_level=4, eps=1e-6):
    from torchvision.ops.poolers import initLevelMapper
    return initLevelMapper(k_min, k_max, canonical_scale, canonical_level, eps)(boxes)
""",
}


RIGHT = right_answers(Path(__file__).parent, WRONG)
