"""Exercise `roi_pool`: RoI pooling (Girshick 2015, Fast R-CNN, section 2.1)."""

import torch
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.n06_roi_align.regions import MISTAKES, on_cells
from rcnn_course.reference.roi_pooling import height_width, roi_align, roi_pool, rois_of

_SHARED_HINT = "neighbouring bins may share cells: floor where a bin starts, ceil where it ends."


def _cases(normal: Draw, uniform: Draw) -> Cases:
    def boxes(stride: int, *cells: tuple[int, int, int, int]) -> Tensor:
        """Return boxes in pixels that round to these cells, inclusive.

        They stay clear of half cells, where rounding rules differ.
        """
        return (torch.tensor(cells) + uniform(len(cells), 4, low=-0.4, high=0.4)) * stride

    wide, corner, large, low = (1, 2, 8, 7), (0, 0, 3, 5), (4, 1, 11, 10), (2, 3, 5, 4)
    yield Case(
        "several boxes on one image, stride 4",
        (normal(1, 5, 12, 15), [boxes(4, wide, corner, large)], (2, 4), 1 / 4),
    )
    yield Case(
        "an output that is not square, spatial_scale 1",
        (normal(1, 2, 12, 15), [boxes(1, wide, corner, large, low)], (4, 2), 1.0),
        hint="output_size is (height, width): rows first.",
        also=(_SHARED_HINT,),
    )
    indices = torch.tensor([[1.0], [0], [2], [1]])
    yield Case(
        "a batch of three images, boxes as Tensor[K, 5] in mixed order",
        (
            normal(3, 2, 12, 15),
            torch.cat([indices, boxes(8, wide, corner, large, low)], 1),
            (3, 2),
            1 / 8,
        ),
        hint="the first column of a Tensor[K, 5] says from which image each box is read.",
        also=(_SHARED_HINT,),
    )
    yield Case(
        "a list of boxes for two images, the first image without boxes",
        (normal(2, 2, 12, 15), [torch.zeros(0, 4), boxes(4, large, wide)], 3, 1 / 4),
        hint="output_size may be one number, and a list entry may hold no boxes.",
        also=(_SHARED_HINT,),
    )
    yield Case(
        "boxes smaller than the output",
        (normal(1, 2, 12, 15), [boxes(4, (3, 4, 3, 4), (5, 5, 7, 6))], (7, 7), 1 / 4),
        hint=_SHARED_HINT,
    )
    outside = (-3, -2, 4, 5), (10, 8, 18, 15), (20, 20, 24, 24), (-9, 2, -5, 6)
    above, below = (2, -9, 6, -5), (2, 20, 6, 24)
    yield Case(
        "boxes that lie partly or wholly outside the map",
        (normal(1, 2, 12, 15), [boxes(4, *outside, above, below)], (3, 2), 1 / 4),
        hint="bins are cut at the border of the map; a bin without cells gives 0.",
        also=(_SHARED_HINT,),
    )
    yield Case(
        "spatial_scale left out",
        (
            normal(1, 2, 12, 15),
            [torch.cat([boxes(1, wide), torch.tensor([[0.0, 0, 7, 9]])])],
            (2, 3),
        ),
        hint="a map may be as large as the image: spatial_scale is 1 unless the caller says so.",
        also=(_SHARED_HINT,),
    )
    yield Case(
        "a map with negative values only",
        (-1 - uniform(1, 2, 12, 15), [boxes(4, wide, corner, large, low)], (2, 3), 1 / 4),
        hint="the largest of negative numbers is negative.",
        also=(_SHARED_HINT,),
    )
    yield Case(
        "a box whose right side is left of its left side",
        (normal(1, 2, 12, 15), [torch.tensor([[24.1, 20.3, 8.2, 12.4]])], (2, 2), 1 / 4),
        hint="a RoI has at least one row and one column of cells.",
        also=(_SHARED_HINT,),
    )


def _without_last_cell(corners: Tensor) -> Tensor:
    first, last = corners.round().split(2, dim=1)
    return torch.cat([first, torch.maximum(last - 1, first)], dim=1)


def _averaged(call: Call) -> Tensor | None:
    """Average each bin's cells: RoIAlign does so where whole cells fill every bin."""
    cells = (rois_of(call.boxes) * torch.tensor([1.0, *[call.spatial_scale] * 4])).round()
    sides = cells[:, 3:] - cells[:, 1:3] + 1
    if bool((sides % torch.tensor(height_width(call.output_size)[::-1])).any()):
        return None
    edges = cells + cells.new_tensor([0, -0.5, -0.5, 0.5, 0.5])
    return roi_align(call.input, edges, call.output_size)


ROI_POOL = Exercise(
    name="roi_pool",
    reference=roi_pool,
    source="torchvision.ops.roi_pool",
    picture="map",
    steps=(
        "Work in cells: boxes times spatial_scale, rounded. From here on everything is a "
        "whole number.",
        "The last cell is included, so a RoI has last - first + 1 cells, and at least one.",
        "Bin j of one side goes from floor(j * size / bins) to ceil((j + 1) * size / bins), "
        "counted from the first cell.",
        "Cut the bins off at the map; take the maximum where cells are left, and 0 where none are.",
    ),
    own_cases=_cases,
    odd=Odd(
        length=["boxes"],
        gradient=["input"],
        of=2,
        hints={
            "empty": "with K = 0 the result has the shape [0, C, height, width].",
            "layout": "index with [n, c, y, x] rather than assume an order in memory.",
        },
    ),
    refused=(works.ROI_POOLING,),
    mistakes={
        "last_cell_left_out": Mistake(
            "the last row and column of cells are left out",
            on_cells(_without_last_cell),
            "the rounded right and bottom cells belong to the RoI, so its width is "
            "x2 - x1 + 1 cells.",
        ),
        "rounded_down": Mistake(
            "the corners are rounded down",
            on_cells(torch.floor),
            "Fast R-CNN rounds each corner to the nearest cell; cutting off the fraction moves "
            "the RoI up and left.",
        ),
        "rounded_outwards": Mistake(
            "the corners are rounded outwards",
            on_cells(lambda corners: torch.cat([corners[:, :2].floor(), corners[:, 2:].ceil()], 1)),
            "every corner is rounded to the nearest cell, by the same rule.",
        ),
        "averaged": Mistake(
            "the bins are averaged",
            _averaged,
            "RoI pooling keeps the largest value of a bin: it is a max pooling.",
        ),
        **MISTAKES,
        "cut_at_zero": Mistake(
            "a bin never falls below zero",
            lambda call: call().clamp(min=0),
            "start the maximum from the cells of the bin, not from 0.",
        ),
    },
)
