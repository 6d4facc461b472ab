"""Exercise `roi_pool`: RoI pooling (Girshick 2015, Fast R-CNN, section 2.1)."""

from collections.abc import Callable, Iterator, Sequence

import torch
import torchvision
from torch import Tensor

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n06_roi_align.regions import (
    FIRST_IMAGE_HINT,
    SCALE_HINT,
    SIDES_SWAPPED_HINT,
    X_AND_Y_HINT,
    Boxes,
    each_corner,
    from_first_image,
    height_width,
    rois_of,
    unscaled,
    with_sides_swapped,
    with_x_and_y_swapped,
)
from rcnn_course.checks.exercises.n06_roi_align.roi_align import reference as roi_align

_operator = torch.ops.torchvision.roi_pool.default


def reference(
    input: Tensor,
    boxes: Boxes,
    output_size: int | Sequence[int],
    spatial_scale: float = 1.0,
) -> Tensor:
    """Call torchvision's RoI pooling operator."""
    pooled, _ = _operator(input, rois_of(boxes), spatial_scale, *height_width(output_size))
    return pooled


def _cell_boxes(cells: Tensor, jitter: Tensor, stride: int) -> Tensor:
    """Turn boxes in whole cells, inclusive, into pixel boxes that round to them.

    The jitter stays clear of half cells, where rounding rules differ.
    """
    return (cells + 0.4 * (2 * jitter - 1)) * stride


def _roi_pool_cases(seed: int) -> Iterator[Case]:
    normal, uniform = random_tensors(seed)
    cells = torch.tensor([[1.0, 2, 8, 7], [0, 0, 3, 5], [4, 1, 11, 10], [2, 3, 5, 4]])

    def boxes(stride: int, order: Sequence[int] = (0, 1, 2, 3)) -> Tensor:
        return _cell_boxes(cells[list(order)], uniform(len(order), 4), stride)

    yield Case(
        "several boxes on one image, stride 4",
        (normal(1, 3, 12, 15), [boxes(4)], (2, 2), 1 / 4),
    )
    yield Case(
        "an output that is not square, spatial_scale 1",
        (normal(1, 2, 12, 15), [boxes(1)], (4, 2), 1.0),
        hint="output_size is (height, width): rows first.",
    )
    indices = torch.tensor([[1.0], [0], [2], [1]])
    yield Case(
        "a batch of three images, boxes as Tensor[K, 5] in mixed order",
        (normal(3, 2, 12, 15), torch.cat([indices, boxes(8)], 1), (3, 3), 1 / 8),
        hint="the first column of a Tensor[K, 5] says from which image each box is read.",
    )
    yield Case(
        "a list of boxes for two images, the first image without boxes",
        (normal(2, 2, 12, 15), [torch.zeros(0, 4), boxes(4, (2, 0))], 3, 1 / 4),
        hint="output_size may be one number, and a list entry may hold no boxes.",
    )
    small = torch.tensor([[3.0, 4, 3, 4], [5, 5, 7, 6]])
    yield Case(
        "boxes smaller than the output",
        (normal(1, 2, 12, 15), [_cell_boxes(small, uniform(2, 4), 4)], (7, 7), 1 / 4),
        hint="neighbouring bins may share cells: floor where a bin starts, ceil where it ends.",
    )
    outside = torch.tensor([[-3.0, -2, 4, 5], [10, 8, 18, 15], [20, 20, 24, 24], [-9, 2, -5, 6]])
    yield Case(
        "boxes that lie partly or wholly outside the map",
        (normal(1, 2, 12, 15), [_cell_boxes(outside, uniform(4, 4), 4)], (3, 2), 1 / 4),
        hint="bins are cut at the border of the map; a bin without cells gives 0.",
    )
    yield Case(
        "a map with negative values only",
        (-1 - uniform(1, 2, 12, 15), [boxes(4)], (2, 3), 1 / 4),
        hint="the largest of negative numbers is negative.",
    )
    yield Case(
        "a box whose right side is left of its left side",
        (normal(1, 2, 12, 15), [torch.tensor([[24.1, 20.3, 8.2, 12.4]])], (2, 2), 1 / 4),
        hint="a RoI has at least one row and one column of cells.",
    )
    yield Case(
        "no boxes at all",
        (normal(2, 3, 12, 15), torch.zeros(0, 5), (2, 2), 1 / 4),
        hint="with K = 0 the result has the shape [0, C, height, width].",
    )
    yield Case(
        "float64",
        (normal(1, 2, 12, 15, dtype=torch.float64), [boxes(4).double()], (3, 3), 1 / 4),
        hint="the result has the dtype of the input.",
    )
    yield Case(
        "an input that is not contiguous in memory",
        (normal(15, 12, 2, 1).permute(3, 2, 1, 0), [boxes(4)], (2, 2), 1 / 4),
        hint="index with [n, c, y, x] rather than assume an order in memory.",
    )
    yield Case(
        "the gradient that flows back to the feature map",
        (normal(1, 2, 12, 15).requires_grad_(), [boxes(4)], (3, 3), 1 / 4),
    )


def _on_cells(change: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """Make the mistake of turning pixels into cells in another way than by rounding."""

    def wrong(input: Tensor, boxes: Boxes, output_size: int, spatial_scale: float = 1.0) -> Tensor:
        cells = each_corner(boxes, lambda corners: change(corners * spatial_scale))
        return reference(input, cells, output_size)

    return wrong


def _without_last_cell(corners: Tensor) -> Tensor:
    cells = corners.round()
    return torch.cat([cells[:, :2], torch.maximum(cells[:, 2:] - 1, cells[:, :2])], dim=1)


def _roi_pool_by_average(
    input: Tensor, boxes: Boxes, output_size: int | Sequence[int], spatial_scale: float = 1.0
) -> Tensor | None:
    """Average each bin's cells: RoIAlign does so where whole cells fill every bin."""
    cells = each_corner(boxes, lambda corners: (corners * spatial_scale).round())
    height, width = height_width(output_size)
    sides = cells[:, 3:] - cells[:, 1:3] + 1
    if len(cells) == 0 or bool((sides % torch.tensor([width, height])).any()):
        return None
    edges = torch.cat([cells[:, :3] - 0.5, cells[:, 3:] + 0.5], dim=1)
    edges[:, 0] = cells[:, 0]
    return roi_align(input, edges.to(input.dtype), output_size)


ROI_POOL = Exercise(
    name="roi_pool",
    reference=reference,
    source="torchvision.ops.roi_pool",
    own_cases=_roi_pool_cases,
    refused=("torchvision::*roi_pool*", "torchvision::*roi_align*"),
    refused_code=(torchvision.ops.roi_pool, torchvision.ops.RoIPool),
    mistakes=(
        Mistake(
            "the last row and column of cells are left out",
            _on_cells(_without_last_cell),
            "the rounded right and bottom cells belong to the RoI, so its width is "
            "x2 - x1 + 1 cells.",
        ),
        Mistake(
            "the corners are rounded down",
            _on_cells(torch.floor),
            "Fast R-CNN rounds each corner to the nearest cell; cutting off the fraction moves "
            "the RoI up and left.",
        ),
        Mistake(
            "the corners are rounded outwards",
            _on_cells(
                lambda corners: torch.cat([corners[:, :2].floor(), corners[:, 2:].ceil()], 1)
            ),
            "every corner is rounded to the nearest cell, by the same rule.",
        ),
        Mistake(
            "the bins are averaged",
            _roi_pool_by_average,
            "RoI pooling keeps the largest value of a bin: it is a max pooling.",
        ),
        Mistake("x and y are swapped", with_x_and_y_swapped(reference), X_AND_Y_HINT),
        Mistake(
            "height and width of the output are swapped",
            with_sides_swapped(reference),
            SIDES_SWAPPED_HINT,
        ),
        Mistake("spatial_scale is not used", unscaled(reference), SCALE_HINT),
        Mistake(
            "every box is read from the first image",
            from_first_image(reference),
            FIRST_IMAGE_HINT,
        ),
        Mistake(
            "a bin never falls below zero",
            lambda *args: reference(*args).clamp(min=0),
            "start the maximum from the cells of the bin, not from 0.",
        ),
    ),
)
