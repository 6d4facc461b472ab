"""Exercise `xywh_to_xyxy`: from the boxes of COCO's files to those of torchvision."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torchvision import ops
from torchvision.ops import _box_convert
from torchvision.transforms.v2.functional import _meta

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n01_detect_people.boxes import random_boxes, stored_by_column

_convert = ops.box_convert


def reference(boxes: Tensor) -> Tensor:
    """Call torchvision's function."""
    return _convert(boxes, "xywh", "xyxy")


def _xywh_to_xyxy_cases(seed: int) -> Iterator[Case]:
    _, uniform = random_tensors(seed)

    def boxes(count: int) -> Tensor:
        return _convert(random_boxes(uniform, count), "xyxy", "xywh")

    yield Case(
        "four boxes",
        (boxes(4),),
        hint="a row of COCO is left edge, upper edge, width, height.",
    )
    yield Case("one box", (boxes(1),), hint="one box is still a table: shape [1, 4].")
    yield Case("no boxes", (torch.zeros(0, 4),), hint="no boxes give an empty table, [0, 4].")
    yield Case(
        "boxes that begin left of the picture and above it",
        (boxes(3) - torch.tensor([80.0, 80.0, 0.0, 0.0]),),
        hint="an edge may be negative; nothing is cut off here.",
    )
    yield Case("a box without a size", (boxes(1) * torch.tensor([1.0, 1.0, 0.0, 0.0]),))
    yield Case("float64", (boxes(3).double(),), hint="the result has the dtype of the boxes.")
    yield Case("boxes that are not contiguous in memory", (stored_by_column(boxes(5)),))


XYWH_TO_XYXY = Exercise(
    name="xywh_to_xyxy",
    reference=reference,
    source="torchvision.ops.box_convert",
    own_cases=_xywh_to_xyxy_cases,
    refused_code=(
        ops.box_convert,
        _box_convert,
        _meta.convert_bounding_box_format,
        _meta._convert_bounding_box_format,
        _meta._xywh_to_xyxy,
    ),
    mistakes=(
        Mistake(
            "the boxes are returned as they came",
            lambda boxes: boxes.clone(),
            "the last two numbers should say where the box ends, not how large it is.",
        ),
        Mistake(
            "x and y are taken for the middle of the box",
            lambda boxes: _convert(boxes, "cxcywh", "xyxy"),
            "COCO's x and y are the left and the upper edge.",
        ),
        Mistake(
            "the boxes are converted the other way round",
            lambda boxes: _convert(boxes, "xyxy", "xywh"),
            "a box ends where it begins plus its size.",
        ),
        Mistake(
            "one pixel is taken off the right and the lower edge",
            lambda boxes: reference(boxes) - boxes.new_tensor([0, 0, 1, 1]),
            "x2 is the edge of the box, not its last pixel, so x2 - x1 is its width.",
        ),
        Mistake(
            "width and height are swapped",
            lambda boxes: reference(boxes[:, [0, 1, 3, 2]]),
            "the width lies along x and the height along y.",
        ),
        Mistake(
            "the corners are written as y, x",
            lambda boxes: reference(boxes)[:, [1, 0, 3, 2]],
            "torchvision writes each corner as x, then y.",
        ),
        Mistake(
            "the numbers stand as x1, x2, y1, y2",
            lambda boxes: reference(boxes)[:, [0, 2, 1, 3]],
            "a row holds two corners: first x1 and y1, then x2 and y2.",
        ),
    ),
)
