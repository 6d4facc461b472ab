"""Exercise `encode_boxes`: boxes as deltas from proposals (Girshick et al. 2014, appendix C)."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection import _utils
from torchvision.ops import box_convert

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.engine.random_tensors import random_boxes
from rcnn_course.checks.exercises import works

_LOG_HINT = "the deltas of width and height are natural logarithms: 0 where nothing changes."
_ORDER_HINT = "the four columns are x, y, width, height, each with its own weight."


def _sides(boxes: Tensor) -> Tensor:
    return boxes[:, 2:] - boxes[:, :2]


def _cases(_: Draw, uniform: Draw) -> Cases:
    def boxes(count: int) -> Tensor:
        return random_boxes(uniform, count, start=(0.0, 100.0), sides=(5.0, 60.0))

    def pair(count: int) -> tuple[Tensor, Tensor]:
        """Return boxes, and proposals that overlap them."""
        proposals = boxes(count)
        shift = uniform(count, 4, low=-0.3, high=0.3) * _sides(proposals).repeat(1, 2)
        return proposals + shift, proposals

    weights = torch.tensor([10.0, 10.0, 5.0, 5.0])
    yield Case(
        "five proposals, weights 10, 10, 5, 5",
        (*pair(5), weights),
        hint="how far the centre moves, in widths and heights of the proposal; then the logarithm "
        "of how much wider and higher the box is. Each times its weight.",
    )
    yield Case(
        "all weights 1, as in the RPN",
        (*pair(4), torch.ones(4)),
        hint="the weights are an argument.",
    )
    yield Case(
        "four different weights", (*pair(3), torch.tensor([2.0, 3.0, 5.0, 7.0])), hint=_ORDER_HINT
    )
    yield Case(
        "boxes far away from their proposals, and of quite another size",
        (boxes(5) * 4 + 200, boxes(5), weights),
    )
    same = boxes(3)
    yield Case(
        "proposals that are right already",
        (same.clone(), same, weights),
        hint="nothing to move and nothing to stretch: all deltas are 0.",
    )


def _read_otherwise(call: Call, read: Callable[[Tensor], Tensor]) -> Tensor:
    """Read the corners of both boxes in another way."""
    return call(reference_boxes=read(call.reference_boxes), proposals=read(call.proposals))


def _corners_compared(call: Call) -> Tensor:
    shift = (call.reference_boxes - call.proposals)[:, :2]
    moved = call(reference_boxes=call.proposals + shift.repeat(1, 2))
    return torch.cat([moved[:, :2], call()[:, 2:]], dim=1)


def _shift_times(call: Call, factor: Tensor) -> Tensor:
    """Measure the shift in another unit than the proposal's sides."""
    return call() * F.pad(factor, (0, 2), value=1.0)


def _stretch_as(call: Call, function: Callable[[Tensor], Tensor]) -> Tensor:
    """Return a function of the logarithms in their place."""
    deltas = call(weights=torch.ones_like(call.weights))
    return torch.cat([deltas[:, :2], function(deltas[:, 2:])], dim=1) * call.weights


ENCODE_BOXES = Exercise(
    name="encode_boxes",
    reference=_utils.encode_boxes,
    source="torchvision's BoxCoder.encode",
    steps=(
        "Think in centre and size, of the true box and of the proposal.",
        "The shift is the distance of the centres, in units of the proposal's width and height.",
        "The stretch is the logarithm of true size over proposal's size.",
        "Times the weights, at the end and each on its own.",
    ),
    own_cases=_cases,
    odd=Odd(
        length=["reference_boxes", "proposals"],
        hints={
            "empty": "with R = 0 the result has the shape [0, 4].",
            "float64": "the result has the dtype of the boxes.",
        },
    ),
    refused=(works.BOX_CODING,),
    atol=1e-4,
    mistakes={
        "weights_unused": Mistake(
            "the weights are not used",
            lambda call: call(weights=torch.ones_like(call.weights)),
            "each of the four columns is multiplied by its weight.",
        ),
        "divided_by_weights": Mistake(
            "the deltas are divided by the weights",
            lambda call: call(weights=1 / call.weights),
            "encoding multiplies by the weights, and decoding divides by them again.",
        ),
        "boxes_swapped": Mistake(
            "the box and the proposal are swapped",
            lambda call: call(reference_boxes=call.proposals, proposals=call.reference_boxes),
            "the deltas lead from the proposal to the box of the truth, not back.",
        ),
        "corners_compared": Mistake(
            "upper left corners are compared instead of centres",
            _corners_compared,
            "the shift is that of the centre; the corner moves also when only the size changes.",
        ),
        "true_box_as_unit": Mistake(
            "the shift is measured in sides of the true box",
            lambda call: _shift_times(call, _sides(call.proposals) / _sides(call.reference_boxes)),
            "whoever decodes the deltas knows the proposal alone, so its sides are the unit.",
        ),
        "shift_in_pixels": Mistake(
            "the shift stays in pixels",
            lambda call: _shift_times(call, _sides(call.proposals)),
            "40 pixels are much for a small proposal and little for a large one: divide.",
        ),
        "units_swapped": Mistake(
            "width and height are swapped as units of the shift",
            lambda call: _shift_times(
                call, _sides(call.proposals) / _sides(call.proposals).flip(1)
            ),
            "a shift in x is measured in widths, one in y in heights.",
        ),
        "no_logarithm": Mistake(
            "the logarithm is missing", lambda call: _stretch_as(call, torch.exp), _LOG_HINT
        ),
        "difference": Mistake(
            "the sizes are compared by a difference in place of the logarithm",
            lambda call: _stretch_as(call, torch.expm1),
            _LOG_HINT,
        ),
        "log2": Mistake(
            "the logarithm has the base 2",
            lambda call: _stretch_as(call, lambda logarithms: logarithms / math.log(2)),
            "decoding uses exp, so encoding needs the natural logarithm.",
        ),
        "width_and_height_swapped": Mistake(
            "the columns of width and height are swapped",
            lambda call: call()[:, [0, 1, 3, 2]],
            _ORDER_HINT,
        ),
        "read_as_xywh": Mistake(
            "the boxes are read as x, y, width, height",
            lambda call: _read_otherwise(call, lambda boxes: box_convert(boxes, "xywh", "xyxy")),
            "these boxes are x1, y1, x2, y2: the width is x2 - x1.",
        ),
        "one_pixel_too_large": Mistake(
            "the boxes are one pixel too wide and too high",
            lambda call: _read_otherwise(
                call, lambda boxes: boxes + boxes.new_tensor([0, 0, 1, 1])
            ),
            "a width is x2 - x1; the + 1 belongs to boxes of whole pixels.",
        ),
    },
)
