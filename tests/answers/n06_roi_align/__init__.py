"""Answers to the exercises of 06_roi_align: wrong, right in other ways, and handed over.

`WRONG[exercise][mistake]` is an edit of the notebook's own solution, (old text, new text), that
makes this typical mistake. `RIGHT[exercise][style]` and `DELEGATING[exercise]` are whole sources.
"""

from pathlib import Path

from tests.answers.styles import right_answers

_ROUNDED = "torch.trunc(cells + 0.5 * cells.sign())"
_SCALED = "x1, y1, x2, y2 = (rois[:, 1:] * spatial_scale - (0.5 if aligned else 0))"
_SAMPLE = "bilinear_sample(input[image], y, x)"
_ADAPTIVE = "(roi_height / bins_y).ceil(), (roi_width / bins_x).ceil()"
_CLAMP = "y, x = y.clamp(0, height - 1), x.clamp(0, width - 1)"
_FRACTIONS = "down, along = (y - top)[..., None], (x - left)[..., None]"
_WEIGHTS = "weights = (down[:, :, None, :, None] * across[:, None, :, None, :]).to(input.dtype)"
_SUMS = 'F.embedding_bag(cells, table, per_sample_weights=weights, mode="sum")'
_ROIS = "rois = rois_with_image_index(boxes)"
_READ = "roi_align(feature, rois[here], output_size, 0.5**number, sampling_ratio)"
_SIDE = "torch.sqrt((x2 - x1) * (y2 - y1))"

WRONG = {
    "roi_pool": {
        "last_cell_left_out": (
            "(last - first + 1)",
            "(last - first)",
        ),
        "rounded_down": (_ROUNDED, "cells.floor()"),
        "rounded_outwards": (
            _ROUNDED,
            "torch.cat([cells[:, :2].floor(), cells[:, 2:].ceil()], dim=1)",
        ),
        "averaged": (".amax(", ".mean("),
        "x_and_y_swapped": ("x1, y1, x2, y2 =", "y1, x1, y2, x2 ="),
        "sides_swapped": ("bins_y, bins_x =", "bins_x, bins_y ="),
        "scale_unused": ("rois[:, 1:] * spatial_scale", "rois[:, 1:]"),
        "first_image_only": ("input[image, :", "input[0, :"),
        "cut_at_zero": ("amax(dim=(1, 2))", "amax(dim=(1, 2)).clamp(min=0)"),
    },
    "bilinear_sample": {
        "x_and_y_swapped": (_CLAMP, f"y, x = x, y\n    {_CLAMP}"),
        "nearest_cell": (
            _FRACTIONS,
            "down, along = (y - top).round()[..., None], (x - left).round()[..., None]",
        ),
        "rounded_down": (
            _FRACTIONS,
            "down, along = torch.zeros_like(y)[..., None], torch.zeros_like(x)[..., None]",
        ),
        "weights_reversed": (
            _FRACTIONS,
            "down, along = 1 - (y - top)[..., None], 1 - (x - left)[..., None]",
        ),
        "half_cell_subtracted": (_CLAMP, f"y, x = y - 0.5, x - 0.5\n    {_CLAMP}"),
        "half_cell_added": (_CLAMP, f"y, x = y + 0.5, x + 0.5\n    {_CLAMP}"),
        "only_rows_mixed": ("(x - left)[", "torch.zeros_like(x)["),
        "only_columns_mixed": ("(y - top)[", "torch.zeros_like(y)["),
        "zero_outside": (
            "height, width = input.shape[1:]",
            "height, width = input.shape[1:]\n"
            "    inside = (y >= 0) & (y <= height - 1) & (x >= 0) & (x <= width - 1)\n"
            "    input = torch.nn.functional.pad(input, (9, 9, 9, 9))\n"
            "    y, x = torch.where(inside, y + 9, 0), torch.where(inside, x + 9, 0)\n"
            "    height, width = input.shape[1:]",
        ),
        "fades_outside": (
            "height, width = input.shape[1:]",
            "input = torch.nn.functional.pad(input, (9, 9, 9, 9))\n"
            "    y, x = y + 9, x + 9\n"
            "    height, width = input.shape[1:]",
        ),
    },
    "roi_align": {
        "outside_left_out": (
            "samples.mean(dim=(-2, -1))",
            "(samples.sum(dim=(-2, -1)) / near.sum(dim=(-2, -1)).clamp(min=1))",
        ),
        "aligned_unused": (_SCALED, f"aligned = False\n    {_SCALED}"),
        "half_cell_missing": ("(0.5 if aligned else 0)", "0"),
        "always_moved": ("(0.5 if aligned else 0)", "0.5"),
        "half_cell_added": ("- (0.5 if", "+ (0.5 if"),
        "half_pixel_subtracted": (
            _SCALED,
            "x1, y1, x2, y2 = ((rois[:, 1:] - (0.5 if aligned else 0)) * spatial_scale)",
        ),
        "scale_unused": ("rois[:, 1:] * spatial_scale", "rois[:, 1:]"),
        "x_and_y_swapped": ("x1, y1, x2, y2 =", "y1, x1, y2, x2 ="),
        "sides_swapped": ("bins_y, bins_x =", "bins_x, bins_y ="),
        "first_image_only": ("(input[image],", "(input[0],"),
        "rounded": (
            "rois[:, 1:] * spatial_scale",
            "(rois[:, 1:] * spatial_scale).round()",
        ),
        "one_sample": ("(x1, sampling_ratio)", "(x1, 1)"),
        "adaptive_one_sample": (
            _ADAPTIVE,
            "torch.ones_like(x1), torch.ones_like(x1)",
        ),
        "adaptive_two_samples": (
            _ADAPTIVE,
            "torch.full_like(x1, 2), torch.full_like(x1, 2)",
        ),
        "samples_on_corners": (" + 0.5) / samples", ") / samples"),
        "largest_sample": ("samples.mean(", "samples.amax("),
        "summed": ("samples.mean(", "samples.sum("),
        "border_repeated": (
            f"torch.where(near, {_SAMPLE}, 0)",
            _SAMPLE,
        ),
        "fades_outside": (
            _SAMPLE,
            "bilinear_sample(torch.nn.functional.pad(input[image], (9, 9, 9, 9)), y + 9, x + 9)",
        ),
        "least_size_missing": ("if not aligned", "if False"),
        "least_size_always": ("if not aligned", "if True"),
        "one_cell_too_large": (
            "roi_height, roi_width = y2 - y1, x2 - x1",
            "roi_height, roi_width = y2 - y1 + 1, x2 - x1 + 1",
        ),
    },
    "multiscale_roi_align": {
        "level_by_level": (
            "    return output",
            "    return torch.cat([output[level == number] for number in levels])",
        ),
        "level_rounded": ("torch.floor(", "torch.round("),
        "level_too_coarse": ("torch.floor(", "torch.ceil("),
        "area_unrooted": (
            _SIDE,
            "(x2 - x1) * (y2 - y1)",
        ),
        "longer_side": (_SIDE, "torch.maximum(x2 - x1, y2 - y1)"),
        "width_alone": (_SIDE, "x2 - x1"),
        "level_too_fine": ("(canonical_level +", "(canonical_level - 1 +"),
        "finest_level_only": (
            "level.clamp(levels[0], levels[-1])",
            "torch.full_like(level, levels[0])",
        ),
        "canonical_scale_unused": ("side / canonical_scale", "side / 224"),
        "first_image_only": (
            _READ,
            _READ.replace("feature,", "feature[:1].expand_as(feature),"),
        ),
        "scale_unused": ("0.5**number", "1.0"),
        "aligned": (
            _READ,
            _READ.replace("sampling_ratio)", "sampling_ratio, True)"),
        ),
    },
    "roi_align_cases": {
        "never_aligned": (', "aligned": True', ""),
        "never_adaptive": ('"spatial_scale": 0.25', '"spatial_scale": 0.25, "sampling_ratio": 2'),
        "inside_alone": (
            "rest = [plain",
            "over = plain + 0.3\n    small = plain + 0.6\n    rest = [plain",
        ),
    },
    "vectorised_roi_align": {
        "outside_left_out": (
            _WEIGHTS,
            f"{_WEIGHTS}\n    weights /= weights.sum((3, 4), keepdim=True).clamp(min=1e-9)",
        ),
        "aligned_unused": (_SCALED, f"aligned = False\n    {_SCALED}"),
        "half_cell_missing": ("(0.5 if aligned else 0)", "0"),
        "always_moved": ("(0.5 if aligned else 0)", "0.5"),
        "half_cell_added": ("- (0.5 if", "+ (0.5 if"),
        "half_pixel_subtracted": (
            _SCALED,
            "x1, y1, x2, y2 = ((rois[:, 1:] - (0.5 if aligned else 0)) * spatial_scale)",
        ),
        "scale_unused": ("rois[:, 1:] * spatial_scale", "rois[:, 1:]"),
        "x_and_y_swapped": ("x1, y1, x2, y2 =", "y1, x1, y2, x2 ="),
        "sides_swapped": ("bins_y, bins_x =", "bins_x, bins_y ="),
        "first_image_only": ("rois[:, 0, None, None].long()", "0"),
        "rounded": (
            "rois[:, 1:] * spatial_scale",
            "(rois[:, 1:] * spatial_scale).round()",
        ),
        "one_sample": ("torch.full_like(size, sampling_ratio)", "torch.ones_like(size)"),
        "adaptive_one_sample": ("(size / bins).ceil()", "torch.ones_like(size)"),
        "adaptive_two_samples": ("(size / bins).ceil()", "torch.full_like(size, 2)"),
        "samples_on_corners": ("(number + 0.5)", "number"),
        "largest_sample": (
            _SUMS,
            "(table[cells] * weights[..., None]).unflatten(1, (2, -1, 2, down.shape[2] // 2))"
            ".sum((1, 3)).amax((1, 2)) * sampling_ratio**2",
        ),
        "summed": ("cells, weights / samples.clamp(min=1)", "cells, weights"),
        "border_repeated": (" & (place >= -1) & (place <= length)", ""),
        "fades_outside": (
            _ROIS,
            f"{_ROIS} + torch.tensor([0, 9, 9, 9, 9]) / spatial_scale\n"
            "    input = F.pad(input, (9, 9, 9, 9))",
        ),
        "least_size_missing": ("if not aligned", "if False"),
        "least_size_always": ("if not aligned", "if True"),
        "one_cell_too_large": (
            "roi_height, roi_width = y2 - y1, x2 - x1",
            "roi_height, roi_width = y2 - y1 + 1, x2 - x1 + 1",
        ),
    },
}

DELEGATING = {
    "roi_pool": """
def roi_pool(input, boxes, output_size, spatial_scale=1.0):
    from torchvision import ops
    return ops.roi_pool(input, boxes, output_size, spatial_scale)
""",
    "bilinear_sample": """
def bilinear_sample(input, y, x):
    size = torch.tensor([input.shape[2] - 1, input.shape[1] - 1]).clamp(min=1)
    grid = 2 * torch.stack([x, y], dim=-1) / size - 1
    sampled = torch.nn.functional.grid_sample(
        input[None], grid.reshape(1, 1, -1, 2), padding_mode="border", align_corners=True
    )
    return sampled.reshape(len(input), *y.shape)
""",
    "roi_align": """
def roi_align(input, boxes, output_size, spatial_scale=1.0, sampling_ratio=-1, aligned=False):
    import torchvision
    return torchvision.ops.roi_align(
        input, boxes, output_size, spatial_scale, sampling_ratio, aligned
    )
""",
    "multiscale_roi_align": """
def multiscale_roi_align(features, boxes, image_shapes, output_size, sampling_ratio,
                         canonical_scale=224, canonical_level=4):
    from torchvision.ops import MultiScaleRoIAlign
    pooler = MultiScaleRoIAlign(
        list(features), output_size, sampling_ratio,
        canonical_scale=canonical_scale, canonical_level=canonical_level,
    )
    return pooler(features, boxes, image_shapes)
""",
    "roi_align_cases": """
def roi_align_cases(features):
    from rcnn_course.reference.roi_cases import roi_align_cases as write
    return write(features)
""",
    "vectorised_roi_align": """
def vectorised_roi_align(
    input, boxes, output_size, spatial_scale=1.0, sampling_ratio=-1, aligned=False
):
    layer = torchvision.ops.RoIAlign(output_size, spatial_scale, sampling_ratio, aligned)
    return layer(input, boxes)
""",
}


RIGHT = right_answers(Path(__file__).parent, WRONG)
