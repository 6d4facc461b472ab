"""What the exercises on regions share: mistakes that are made with any region.

Letters: `K` RoIs.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Mistake
from rcnn_course.reference.roi_pooling import height_width, rois_of


def move_corners(call: Call, move: Callable[[Tensor], Tensor], **changes: Any) -> Tensor:
    """Call with other corners of the RoIs; `move` takes and returns Tensor[K, 4] in pixels."""
    rois = rois_of(call.boxes)
    corners = move(rois[:, 1:])
    return call(boxes=torch.cat([rois[:, :1].to(corners), corners], dim=1), **changes)


def on_cells(round_off: Callable[[Tensor], Tensor]) -> Callable[[Call], Tensor]:
    """Make the mistake of rounding the corners, in cells, in this way."""
    return lambda call: move_corners(
        call, lambda corners: round_off(corners * call.spatial_scale), spatial_scale=1.0
    )


FIRST_IMAGE_HINT = "the first number of a RoI says which image of the batch it is read from."

MISTAKES = {
    "scale_unused": Mistake(
        "spatial_scale is not used",
        lambda call: call(spatial_scale=1.0),
        "boxes are in picture pixels, the map is smaller: spatial_scale turns one into the other.",
    ),
    "x_and_y_swapped": Mistake(
        "x and y are swapped",
        lambda call: move_corners(call, lambda corners: corners[:, [1, 0, 3, 2]]),
        "a box is (x1, y1, x2, y2); x counts columns, the last axis, and y counts rows.",
    ),
    "sides_swapped": Mistake(
        "height and width of the output are swapped",
        lambda call: call(output_size=height_width(call.output_size)[::-1]),
        "output_size is (height, width), as in the shape of every tensor here.",
    ),
    "first_image_only": Mistake(
        "every box is read from the first image",
        lambda call: call(boxes=rois_of(call.boxes) * torch.tensor([0, 1, 1, 1, 1])),
        FIRST_IMAGE_HINT,
    ),
}
"""Mistakes that are made with RoI pooling and with RoIAlign."""
