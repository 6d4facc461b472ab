"""Exercise `upsample_linear_1d`: every output mixes two inputs, torch's mode 'linear'."""

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n03_upsampling.reading import read_at
from rcnn_course.checks.exercises.n03_upsampling.refused import INTERPOLATION, REFUSED_CODE

_interpolate = F.interpolate


def reference(input: Tensor, size: int, align_corners: bool = False) -> Tensor:
    """Resize the last axis of [N, C, L] through torch's mode 'linear'."""
    return _interpolate(input, size=size, mode="linear", align_corners=align_corners)


HALF_CELL_HINT = (
    "with align_corners=False cells are squares: the centre of output j lies at "
    "(j + 0.5) * L / size - 0.5 in units of input cells."
)
ENDS_HINT = (
    "with align_corners=True the first and the last cells of both rows meet: output j lies at "
    "j * (L - 1) / (size - 1)."
)
BORDER_HINT = "a place outside the row is first moved to its nearest cell, 0 or L - 1."


def _cases(seed: int) -> Iterator[Case]:
    normal, _ = random_tensors(seed)
    yield Case(
        "four cells to eight, align_corners=False",
        (normal(1, 1, 4), 8),
        hint=HALF_CELL_HINT,
    )
    yield Case("four cells to eight, ends tied", (normal(1, 1, 4), 8, True), hint=ENDS_HINT)
    for align_corners in (False, True):
        yield Case(
            f"two images with three channels, five to seven, align_corners={align_corners}",
            (normal(2, 3, 5), 7, align_corners),
            hint="the size need not be a multiple of L.",
        )
    for align_corners in (False, True):
        yield Case(
            f"eleven cells to four, align_corners={align_corners}",
            (normal(1, 2, 11), 4, align_corners),
            hint="the same rule makes a row shorter.",
        )
    yield Case("as many cells as before", (normal(1, 2, 6), 6))
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
    )
    yield Case("six cells to one, align_corners=False", (normal(1, 2, 6), 1))
    yield Case("a batch without images", (normal(0, 2, 4), 6))
    yield Case(
        "float64",
        (normal(1, 2, 4, dtype=torch.float64), 9),
        hint="the result has the dtype of the input.",
    )
    yield Case("an input that is not contiguous in memory", (normal(5, 2, 1).permute(2, 1, 0), 8))


def _places(length: int, size: int, align_corners: bool) -> Tensor:
    """Return where torch reads: a row that holds its own coordinates, resized and unclamped."""
    ramp = torch.arange(-length, 2 * length).double().view(1, 1, -1)
    if align_corners:
        return reference(ramp[..., length : 2 * length], size, True).flatten()
    return reference(ramp, 3 * size, False).flatten()[size : 2 * size]


def at_places(change: Callable[[Tensor], Tensor], **options: str) -> Callable[..., Tensor]:
    """Make the mistake of reading at changed places with align_corners=False."""

    def wrong(input: Tensor, size: int, align_corners: bool = False) -> Tensor | None:
        if align_corners:
            return None
        return read_at(input, change(_places(input.shape[-1], size, False)), **options)

    return wrong


def _weights_swapped(input: Tensor, size: int, align_corners: bool = False) -> Tensor:
    last = input.shape[-1] - 1
    places = _places(input.shape[-1], size, align_corners).clamp(0, last)
    return read_at(input, 2 * places.floor() + 1 - places)


def ends_not_tied(input: Tensor, size: int, align_corners: bool = False) -> Tensor | None:
    """Divide by size instead of size - 1 with align_corners=True."""
    if not align_corners:
        return None
    return read_at(input, torch.arange(size).double() * (input.shape[-1] - 1) / size)


def without_half_cell(input: Tensor, size: int, align_corners: bool = False) -> Tensor | None:
    """Read at j * L / size with align_corners=False."""
    if align_corners:
        return None
    return read_at(input, torch.arange(size).double() * input.shape[-1] / size)


def continued(*, both_ends: bool) -> Callable[..., Tensor | None]:
    """Make the mistake of continuing the first slope (or both) outside the row."""

    def wrong(input: Tensor, size: int, align_corners: bool = False) -> Tensor | None:
        length = input.shape[-1]
        if align_corners or length < 2:
            return None
        before = 2 * input[..., :1] - input[..., 1:2]
        after = 2 * input[..., -1:] - input[..., -2:-1]
        longer = torch.cat([before, input, after if both_ends else input[..., -1:]], dim=-1)
        return read_at(longer, _places(length, size, False) + 1)

    return wrong


UPSAMPLE_LINEAR_1D = Exercise(
    name="upsample_linear_1d",
    reference=reference,
    source="torch.nn.functional.interpolate",
    own_cases=_cases,
    refused=INTERPOLATION,
    refused_code=REFUSED_CODE,
    mistakes=(
        Mistake(
            "align_corners=True makes no difference",
            lambda input, size, align_corners=False: reference(input, size, False),
            ENDS_HINT,
        ),
        Mistake(
            "the corners are aligned although align_corners=False",
            lambda input, size, align_corners=False: reference(input, size, True),
            HALF_CELL_HINT,
        ),
        Mistake(
            "align_corners is understood the wrong way round",
            lambda input, size, align_corners=False: reference(input, size, not align_corners),
            "True ties first to first and last to last; False takes cells for squares, whose "
            "outer edges meet.",
        ),
        Mistake("the half cells are forgotten", without_half_cell, HALF_CELL_HINT),
        Mistake(
            "half an input cell is added but not taken off again",
            at_places(lambda places: places + 0.5),
            HALF_CELL_HINT,
        ),
        Mistake(
            "with align_corners=True, size is used where size - 1 belongs",
            ends_not_tied,
            "between size outputs there are size - 1 steps: the last one must reach L - 1.",
        ),
        Mistake(
            "the line is continued beyond the first cell",
            continued(both_ends=False),
            BORDER_HINT,
        ),
        Mistake("the line is continued beyond both ends", continued(both_ends=True), BORDER_HINT),
        Mistake(
            "the row fades to zero outside its ends",
            at_places(lambda places: places, padding_mode="zeros"),
            BORDER_HINT,
        ),
        Mistake(
            "the weights are the wrong way round",
            _weights_swapped,
            "the nearer cell weighs more: its weight is 1 minus its distance.",
        ),
        Mistake(
            "each output copies one input",
            lambda input, size, align_corners=False: _interpolate(input, size=size),
            "linear mixes the two cells around a place, by their distances.",
        ),
    ),
)
