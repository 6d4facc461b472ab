"""Exercise `upsample_nearest_2d`: every output pixel copies one input cell."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n03_upsampling.reading import along_rows_and_columns, read_at
from rcnn_course.checks.exercises.n03_upsampling.refused import INTERPOLATION, REFUSED_CODE
from rcnn_course.checks.exercises.n03_upsampling.upsample_nearest_1d import (
    reference as upsample_nearest_1d,
)

_interpolate = F.interpolate

Size = int | tuple[int, int]


def reference(input: Tensor, size: Size) -> Tensor:
    """Resize [N, C, H, W] through torch's mode 'nearest'."""
    return _interpolate(input, size=size, mode="nearest")


HEIGHT_FIRST_HINT = "size is (height, width): the third axis first, the last one second."


def _cases(seed: int) -> Iterator[Case]:
    normal, _ = random_tensors(seed)
    yield Case(
        "a map of 2 x 3 cells to 6 x 9",
        (torch.arange(6.0).view(1, 1, 2, 3), (6, 9)),
        hint="each cell becomes a block of 3 x 3 copies.",
    )
    yield Case(
        "two images with three channels, 3 x 4 to 7 x 5",
        (normal(2, 3, 3, 4), (7, 5)),
        hint=HEIGHT_FIRST_HINT,
    )
    yield Case(
        "the size as one number",
        (normal(1, 2, 3, 5), 7),
        hint="one number stands for height and width.",
    )
    yield Case("7 x 3 cells to 3 x 7", (normal(1, 2, 7, 3), (3, 7)), hint=HEIGHT_FIRST_HINT)
    yield Case("a single cell to 2 x 3", (normal(1, 2, 1, 1), (2, 3)))
    yield Case("a batch without images", (normal(0, 2, 3, 4), (6, 8)))
    yield Case("float64", (normal(1, 2, 3, 4, dtype=torch.float64), (6, 8)))
    yield Case(
        "an input that is not contiguous in memory",
        (normal(4, 3, 2, 1).permute(3, 2, 1, 0), (6, 9)),
    )


def _swapped(size: Size) -> Size:
    return size if isinstance(size, int) else size[::-1]


def _whole_factors(input: Tensor, size: Size) -> Tensor:
    height, width = (size, size) if isinstance(size, int) else size
    factors = (height // input.shape[2], width // input.shape[3])
    return _interpolate(input, scale_factor=factors)


def _tiled(input: Tensor, size: Size) -> Tensor | None:
    height, width = (size, size) if isinstance(size, int) else size
    if height % input.shape[2] or width % input.shape[3]:
        return None
    return input.repeat(1, 1, height // input.shape[2], width // input.shape[3])


def _rounded(input: Tensor, size: int) -> Tensor:
    return read_at(input, torch.arange(size).double() * input.shape[-1] / size, mode="nearest")


UPSAMPLE_NEAREST_2D = Exercise(
    name="upsample_nearest_2d",
    reference=reference,
    source="torch.nn.functional.interpolate",
    own_cases=_cases,
    refused=INTERPOLATION,
    refused_code=REFUSED_CODE,
    lends={"upsample_nearest_1d": upsample_nearest_1d},
    mistakes=(
        Mistake(
            "height and width of the size are swapped",
            lambda input, size: reference(input, _swapped(size)),
            HEIGHT_FIRST_HINT,
        ),
        Mistake(
            "the whole map is repeated instead of each cell",
            _tiled,
            "the output shows the same map, only larger: copies of a cell stand side by side.",
        ),
        Mistake(
            "each cell is copied a whole number of times",
            _whole_factors,
            "H' / H need not be whole: row i of the output copies row floor(i * H / H').",
        ),
        Mistake(
            "each output reads the cell whose centre is nearest",
            lambda input, size: _interpolate(input, size=size, mode="nearest-exact"),
            "that is torch's mode 'nearest-exact'. The older mode 'nearest', which detectors use, "
            "knows no half cells: it rounds down.",
        ),
        Mistake(
            "places are rounded to the nearest whole number instead of down",
            along_rows_and_columns(_rounded),
            "row i of the output lies at i * H / H' of the input; torch rounds it down.",
        ),
        Mistake(
            "neighbours are mixed",
            lambda input, size: _interpolate(input, size=size, mode="bilinear"),
            "nearest copies: no value appears in the output that is not in the input.",
        ),
    ),
)
