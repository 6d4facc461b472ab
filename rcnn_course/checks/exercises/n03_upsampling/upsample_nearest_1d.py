"""Exercise `upsample_nearest_1d`: every output copies one input, torch's mode 'nearest'."""

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.n03_upsampling import reading

_RULE_HINT = "the size need not be a multiple of L: output j copies input floor(j * L / size)."


def _cases(normal: Draw, _: Draw) -> Cases:
    yield Case(
        "four cells with the values 0, 1, 2, 3 to twelve",
        (torch.arange(4.0).view(1, 1, 4), 12),
        hint="each output copies one input: output j the input floor(j * L / size).",
    )
    yield Case(
        "two images with three channels, five cells to seven",
        (normal(2, 3, 5), 7),
        hint=_RULE_HINT,
    )
    yield Case(
        "eleven cells to four",
        (normal(1, 2, 11), 4),
        hint="the same rule makes a row shorter: some inputs are then left out.",
        also=(_RULE_HINT,),
    )
    yield Case("as many cells as before", (normal(1, 2, 6), 6))
    yield Case("a single cell to five", (normal(1, 2, 1), 5))
    yield Case("six cells to one", (normal(1, 2, 6), 1))


def _stretched(call: Call) -> Tensor:
    """Keep the first output of each input, and set its further copies to zero."""
    copied = call(input=torch.arange(call.input.shape[2]).float().view(1, 1, -1)).flatten()
    return call() * (copied.diff(prepend=torch.tensor([-1.0])) != 0)


UPSAMPLE_NEAREST_1D = Exercise(
    name="upsample_nearest_1d",
    reference=F.interpolate,
    source="torch.nn.functional.interpolate",
    picture="curve",
    steps=(
        "For each output cell j, which input cell is copied? The docstring says it.",
        "Compute all these indices as one integer tensor of `size` numbers, then index with it.",
        "Stay with whole numbers: multiply first, then divide by floor. A rounded factor goes"
        " wrong for some sizes.",
    ),
    own_cases=_cases,
    odd=Odd(length=["input"], empty=False, of=1),
    refused=(works.INTERPOLATION, works.POINT_SAMPLING),
    mistakes={
        "whole_repeated": Mistake(
            "the whole row is repeated instead of each cell",
            reading.tiled,
            "the output shows the same row, only larger: copies of a cell stand side by side.",
        ),
        "copied_and_cut": reading.copied_and_cut(_RULE_HINT),
        "rounded": Mistake(
            "places are rounded to the nearest whole number instead of down",
            reading.rounded,
            "place j of the output lies at j * L / size of the input; torch rounds it down.",
        ),
        "nearest_centre": Mistake(
            "each output reads the input whose centre is nearest",
            lambda call: call(mode="nearest-exact"),
            "that is torch's mode 'nearest-exact'. The older mode 'nearest', which detectors use, "
            "knows no half cells: it rounds j * L / size down.",
        ),
        "ends_tied": Mistake(
            "the first and last cells are tied to the ends of the output",
            reading.at_places(
                lambda length, size: torch.arange(size) * (length - 1) // max(size - 1, 1)
            ),
            "every input gets the same share of the output: L / size, without the minus ones.",
        ),
        "mixed": Mistake(
            "neighbours are mixed",
            lambda call: call(mode="linear"),
            "nearest copies: no value appears in the output that is not in the input.",
        ),
        "zeros_between": Mistake(
            "zeros stand where copies should be",
            _stretched,
            "every output copies an input; no place of the output is left empty.",
        ),
        "size_as_factor": Mistake(
            "size is taken for the factor",
            lambda call: call(size=None, scale_factor=call.size),
            "size is the length of the output itself.",
        ),
    },
)
