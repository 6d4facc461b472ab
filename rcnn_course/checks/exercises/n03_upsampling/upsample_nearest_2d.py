"""Exercise `upsample_nearest_2d`: every output pixel copies one input cell."""

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.n03_upsampling import reading

_interpolate = F.interpolate


_RULE_HINT = "H' / H need not be whole: row i of the output copies row floor(i * H / H')."


def _cases(normal: Draw, _: Draw) -> Cases:
    yield Case(
        "a map of 2 x 3 cells to 6 x 9",
        (torch.arange(6.0).view(1, 1, 2, 3), (6, 9)),
        hint="each cell becomes a block of 3 x 3 copies.",
    )
    yield Case(
        "two images with three channels, 3 x 4 to 7 x 5",
        (normal(2, 3, 3, 4), (7, 5)),
        hint=reading.HEIGHT_FIRST_HINT,
    )
    yield Case(
        "the size as one number",
        (normal(1, 2, 3, 5), 7),
        hint="one number stands for height and width.",
    )
    yield Case("7 x 3 cells to 3 x 7", (normal(1, 2, 7, 3), (3, 7)), hint=reading.HEIGHT_FIRST_HINT)
    yield Case("a single cell to 2 x 3", (normal(1, 2, 1, 1), (2, 3)))


def _whole_factors(call: Call) -> Tensor:
    factors = tuple(size // length for length, size in reading.sizes(call))
    return call(size=None, scale_factor=factors)


UPSAMPLE_NEAREST_2D = Exercise(
    name="upsample_nearest_2d",
    reference=_interpolate,
    source="torch.nn.functional.interpolate",
    picture="map",
    steps=(
        "Rows and columns are chosen independently, each by the rule of one dimension.",
        "Two index tensors, one for rows and one for columns, which may have different lengths.",
        "To index both at once, give the rows a further dimension: [height, 1] against [width].",
    ),
    own_cases=_cases,
    odd=Odd(length=["input"], empty=False, of=1),
    refused=(works.INTERPOLATION, works.POINT_SAMPLING),
    lends={"upsample_nearest_1d": _interpolate},
    mistakes={
        "height_and_width_swapped": reading.HEIGHT_AND_WIDTH_SWAPPED,
        "whole_repeated": Mistake(
            "the whole map is repeated instead of each cell",
            reading.tiled,
            "the output shows the same map, only larger: copies of a cell stand side by side.",
        ),
        "whole_factors": Mistake(
            "each cell is copied a whole number of times",
            _whole_factors,
            _RULE_HINT,
        ),
        "nearest_centre": Mistake(
            "each output reads the cell whose centre is nearest",
            lambda call: call(mode="nearest-exact"),
            "that is torch's mode 'nearest-exact'. The older mode 'nearest', which detectors use, "
            "knows no half cells: it rounds down.",
        ),
        "copied_and_cut": reading.copied_and_cut(_RULE_HINT),
        "rounded": Mistake(
            "places are rounded to the nearest whole number instead of down",
            reading.rounded,
            "row i of the output lies at i * H / H' of the input; torch rounds it down.",
        ),
        "mixed": Mistake(
            "neighbours are mixed",
            lambda call: call(mode="bilinear"),
            "nearest copies: no value appears in the output that is not in the input.",
        ),
    },
)
