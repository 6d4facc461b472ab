"""Exercise `upsample_linear_1d`: every output mixes two inputs, torch's mode 'linear'."""

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.n03_upsampling import reading
from rcnn_course.reference.upsampling import upsample_linear_1d

_interpolate = F.interpolate
_BORDER_HINT = "a place outside the row is first moved to its nearest cell, 0 or L - 1."


def _cases(normal: Draw, _: Draw) -> Cases:
    yield Case(
        "four cells to eight, align_corners=False",
        (normal(1, 1, 4), 8),
        hint=reading.HALF_CELL_HINT,
    )
    yield Case("four cells to eight, ends tied", (normal(1, 1, 4), 8, True), hint=reading.ENDS_HINT)
    for align_corners in (False, True):
        yield Case(
            f"two images with three channels, five to seven, align_corners={align_corners}",
            (normal(2, 3, 5), 7, align_corners),
            hint="the size need not be a multiple of L.",
            also=reading.rule(align_corners),
        )
    for align_corners in (False, True):
        yield Case(
            f"eleven cells to four, align_corners={align_corners}",
            (normal(1, 2, 11), 4, align_corners),
            hint="the same rule makes a row shorter.",
            also=reading.rule(align_corners),
        )
    yield Case("as many cells as before", (normal(1, 2, 6), 6), also=reading.rule(False))
    for align_corners in (False, True):
        yield Case(
            f"a single cell to five, align_corners={align_corners}",
            (normal(1, 2, 1), 5, align_corners),
            hint="with one input, every output is a copy of it.",
        )
    yield Case(
        "six cells to one, align_corners=True",
        (normal(1, 2, 6), 1, True),
        hint="with size = 1 there is no last output to tie down: the one there is reads cell 0.",
        also=reading.rule(True),
    )
    yield Case(
        "six cells to one, align_corners=False", (normal(1, 2, 6), 1), also=reading.rule(False)
    )
    yield Case(
        "five cells to two, align_corners=True",
        (normal(1, 2, 5), 2, True),
        hint="the two outputs are the first and the last cell.",
        also=reading.rule(True),
    )


def _weights_swapped(call: Call) -> Tensor:
    coordinates = torch.arange(call.input.shape[2]).double().view(1, 1, -1)
    places = call(input=coordinates).flatten()
    return reading.read_at(call.input, [2 * places.floor() + 1 - places])


UPSAMPLE_LINEAR_1D = Exercise(
    name="upsample_linear_1d",
    reference=upsample_linear_1d,
    source="torch.nn.functional.interpolate",
    picture="curve",
    steps=(
        "Two questions for each output cell: where does it read, and which two cells lie "
        "around that place?",
        "The left cell is the floor of the place; the right one is the next, but never behind"
        " the last.",
        "How far the place lies from the left cell is the weight of the right one.",
        "The places are first moved into 0 to L - 1. With align_corners and one output cell, "
        "size - 1 is 0.",
    ),
    own_cases=_cases,
    odd=Odd(length=["input"], empty=False, of=2),
    refused=(works.INTERPOLATION, works.POINT_SAMPLING),
    mistakes={
        "never_tied": Mistake(
            "align_corners=True makes no difference",
            lambda call: call(align_corners=False),
            reading.ENDS_HINT,
        ),
        "always_tied": reading.ALWAYS_TIED,
        "tied_inverted": reading.TIED_INVERTED,
        "half_cells_forgotten": reading.HALF_CELLS_FORGOTTEN,
        "half_cell_too_far": reading.HALF_CELL_TOO_FAR,
        "ends_not_tied": Mistake(
            "with align_corners=True, size is used where size - 1 belongs",
            reading.ends_not_tied,
            "between size outputs there are size - 1 steps: the last one must reach L - 1.",
        ),
        "first_continued": Mistake(
            "the line is continued beyond the first cell",
            lambda call: reading.continued(call, both_ends=False),
            _BORDER_HINT,
        ),
        "both_ends_continued": Mistake(
            "the line is continued beyond both ends",
            lambda call: reading.continued(call, both_ends=True),
            _BORDER_HINT,
        ),
        "fading": Mistake("the row fades to zero outside its ends", reading.fading, _BORDER_HINT),
        "weights_swapped": Mistake(
            "the weights are the wrong way round",
            _weights_swapped,
            "the nearer cell weighs more: its weight is 1 minus its distance.",
        ),
        "copied": Mistake(
            "each output copies one input",
            lambda call: _interpolate(call.input, size=call.size),
            "linear mixes the two cells around a place, by their distances.",
        ),
    },
)
