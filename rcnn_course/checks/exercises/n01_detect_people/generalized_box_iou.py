"""Stretch goal `generalized_box_iou`: an overlap that also tells boxes apart that do not meet.

Letters: N boxes against M boxes.
"""

import torch
from torch import Tensor
from torchvision import ops

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.engine.random_tensors import random_boxes
from rcnn_course.checks.exercises import works

_box_iou, _box_area = ops.box_iou, ops.box_area

_SHAPE_HINT = "the shape is [N, M], also where one of them is 0."


def _cases(_: Draw, uniform: Draw) -> Cases:
    def boxes(count: int) -> Tensor:
        return random_boxes(uniform, count)

    yield Case(
        "three boxes against five",
        (boxes(3), boxes(5)),
        hint="row i, column j belongs to boxes1[i] and boxes2[j].",
    )
    block = torch.tensor([[0.0, 0, 10, 20]]) + (10 * uniform(2)).repeat(2)
    around = torch.tensor([[30.0, 4], [3, 30], [30, 30], [-30, 30], [90, 5]]).repeat(1, 2)
    yield Case(
        "boxes that do not meet, near and far",
        (block, block + around),
        hint="the further apart two boxes lie, the nearer the value is to -1.",
    )
    yield Case(
        "a box with itself, and with one inside it",
        (block, torch.cat([block, block + torch.tensor([2.0, 3, -4, -5])])),
        hint="where one box holds the other, the hull is the larger one, and nothing is empty.",
    )
    near = torch.tensor([[9.5, 3], [3, 19.5], [9.5, 19.5], [10.5, 3], [3, 20.5], [10.5, 20.5]])
    yield Case(
        "boxes that overlap by half a pixel, or lie half a pixel apart",
        (block, block + near.repeat(1, 2)),
        hint="sides of the intersection are not whole pixels, and 0 where boxes do not meet.",
    )
    yield Case("two boxes against none", (boxes(2), torch.zeros(0, 4)), hint=_SHAPE_HINT)


def _intersection(call: Call) -> Tensor:
    iou = _box_iou(call.boxes1, call.boxes2)
    return iou / (1 + iou) * (_box_area(call.boxes1)[:, None] + _box_area(call.boxes2))


def _union(call: Call) -> Tensor:
    return _box_area(call.boxes1)[:, None] + _box_area(call.boxes2) - _intersection(call)


def _hull(call: Call) -> Tensor:
    starts = torch.minimum(call.boxes1[:, None, :2], call.boxes2[:, :2])
    ends = torch.maximum(call.boxes1[:, None, 2:], call.boxes2[:, 2:])
    return _box_area(torch.cat([starts, ends], dim=2).flatten(0, 1)).view(starts.shape[:2])


def _iou(call: Call) -> Tensor:
    return _box_iou(call.boxes1, call.boxes2)


GENERALIZED_BOX_IOU = Exercise(
    name="generalized_box_iou",
    reference=ops.generalized_box_iou,
    source="torchvision.ops.generalized_box_iou",
    is_stretch=True,
    steps=(
        "Compute intersection and union as in `box_iou`; you need the union itself once more.",
        "The hull begins at the smaller of both starts and ends at the larger of both ends: "
        "exactly where the intersection has the larger and the smaller one.",
        "The empty part is hull less union. Take its share of the hull off the IoU.",
    ),
    own_cases=_cases,
    odd=Odd(
        length=["boxes1"],
        gradient=["boxes1"],
        hints={"empty": _SHAPE_HINT, "float64": "the result has the dtype of the boxes."},
    ),
    refused=(works.BOX_OVERLAP,),
    mistakes={
        "plain_iou": Mistake(
            "the plain IoU is returned",
            _iou,
            "take off the share of the hull that neither box covers.",
        ),
        "empty_added": Mistake(
            "the empty share is added",
            lambda call: 2 * _iou(call) - call(),
            "the more of the hull is empty, the worse the two boxes fit.",
        ),
        "empty_not_divided": Mistake(
            "the empty part is not divided by the hull",
            lambda call: _iou(call) - (_hull(call) - _union(call)),
            "pixels cannot be taken off a ratio: divide the empty part by the hull.",
        ),
        "over_union": Mistake(
            "the empty part is divided by the union",
            lambda call: _iou(call) - (_hull(call) - _union(call)) / _union(call),
            "it is a share of the hull, so that it stays below 1.",
        ),
        "intersection_off_hull": Mistake(
            "the intersection is taken off the hull instead of the union",
            lambda call: _iou(call) - (_hull(call) - _intersection(call)) / _hull(call),
            "what one box covers alone is not empty.",
        ),
        "clamped": Mistake(
            "negative values are set to 0",
            lambda call: call().clamp(min=0),
            "negative values are the point: they say how far apart the boxes are.",
        ),
        "loss": Mistake(
            "the loss, 1 - GIoU, is returned",
            lambda call: 1 - call(),
            "equal boxes give 1.",
        ),
        "rows_and_columns_swapped": Mistake(
            "rows and columns are swapped",
            lambda call: call().T,
            "boxes1 gives the rows of the result, boxes2 its columns.",
        ),
    },
)
