"""What the two exercises on the box head's outputs share: deltas that are read in wrong places.

Letters: `R` RoIs, `C` classes with the background.
"""

from typing import Any

from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Mistake

WHOSE_HINT = "a row of deltas holds the four of class 0, then the four of class 1, and so on."


def grouped(call: Call) -> Tensor:
    """Return the deltas by class: Tensor[R, C, 4]."""
    return call.box_regression.reshape(*call.class_logits.shape, 4)


def same_for_all(call: Call, deltas: Tensor) -> Any:
    """Call with these deltas, Tensor[R, 4], in the place of those of every class."""
    return call(box_regression=deltas.repeat(1, call.class_logits.shape[1]))


COORDINATE_BY_COORDINATE = Mistake(
    "the deltas are read coordinate by coordinate",
    lambda call: call(
        box_regression=call.box_regression.unflatten(1, (4, -1)).transpose(1, 2).flatten(1)
    ),
    WHOSE_HINT,
)
