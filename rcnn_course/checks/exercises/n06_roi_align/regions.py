"""What the exercises on regions share: ways to read boxes, and mistakes made with any region.

Letters: N images, C channels, H and W rows and columns of a feature map, K RoIs.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torchvision.ops._utils import convert_boxes_to_roi_format

Boxes = Tensor | list[Tensor]


def rois_of(boxes: Boxes) -> Tensor:
    """Return boxes in any accepted form as Tensor[K, 5]."""
    return boxes if isinstance(boxes, Tensor) else convert_boxes_to_roi_format(boxes)


def height_width(output_size: int | Sequence[int]) -> tuple[int, int]:
    """Return an output size as (height, width)."""
    return (output_size, output_size) if isinstance(output_size, int) else tuple(output_size)


def each_corner(boxes: Boxes, change: Callable[[Tensor], Tensor]) -> Tensor:
    """Return RoIs [K, 5] with their four coordinates changed."""
    rois = rois_of(boxes)
    changed = change(rois[:, 1:])
    return torch.cat([rois[:, :1].to(changed.dtype), changed], dim=1)


def with_sides_swapped(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Make the mistake of reading output_size as (width, height)."""

    def wrong(input: Tensor, boxes: Boxes, output_size: int, *args: float, **options: float):
        height, width = height_width(output_size)
        return function(input, boxes, (width, height), *args, **options)

    return wrong


def with_x_and_y_swapped(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Make the mistake of reading a box as (y1, x1, y2, x2)."""

    def wrong(input: Tensor, boxes: Boxes, *args: float, **options: float) -> Tensor:
        swapped = each_corner(boxes, lambda corners: corners[:, [1, 0, 3, 2]])
        return function(input, swapped, *args, **options)

    return wrong


def from_first_image(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Make the mistake of reading every box from image 0."""

    def wrong(input: Tensor, boxes: Boxes, *args: float, **options: float) -> Tensor:
        rois = rois_of(boxes)
        first = torch.cat([torch.zeros_like(rois[:, :1]), rois[:, 1:]], dim=1)
        return function(input, first, *args, **options)

    return wrong


def unscaled(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Make the mistake of forgetting spatial_scale."""

    def wrong(
        input: Tensor, boxes: Boxes, size: int, spatial_scale: float = 1.0, *args, **options
    ) -> Tensor:
        return function(input, boxes, size, 1.0, *args, **options)

    return wrong


SIDES_SWAPPED_HINT = "output_size is (height, width), as in the shape of every tensor here."
X_AND_Y_HINT = "a box is (x1, y1, x2, y2); x counts columns, the last axis, and y counts rows."
FIRST_IMAGE_HINT = "the first number of a RoI says which image of the batch it is read from."
SCALE_HINT = (
    "boxes are in picture pixels, the map is smaller: spatial_scale turns one into the other."
)
