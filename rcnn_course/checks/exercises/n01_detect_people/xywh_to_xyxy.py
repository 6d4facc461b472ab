"""Exercise `xywh_to_xyxy`: from the boxes of COCO's files to those of torchvision."""

import torch
from torch import Tensor
from torchvision.ops import box_convert

from rcnn_course.checks.engine.exercise import Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.engine.random_tensors import random_boxes
from rcnn_course.checks.exercises import works
from rcnn_course.reference.boxes import xywh_to_xyxy


def _cases(_: Draw, uniform: Draw) -> Cases:
    def boxes(count: int) -> Tensor:
        return box_convert(random_boxes(uniform, count), "xyxy", "xywh")

    yield Case(
        "five boxes", (boxes(5),), hint="a row of COCO is left edge, upper edge, width, height."
    )
    yield Case(
        "boxes that begin left of the picture and above it",
        (boxes(3) - torch.tensor([80.0, 80.0, 0.0, 0.0]),),
        hint="an edge may be negative; nothing is cut off here.",
    )
    yield Case("a box without a size", (boxes(1) * torch.tensor([1.0, 1.0, 0.0, 0.0]),))


XYWH_TO_XYXY = Exercise(
    name="xywh_to_xyxy",
    reference=xywh_to_xyxy,
    source="torchvision.ops.box_convert",
    picture="boxes",
    steps=(
        "Two of the four numbers stay as they are. Which two have to be computed?",
        "The right edge is the left edge plus the width; the lower edge likewise from the height.",
        "Build a new tensor with torch.stack along dim=1; writing into `boxes` would change "
        "the caller's.",
    ),
    own_cases=_cases,
    odd=Odd(
        length=["boxes"],
        hints={
            "empty": "no boxes give an empty table, [0, 4].",
            "one": "one box is still a table: shape [1, 4].",
            "float64": "the result has the dtype of the boxes.",
        },
    ),
    refused=(works.BOX_FORM,),
    mistakes={
        "unchanged": Mistake(
            "the boxes are returned as they came",
            lambda call: call(out_fmt="xywh"),
            "the last two numbers should say where the box ends, not how large it is.",
        ),
        "corner_as_middle": Mistake(
            "x and y are taken for the middle of the box",
            lambda call: call(in_fmt="cxcywh"),
            "COCO's x and y are the left and the upper edge.",
        ),
        "other_way_round": Mistake(
            "the boxes are converted the other way round",
            lambda call: call(in_fmt="xyxy", out_fmt="xywh"),
            "a box ends where it begins plus its size.",
        ),
        "pixel_taken_off": Mistake(
            "one pixel is taken off the right and the lower edge",
            lambda call: call() - torch.tensor([0, 0, 1, 1]),
            "x2 is the edge of the box, not its last pixel, so x2 - x1 is its width.",
        ),
        "width_and_height_swapped": Mistake(
            "width and height are swapped",
            lambda call: call(boxes=call.boxes[:, [0, 1, 3, 2]]),
            "the width lies along x and the height along y.",
        ),
        "x_and_y_swapped": Mistake(
            "the corners are written as y, x",
            lambda call: call()[:, [1, 0, 3, 2]],
            "torchvision writes each corner as x, then y.",
        ),
        "x1_x2_y1_y2": Mistake(
            "the numbers stand as x1, x2, y1, y2",
            lambda call: call()[:, [0, 2, 1, 3]],
            "a row holds two corners: first x1 and y1, then x2 and y2.",
        ),
    },
)
