"""Exercise `upsample_bilinear_2d`: every output pixel mixes four input cells."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n03_upsampling.reading import along_rows_and_columns
from rcnn_course.checks.exercises.n03_upsampling.refused import INTERPOLATION, REFUSED_CODE
from rcnn_course.checks.exercises.n03_upsampling.upsample_linear_1d import (
    ENDS_HINT,
    HALF_CELL_HINT,
    at_places,
    continued,
    ends_not_tied,
    without_half_cell,
)
from rcnn_course.checks.exercises.n03_upsampling.upsample_linear_1d import (
    reference as upsample_linear_1d,
)
from rcnn_course.checks.exercises.n03_upsampling.upsample_nearest_2d import HEIGHT_FIRST_HINT, Size

_interpolate = F.interpolate


def reference(input: Tensor, size: Size, align_corners: bool = False) -> Tensor:
    """Resize [N, C, H, W] through torch's mode 'bilinear'."""
    return _interpolate(input, size=size, mode="bilinear", align_corners=align_corners)


def _cases(seed: int) -> Iterator[Case]:
    normal, _ = random_tensors(seed)
    for align_corners in (False, True):
        yield Case(
            f"a map of 2 x 3 cells to 4 x 6, align_corners={align_corners}",
            (normal(1, 1, 2, 3), (4, 6), align_corners),
            hint=ENDS_HINT if align_corners else HALF_CELL_HINT,
        )
    for align_corners in (False, True):
        yield Case(
            f"two images with three channels, 3 x 4 to 7 x 5, align_corners={align_corners}",
            (normal(2, 3, 3, 4), (7, 5), align_corners),
            hint=HEIGHT_FIRST_HINT,
        )
    yield Case(
        "the size as one number, and nothing said of corners",
        (normal(1, 2, 3, 5), 7),
        hint="one number stands for height and width, and align_corners is False by default.",
    )
    yield Case("7 x 3 cells to 3 x 7", (normal(1, 2, 7, 3), (3, 7)), hint=HEIGHT_FIRST_HINT)
    yield Case("a single cell to 2 x 3", (normal(1, 2, 1, 1), (2, 3)))
    yield Case(
        "4 x 5 cells to one, align_corners=True",
        (normal(1, 2, 4, 5), 1, True),
        hint="with one output there is no last one to tie down: it reads cell 0.",
    )
    yield Case("a batch without images", (normal(0, 2, 3, 4), (6, 8)))
    yield Case("float64", (normal(1, 2, 3, 4, dtype=torch.float64), (6, 8)))
    yield Case(
        "an input that is not contiguous in memory",
        (normal(4, 3, 2, 1).permute(3, 2, 1, 0), (6, 9)),
    )


def _swapped(input: Tensor, size: Size, align_corners: bool = False) -> Tensor:
    return reference(input, size if isinstance(size, int) else size[::-1], align_corners)


def _only_along(axis: int, input: Tensor, size: Size, align_corners: bool = False) -> Tensor:
    """Mix along one axis and copy along the other."""
    sides = [size, size] if isinstance(size, int) else list(size)
    sides[3 - axis] = input.shape[5 - axis]
    return _interpolate(reference(input, tuple(sides), align_corners), size=size, mode="nearest")


_BORDER_HINT = "a place outside the map is first moved to its nearest border."
_BOTH_HINT = "mix in both directions: along y between rows, along x between columns."

UPSAMPLE_BILINEAR_2D = Exercise(
    name="upsample_bilinear_2d",
    reference=reference,
    source="torch.nn.functional.interpolate",
    own_cases=_cases,
    refused=INTERPOLATION,
    refused_code=REFUSED_CODE,
    lends={"upsample_linear_1d": upsample_linear_1d},
    mistakes=(
        Mistake("height and width of the size are swapped", _swapped, HEIGHT_FIRST_HINT),
        Mistake(
            "align_corners=True makes no difference",
            lambda input, size, align_corners=False: reference(input, size, False),
            "pass it on to both directions.",
        ),
        Mistake(
            "the corners are aligned although align_corners=False",
            lambda input, size, align_corners=False: reference(input, size, True),
            HALF_CELL_HINT,
        ),
        Mistake(
            "align_corners is understood the wrong way round",
            lambda input, size, align_corners=False: reference(input, size, not align_corners),
            "True ties corner to corner; False takes cells for squares, whose outer edges meet.",
        ),
        Mistake(
            "the half cells are forgotten",
            along_rows_and_columns(without_half_cell),
            HALF_CELL_HINT,
        ),
        Mistake(
            "with align_corners=True, size is used where size - 1 belongs",
            along_rows_and_columns(ends_not_tied),
            "between H' rows there are H' - 1 steps: the last one must reach H - 1.",
        ),
        Mistake(
            "half an input cell is added but not taken off again",
            along_rows_and_columns(at_places(lambda places: places + 0.5)),
            HALF_CELL_HINT,
        ),
        Mistake(
            "the slope is continued beyond the first row and column",
            along_rows_and_columns(continued(both_ends=False)),
            _BORDER_HINT,
        ),
        Mistake(
            "the map fades to zero outside its border",
            along_rows_and_columns(at_places(lambda places: places, padding_mode="zeros")),
            _BORDER_HINT,
        ),
        Mistake(
            "only the rows are mixed",
            lambda *args, **options: _only_along(2, *args, **options),
            _BOTH_HINT,
        ),
        Mistake(
            "only the columns are mixed",
            lambda *args, **options: _only_along(3, *args, **options),
            _BOTH_HINT,
        ),
        Mistake(
            "each output copies one cell",
            lambda input, size, align_corners=False: _interpolate(input, size=size),
            "bilinear mixes the four cells around a place, by their distances.",
        ),
    ),
)
