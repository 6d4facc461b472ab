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
_READ = "roi_align(feature, rois[here], output_size, 0.5**number, sampling_ratio)"
_SIDE = "torch.sqrt((x2 - x1) * (y2 - y1))"

WRONG = {
    "roi_pool": {
        "the last row and column of cells are left out": (
            "(last - first + 1)",
            "(last - first)",
        ),
        "the corners are rounded down": (_ROUNDED, "cells.floor()"),
        "the corners are rounded outwards": (
            _ROUNDED,
            "torch.cat([cells[:, :2].floor(), cells[:, 2:].ceil()], dim=1)",
        ),
        "the bins are averaged": (".amax(", ".mean("),
        "x and y are swapped": ("x1, y1, x2, y2 =", "y1, x1, y2, x2 ="),
        "height and width of the output are swapped": ("bins_y, bins_x =", "bins_x, bins_y ="),
        "spatial_scale is not used": ("rois[:, 1:] * spatial_scale", "rois[:, 1:]"),
        "every box is read from the first image": ("input[image, :", "input[0, :"),
        "a bin never falls below zero": ("amax(dim=(1, 2))", "amax(dim=(1, 2)).clamp(min=0)"),
    },
    "bilinear_sample": {
        "x and y are swapped": (_CLAMP, f"y, x = x, y\n    {_CLAMP}"),
        "each point reads the nearest cell": (
            _FRACTIONS,
            "down, along = (y - top).round()[..., None], (x - left).round()[..., None]",
        ),
        "each point reads the cell above and to its left": (
            _FRACTIONS,
            "down, along = torch.zeros_like(y)[..., None], torch.zeros_like(x)[..., None]",
        ),
        "the weights are the wrong way round": (
            _FRACTIONS,
            "down, along = 1 - (y - top)[..., None], 1 - (x - left)[..., None]",
        ),
        "half a cell is subtracted": (_CLAMP, f"y, x = y - 0.5, x - 0.5\n    {_CLAMP}"),
        "half a cell is added": (_CLAMP, f"y, x = y + 0.5, x + 0.5\n    {_CLAMP}"),
        "only the rows are mixed": ("(x - left)[", "torch.zeros_like(x)["),
        "only the columns are mixed": ("(y - top)[", "torch.zeros_like(y)["),
        "points outside the map give 0": (
            "height, width = input.shape[1:]",
            "height, width = input.shape[1:]\n"
            "    inside = (y >= 0) & (y <= height - 1) & (x >= 0) & (x <= width - 1)\n"
            "    input = torch.nn.functional.pad(input, (9, 9, 9, 9))\n"
            "    y, x = torch.where(inside, y + 9, 0), torch.where(inside, x + 9, 0)\n"
            "    height, width = input.shape[1:]",
        ),
        "the map fades to zero outside its border": (
            "height, width = input.shape[1:]",
            "input = torch.nn.functional.pad(input, (9, 9, 9, 9))\n"
            "    y, x = y + 9, x + 9\n"
            "    height, width = input.shape[1:]",
        ),
    },
    "roi_align": {
        "aligned=True makes no difference": ("(0.5 if aligned else 0)", "0"),
        "half a cell is subtracted although aligned=False": ("(0.5 if aligned else 0)", "0.5"),
        "the half cell of aligned=True has the wrong sign": ("- (0.5 if", "+ (0.5 if"),
        "the half cell of aligned=True is taken off in pixels, before scaling": (
            _SCALED,
            "x1, y1, x2, y2 = ((rois[:, 1:] - (0.5 if aligned else 0)) * spatial_scale)",
        ),
        "spatial_scale is not used": ("rois[:, 1:] * spatial_scale", "rois[:, 1:]"),
        "x and y are swapped": ("x1, y1, x2, y2 =", "y1, x1, y2, x2 ="),
        "height and width of the output are swapped": ("bins_y, bins_x =", "bins_x, bins_y ="),
        "every box is read from the first image": ("(input[image],", "(input[0],"),
        "the RoI is rounded to whole cells": (
            "rois[:, 1:] * spatial_scale",
            "(rois[:, 1:] * spatial_scale).round()",
        ),
        "each bin takes a single sample": ("(x1, sampling_ratio)", "(x1, 1)"),
        "sampling_ratio=-1 takes one sample": (
            _ADAPTIVE,
            "torch.ones_like(x1), torch.ones_like(x1)",
        ),
        "sampling_ratio=-1 takes two samples a side": (
            _ADAPTIVE,
            "torch.full_like(x1, 2), torch.full_like(x1, 2)",
        ),
        "samples lie on the corners of the parts of a bin": (" + 0.5) / samples", ") / samples"),
        "each bin keeps its largest sample": ("samples.mean(", "samples.amax("),
        "the samples of a bin are summed": ("samples.mean(", "samples.sum("),
        "samples far outside the map repeat its border": (
            f"torch.where(near, {_SAMPLE}, 0)",
            _SAMPLE,
        ),
        "the map fades to zero just outside its border": (
            _SAMPLE,
            "bilinear_sample(torch.nn.functional.pad(input[image], (9, 9, 9, 9)), y + 9, x + 9)",
        ),
        "a RoI may be smaller than one cell although aligned=False": ("if not aligned", "if False"),
        "a RoI is at least one cell large although aligned=True": ("if not aligned", "if True"),
        "the RoI is one cell too wide and too high": (
            "roi_height, roi_width = y2 - y1, x2 - x1",
            "roi_height, roi_width = y2 - y1 + 1, x2 - x1 + 1",
        ),
    },
    "multiscale_roi_align": {
        "the rows stand level after level instead of box after box": (
            "    return output",
            "    return torch.cat([output[level == number] for number in levels])",
        ),
        "the level is rounded to the nearest instead of down": ("torch.floor(", "torch.round("),
        "the levels are one too coarse, or rounded up": ("torch.floor(", "torch.ceil("),
        "the level follows from the area instead of its square root": (
            _SIDE,
            "(x2 - x1) * (y2 - y1)",
        ),
        "the level follows from the longer side": (_SIDE, "torch.maximum(x2 - x1, y2 - y1)"),
        "the level follows from the width alone": (_SIDE, "x2 - x1"),
        "the levels are one too fine": ("(canonical_level +", "(canonical_level - 1 +"),
        "every box is read from the finest level": (
            "level.clamp(levels[0], levels[-1])",
            "torch.full_like(level, levels[0])",
        ),
        "canonical_scale is not used": ("side / canonical_scale", "side / 224"),
        "every box is read from the first image": (
            _READ,
            _READ.replace("feature,", "feature[:1].expand_as(feature),"),
        ),
        "the boxes are not scaled to their level": ("0.5**number", "1.0"),
        "RoIAlign is called with aligned=True": (
            _READ,
            _READ.replace("sampling_ratio)", "sampling_ratio, True)"),
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
}


RIGHT = right_answers(Path(__file__).parent, WRONG)
