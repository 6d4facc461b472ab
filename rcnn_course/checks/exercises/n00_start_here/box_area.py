"""Exercise `box_area`: the warm-up of the course.

Letters: N boxes.
"""

from collections.abc import Iterator

import torch
from torch import Tensor
from torchvision import ops
from torchvision.ops._utils import _loss_inter_union

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors

_box_area = ops.box_area


def reference(boxes: Tensor) -> Tensor:
    """Call torchvision's function."""
    return _box_area(boxes)


def _box_area_cases(seed: int) -> Iterator[Case]:
    _, uniform = random_tensors(seed)

    def boxes(count: int, *, start: float = 0.0) -> Tensor:
        corners = start + uniform(count, 2, high=50.0)
        return torch.cat([corners, corners + uniform(count, 2, low=2.0, high=60.0)], dim=1)

    yield Case(
        "four boxes",
        (boxes(4),),
        hint="each row is (x1, y1, x2, y2): the left, upper, right and lower edge in pixels.",
    )
    yield Case("one box", (boxes(1),), hint="one box gives a tensor of one number, shape [1].")
    yield Case("no boxes", (torch.zeros(0, 4),), hint="no boxes give an empty tensor, shape [0].")
    corner = uniform(2, high=9.0)
    flat = torch.cat([corner, corner + torch.tensor([7.0, 0.0])])[None]
    yield Case(
        "a box without height, beside one with",
        (torch.cat([flat, boxes(1)]),),
        hint="a box whose upper edge is its lower edge covers nothing.",
    )
    yield Case(
        "boxes that begin left of the picture and above it",
        (boxes(3, start=-40.0),),
        hint="an edge may be negative; only the differences matter.",
    )
    yield Case("a box inside one pixel", (torch.tensor([[3.25, 8.5, 3.75, 8.75]]) + corner[0],))
    yield Case("float64", (boxes(3).double(),), hint="the result has the dtype of the boxes.")
    yield Case("boxes that are not contiguous in memory", (boxes(5).T.contiguous().T,))


BOX_AREA = Exercise(
    name="box_area",
    reference=reference,
    source="torchvision.ops.box_area",
    own_cases=_box_area_cases,
    refused_code=(ops.box_area, _loss_inter_union),
    mistakes=(
        Mistake(
            "one pixel is added to each side",
            lambda boxes: reference(boxes + boxes.new_tensor([0, 0, 1, 1])),
            "x1 and x2 are the edges of the box, not its first and last pixel: a box from 2 to 5 "
            "is 3 wide.",
        ),
        Mistake(
            "the last two numbers are taken for width and height",
            lambda boxes: _box_area(boxes, fmt="xywh"),
            "x2 and y2 say where the box ends, not how large it is.",
        ),
        Mistake(
            "the numbers are read as x1, x2, y1, y2",
            lambda boxes: reference(boxes[:, [0, 2, 1, 3]]),
            "a row holds two corners: first x1 and y1, then x2 and y2.",
        ),
        Mistake(
            "width and height are added",
            lambda boxes: ops.box_convert(boxes, "xyxy", "xywh")[:, 2:].sum(dim=1),
            "count the squares of a box of 2 by 3 pixels: there are more than 5.",
        ),
        Mistake(
            "the areas are negative",
            lambda boxes: -reference(boxes),
            "a length is where it ends minus where it begins.",
        ),
        Mistake(
            "the areas of all boxes are added up",
            lambda boxes: reference(boxes).sum(),
            "each box has an area of its own: N boxes, N numbers.",
        ),
        Mistake(
            "the result is a column",
            lambda boxes: reference(boxes)[:, None],
            "the shape is [N], with one axis: a range of columns keeps an axis, one column "
            "drops it.",
        ),
    ),
)
