"""Exercise `upsample_nearest_1d`: every output copies one input, torch's mode 'nearest'."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n03_upsampling.reading import read_at
from rcnn_course.checks.exercises.n03_upsampling.refused import INTERPOLATION, REFUSED_CODE

_interpolate = F.interpolate


def reference(input: Tensor, size: int) -> Tensor:
    """Resize the last axis of [N, C, L] through torch's mode 'nearest'."""
    return _interpolate(input, size=size, mode="nearest")


def _cases(seed: int) -> Iterator[Case]:
    normal, _ = random_tensors(seed)
    yield Case(
        "four cells with the values 0, 1, 2, 3 to twelve",
        (torch.arange(4.0).view(1, 1, 4), 12),
        hint="each output copies one input: output j the input floor(j * L / size).",
    )
    yield Case(
        "two images with three channels, five cells to seven",
        (normal(2, 3, 5), 7),
        hint="the size need not be a multiple of L: output j copies input floor(j * L / size).",
    )
    yield Case(
        "eleven cells to four",
        (normal(1, 2, 11), 4),
        hint="the same rule makes a row shorter: some inputs are then left out.",
    )
    yield Case("as many cells as before", (normal(1, 2, 6), 6))
    yield Case("a single cell to five", (normal(1, 2, 1), 5))
    yield Case("six cells to one", (normal(1, 2, 6), 1))
    yield Case("a batch without images", (normal(0, 2, 4), 6))
    yield Case(
        "float64",
        (normal(1, 2, 4, dtype=torch.float64), 9),
        hint="the result has the dtype of the input.",
    )
    yield Case("an input that is not contiguous in memory", (normal(5, 2, 1).permute(2, 1, 0), 8))


def _tiled(input: Tensor, size: int) -> Tensor | None:
    factor, rest = divmod(size, input.shape[-1])
    return None if rest or factor < 2 else input.repeat(1, 1, factor)


def _stretched(input: Tensor, size: int) -> Tensor:
    """Keep the first output of each input, and set its further copies to zero."""
    copied = reference(torch.arange(float(input.shape[-1])).view(1, 1, -1), size).flatten()
    first = copied.diff(prepend=copied.new_tensor([-1.0])) != 0
    return reference(input, size) * first


_PLACE_HINT = "place j of the output lies at j * L / size of the input; torch rounds it down."

UPSAMPLE_NEAREST_1D = Exercise(
    name="upsample_nearest_1d",
    reference=reference,
    source="torch.nn.functional.interpolate",
    own_cases=_cases,
    refused=INTERPOLATION,
    refused_code=REFUSED_CODE,
    mistakes=(
        Mistake(
            "the whole row is repeated instead of each cell",
            _tiled,
            "the output shows the same row, only larger: copies of a cell stand side by side.",
        ),
        Mistake(
            "places are rounded to the nearest whole number instead of down",
            lambda input, size: read_at(
                input, torch.arange(size).double() * input.shape[-1] / size, mode="nearest"
            ),
            _PLACE_HINT,
        ),
        Mistake(
            "each output reads the input whose centre is nearest",
            lambda input, size: _interpolate(input, size=size, mode="nearest-exact"),
            "that is torch's mode 'nearest-exact'. The older mode 'nearest', which detectors use, "
            "knows no half cells: it rounds j * L / size down.",
        ),
        Mistake(
            "the first and last cells are tied to the ends of the output",
            lambda input, size: read_at(
                input,
                (torch.arange(size).double() * (input.shape[-1] - 1) / max(size - 1, 1)).floor(),
            ),
            "every input gets the same share of the output: L / size, without the minus ones.",
        ),
        Mistake(
            "neighbours are mixed",
            lambda input, size: _interpolate(input, size=size, mode="linear"),
            "nearest copies: no value appears in the output that is not in the input.",
        ),
        Mistake(
            "zeros stand where copies should be",
            _stretched,
            "every output copies an input; no place of the output is left empty.",
        ),
        Mistake(
            "size is taken for the factor",
            lambda input, size: _interpolate(input, scale_factor=size, mode="nearest"),
            "size is the length of the output itself.",
        ),
    ),
)
