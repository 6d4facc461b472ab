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
        "bilinear": ('"nearest"', '"bilinear"'),
        "bilinear_aligned": (
            '"nearest"',
            '"bilinear", align_corners=True',
        ),
        "nearest_centre": ('"nearest"', '"nearest-exact"'),
        "tiled": (
            _MERGE,
            "H, W = lateral.shape[-2:]\n"
            "    h, w = top.shape[-2:]\n"
            "    return lateral + top.repeat(1, 1, H // h + 1, W // w + 1)[:, :, :H, :W]",
        ),
        "lateral_missing": ("lateral + F", "F"),
        "top_missing": (_MERGE, "return 1 * lateral"),
        "averaged": (_MERGE, f"{_MERGE.replace('return ', 'return (')}) / 2"),
        "concatenated": (
            _MERGE,
            _MERGE.replace("lateral + F", "torch.cat([lateral, F") + "], dim=1)",
        ),
        "ratio_of_rows": (
            _MERGE,
            "(H, W), (h, w) = lateral.shape[-2:], top.shape[-2:]\n"
            "    i, j = torch.arange(H) * h // H, torch.arange(W) * h // H\n"
            "    return lateral + top[..., i[:, None], j]",
        ),
        "scaled_down": (
            _MERGE,
            'return top + F.interpolate(lateral, size=top.shape[-2:], mode="nearest")',
        ),
    },
    "FeaturePyramidNetwork": {
        "no_pathway": (_STEP, "            merged.insert(0, lateral)"),
        "lateral_handed_down": (
            _STEP,
            "            above = laterals[len(laterals) - len(merged)]\n"
            "            merged.insert(0, top_down_merge(lateral, above))",
        ),
        "output_handed_down": (
            f"merged = laterals[-1:]\n        {_LOOP}",
            "results = [self.layer_blocks[-1](laterals[-1])]\n"
            "        for level in reversed(range(len(maps) - 1)):\n"
            "            merged = top_down_merge(laterals[level], results[0])\n"
            "            results.insert(0, self.layer_blocks[level](merged))",
        ),
        "outputs_merged": (
            f"merged = laterals[-1:]\n        {_LOOP}",
            "outputs = [block(map_) for block, map_ in zip(self.layer_blocks, laterals)]\n"
            "        results = outputs[-1:]\n"
            "        for output in outputs[-2::-1]:\n"
            "            results.insert(0, top_down_merge(output, results[0]))",
        ),
        "no_output_convolutions": (_OUTPUTS, "results = merged"),
        "relu_on_laterals": (
            _LATERALS,
            _LATERALS.replace("[block(map_)", "[torch.relu(block(map_))"),
        ),
        "relu_on_outputs": (
            _OUTPUTS,
            _OUTPUTS.replace("[block(map_)", "[torch.relu(block(map_))"),
        ),
        "no_padding": ("kernel_size=3, padding=1", "kernel_size=3"),
        "bilinear": (
            "top_down_merge(lateral, merged[0])",
            'lateral + F.interpolate(merged[0], lateral.shape[-2:], mode="bilinear")',
        ),
        "names_reversed": (
            _OUTPUTS,
            f"{_OUTPUTS}[::-1]",
        ),
        "extra_blocks_unused": ("if self.extra_blocks is not None:", "if False:"),
        "extra_blocks_on_results": (
            "self.extra_blocks(results, maps, names)",
            "self.extra_blocks(results, results, names)",
        ),
    },
    "last_level_max_pool": {
        "largest_of_4": (
            _NEW,
            "F.max_pool2d(x[-1], 2, ceil_mode=True)",
        ),
        "largest_without_rest": (
            _NEW,
            "F.max_pool2d(x[-1], 2)",
        ),
        "mean_of_4": (_NEW, "F.avg_pool2d(x[-1], 2, ceil_mode=True)"),
        "second_cells": ("::2, ::2", "1::2, 1::2"),
        "finest_level": ("x[-1][", "x[0]["),
        "backbone_map": ("x[-1][", "y[-1]["),
        "new_level_first": (
            '[*x, x[-1][:, :, ::2, ::2]], [*names, "pool"]',
            '[x[-1][:, :, ::2, ::2], *x], ["pool", *names]',
        ),
        "other_name": ('"pool"]', '"4"]'),
    },
    "assign_levels": {
        "level_rounded": ("torch.floor(", "torch.round("),
        "level_too_coarse": ("torch.floor(", "torch.ceil("),
        "counted_from_0": (".long() - k_min", ".long()"),
        "not_clamped": (".clamp(k_min, k_max)", ""),
        "area_unrooted": (
            _SIDE,
            "(x2 - x1) * (y2 - y1)",
        ),
        "longer_side": (_SIDE, "torch.maximum(x2 - x1, y2 - y1)"),
        "width_alone": (_SIDE, "x2 - x1"),
        "corner_as_size": (_SIDE, "torch.sqrt(x2 * y2)"),
        "natural_logarithm": ("torch.log2(", "torch.log("),
        "ratio_inverted": ("side / canonical_scale", "canonical_scale / side"),
        "eps_unused": (" + eps)", ")"),
        "canonical_scale_unused": ("side / canonical_scale", "side / 224"),
        "canonical_level_unused": ("torch.floor(canonical_level", "torch.floor(4"),
        "k_min_and_k_max_unused": (
            "level.clamp(k_min, k_max).long() - k_min",
            "level.clamp(2, 5).long() - 2",
        ),
    },
    "bottom_up_path": {
        "not_chained": ("down(results[-1])", "down(features[len(results) - 1])"),
        "not_added": ("out(halved + feature)", "out(halved)"),
        "no_relu_down": ("torch.relu(down(results[-1]))", "down(results[-1])"),
        "no_relu_out": ("torch.relu(out(halved + feature))", "out(halved + feature)"),
        "finest_left_out": ("return results", "return results[1:]"),
        "coarsest_first": ("return results", "return results[::-1]"),
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
    "bottom_up_path": """
def bottom_up_path(features, downs, outs):
    from rcnn_course.reference.fpn import bottom_up_path as climb
    return climb(features, downs, outs)
""",
}


RIGHT = right_answers(Path(__file__).parent, WRONG)
