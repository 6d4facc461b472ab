"""Exercise `box_area`: the warm-up of the course.

Letters: N boxes.
"""

import torch
from torch import Tensor
from torchvision import ops

from rcnn_course.checks.engine.exercise import Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.engine.random_tensors import random_boxes
from rcnn_course.checks.exercises import works


def _cases(_: Draw, uniform: Draw) -> Cases:
    def boxes(count: int, least: float = 0.0) -> Tensor:
        return random_boxes(uniform, count, start=(least, least + 50), sides=(2.0, 60.0))

    yield Case(
        "five boxes",
        (boxes(5),),
        hint="each row is (x1, y1, x2, y2): the left, upper, right and lower edge in pixels.",
    )
    corner = uniform(2, high=9.0)
    flat = torch.cat([corner, corner + torch.tensor([7.0, 0.0])])[None]
    yield Case(
        "a box without height, beside one with",
        (torch.cat([flat, boxes(1)]),),
        hint="a box whose upper edge is its lower edge covers nothing.",
    )
    yield Case(
        "boxes that begin left of the picture and above it",
        (boxes(3, least=-40.0),),
        hint="an edge may be negative; only the differences matter.",
    )
    yield Case("a box inside one pixel", (torch.tensor([[3.25, 8.5, 3.75, 8.75]]) + corner[0],))


BOX_AREA = Exercise(
    name="box_area",
    reference=ops.box_area,
    source="torchvision.ops.box_area",
    steps=(
        "A box is four numbers: which two of them differ by the width, and which two by the "
        "height?",
        "Take the four columns apart, `boxes.unbind(dim=1)` gives x1, y1, x2 and y2 of all "
        "boxes at once.",
        "Width times height, for all N boxes in one expression, without a loop.",
    ),
    own_cases=_cases,
    odd=Odd(
        length=["boxes"],
        hints={
            "empty": "no boxes give an empty tensor, shape [0].",
            "one": "one box gives a tensor of one number, shape [1].",
            "float64": "the result has the dtype of the boxes.",
        },
    ),
    refused=(works.BOX_AREA, works.BOX_FORM, works.BOX_OVERLAP, works.BOX_CODING),
    mistakes={
        "pixel_added": Mistake(
            "one pixel is added to each side",
            lambda call: call(boxes=call.boxes + torch.tensor([0, 0, 1, 1])),
            "x1 and x2 are the edges of the box, not its first and last pixel: a box from 2 to 5 "
            "is 3 wide.",
        ),
        "corner_as_size": Mistake(
            "the last two numbers are taken for width and height",
            lambda call: call(fmt="xywh"),
            "x2 and y2 say where the box ends, not how large it is.",
        ),
        "x1_x2_y1_y2": Mistake(
            "the numbers are read as x1, x2, y1, y2",
            lambda call: call(boxes=call.boxes[:, [0, 2, 1, 3]]),
            "a row holds two corners: first x1 and y1, then x2 and y2.",
        ),
        "sides_added": Mistake(
            "width and height are added",
            lambda call: ops.box_convert(call.boxes, "xyxy", "xywh")[:, 2:].sum(dim=1),
            "count the squares of a box of 2 by 3 pixels: there are more than 5.",
        ),
        "negative": Mistake(
            "the areas are negative",
            lambda call: -call(),
            "a length is where it ends minus where it begins.",
        ),
        "boxes_summed": Mistake(
            "the areas of all boxes are added up",
            lambda call: call().sum(),
            "each box has an area of its own: N boxes, N numbers.",
        ),
        "column": Mistake(
            "the result is a column",
            lambda call: call()[:, None],
            "the shape is [N], with one axis: a range of columns keeps an axis, one column "
            "drops it.",
        ),
    },
)
