"""Stretch goal `uncertain_points`: where PointRend looks again.

Letters: R masks, P points of each.
"""

import torch
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.reference.mask_head import uncertain_points

_ORDER_HINT = "the most uncertain point comes first: the one whose logit is nearest to 0."


def _cases(normal: Draw, _: Draw) -> Cases:
    yield Case("five points of two masks", (normal(2, 1, 4, 6), 5), hint=_ORDER_HINT)
    yield Case(
        "three masks, higher than wide",
        (3 * normal(3, 1, 7, 3), 2),
        hint="x is a share of the width, y a share of the height, both from 0 to 1.",
    )
    yield Case("all cells of a mask", (normal(1, 1, 2, 3), 6), hint=_ORDER_HINT)
    yield Case(
        "a mask that is sure of itself nearly everywhere",
        (6 + normal(2, 1, 5, 4).abs() * torch.tensor([1.0, -1.9]).repeat(10).view(5, 4), 3),
    )


def _of_measure(call: Call, measure: Tensor) -> Tensor:
    """Return the points that come first by another measure, which is small where they do."""
    return call(logits=measure - measure.amin() + 1)


UNCERTAIN_POINTS = Exercise(
    name="uncertain_points",
    reference=uncertain_points,
    source="the definition of Kirillov et al. 2020 (PointRend), section 3.1",
    is_stretch=True,
    steps=(
        "A probability of 0.5 is a logit of 0. How far is each logit from it?",
        "Make one axis of the cells of a mask, and let `topk` find the places of the smallest.",
        "A place is row * W + column: take it apart, and go half a cell on, to the centre.",
    ),
    own_cases=_cases,
    odd=Odd(length=["logits"], hints={"float64": "the points have the dtype of the logits."}),
    mistakes={
        "corners": Mistake(
            "the points are corners of cells instead of centres",
            lambda call: call() - 0.5 / torch.tensor([*call.logits.shape[:1:-1]]),
            "the centre of cell 0 lies half a cell behind the border of the map.",
        ),
        "x_and_y_swapped": Mistake(
            "x and y are swapped",
            lambda call: call().flip(2),
            "a point is (x, y): the column first.",
        ),
        "in_cells": Mistake(
            "the points are given in cells",
            lambda call: call() * torch.tensor([*call.logits.shape[:1:-1]]),
            "divide by width and height: a point is a share of the RoI, from 0 to 1.",
        ),
        "most_certain": Mistake(
            "the surest points are taken",
            lambda call: _of_measure(call, -call.logits.abs()),
            _ORDER_HINT,
        ),
        "lowest": Mistake(
            "the lowest logits are taken",
            lambda call: _of_measure(call, call.logits),
            "a very low logit is as sure as a very high one.",
        ),
        "half_logit": Mistake(
            "the logits nearest to 0.5 are taken",
            lambda call: _of_measure(call, (call.logits - 0.5).abs()),
            "0.5 is the probability; its logit is 0.",
        ),
        "least_uncertain_first": Mistake(
            "the points stand in the opposite order",
            lambda call: call().flip(1),
            _ORDER_HINT,
        ),
    },
)
