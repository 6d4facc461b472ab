"""Mistakes of interpolation that are made in one dimension and in two: most read wrong places.

Letters: `L` length of a row, in two dimensions `H` or `W`; `S` number of places along it.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Mistake

_interpolate, _grid_sample = F.interpolate, F.grid_sample


def read_at(input: Tensor, places: list[Tensor], mode: str = "bilinear") -> Tensor:
    """Read [N, C, L] or [N, C, H, W] at places [S] of each axis in cells: cell 2 stands at 2.

    Goes through grid_sample in double precision; places outside are moved to the border.
    """
    shape = [*input.shape[:2], *map(len, places)]
    maps = input.reshape(1, -1, *input.shape[2:]).double()
    if input.ndim == 3:
        maps, places = maps[:, :, None], [torch.zeros(1), *places]
    y, x = (
        2 * along.double() / max(length - 1, 1) - 1
        for along, length in zip(places, maps.shape[2:], strict=True)
    )
    grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)[None]
    read = _grid_sample(maps, grid, mode, "border", align_corners=True)
    return read.reshape(shape).to(input.dtype)


def sizes(call: Call) -> list[tuple[int, int]]:
    """Return for each axis its length in the input and in the output."""
    lengths = call.input.shape[2:]
    wanted = [call.size] * len(lengths) if isinstance(call.size, int) else call.size
    return list(zip(lengths, wanted, strict=True))


def _from_edge(length: int, size: int) -> Tensor:
    return torch.arange(size).double() * length / size


def _linear(length: int, size: int) -> Tensor:
    """Return where torch reads: a row that holds its own coordinates, resized and unclamped."""
    ramp = torch.arange(-length, 2 * length).double().view(1, 1, -1)
    return _interpolate(ramp, size=3 * size, mode="linear").flatten()[size : 2 * size]


def at_places(
    places: Callable[[int, int], Tensor], *, tied: bool | None = None, mode: str = "bilinear"
) -> Callable[[Call], Tensor | None]:
    """Make the mistake of reading at other places.

    Args:
        places: returns the places along an axis from its lengths in the input and the output.
        tied: the align_corners with which the mistake is made, where calls have it.
        mode: of `read_at`.
    """

    def wrong(call: Call) -> Tensor | None:
        if call.align_corners is not tied:
            return None
        return read_at(call.input, [places(*pair) for pair in sizes(call)], mode)

    return wrong


def rule(align_corners: bool) -> tuple[str]:
    """Return the hint of the rule by which places are found."""
    return (ENDS_HINT if align_corners else HALF_CELL_HINT,)


def copied_and_cut(rule: str) -> Mistake:
    """Return the mistake of copying each cell as often as is enough, and cutting off the rest.

    Args:
        rule: how places are found instead.
    """
    return Mistake(
        "each cell is copied equally often, and what is too much is cut off",
        at_places(lambda length, size: torch.arange(size) // -(-size // length), mode="nearest"),
        rule,
    )


rounded = at_places(_from_edge, mode="nearest")
ends_not_tied = at_places(lambda length, size: _from_edge(length - 1, size), tied=True)


def fading(call: Call) -> Tensor | None:
    """Take what lies outside the input for cells of 0."""
    if call.align_corners:
        return None
    framed = F.pad(call.input, [1] * 2 * (call.input.ndim - 2))
    return read_at(framed, [_linear(*pair) + 1 for pair in sizes(call)])


def continued(call: Call, *, both_ends: bool) -> Tensor | None:
    """Continue the slope outside the first cell of every axis, or outside both ends."""
    longer = call.input
    if call.align_corners or min(longer.shape[2:]) < 2:
        return None
    for axis in range(2, longer.ndim):
        first, second = longer.narrow(axis, 0, 2).split(1, axis)
        before, last = longer.narrow(axis, -2, 2).split(1, axis)
        after = 2 * last - before if both_ends else last
        longer = torch.cat([2 * first - second, longer, after], dim=axis)
    return read_at(longer, [_linear(*pair) + 1 for pair in sizes(call)])


def tiled(call: Call) -> Tensor | None:
    """Repeat the whole row or map instead of each cell."""
    if any(size % length for length, size in sizes(call)):
        return None
    return call.input.repeat(1, 1, *(size // length for length, size in sizes(call)))


HALF_CELL_HINT = (
    "with align_corners=False cells are squares: the centre of output j lies at "
    "(j + 0.5) * L / size - 0.5 in units of input cells."
)
ENDS_HINT = (
    "with align_corners=True the first and the last cells of both rows meet: output j lies at "
    "j * (L - 1) / (size - 1)."
)
HEIGHT_FIRST_HINT = "size is (height, width): the third axis first, the last one second."

HEIGHT_AND_WIDTH_SWAPPED = Mistake(
    "height and width of the size are swapped",
    lambda call: call(size=call.size if isinstance(call.size, int) else call.size[::-1]),
    HEIGHT_FIRST_HINT,
)
ALWAYS_TIED = Mistake(
    "the corners are aligned although align_corners=False",
    lambda call: call(align_corners=True),
    HALF_CELL_HINT,
)
TIED_INVERTED = Mistake(
    "align_corners is understood the wrong way round",
    lambda call: call(align_corners=not call.align_corners),
    "True ties first to first and last to last; False takes cells for squares, whose outer edges "
    "meet.",
)
HALF_CELLS_FORGOTTEN = Mistake(
    "the half cells are forgotten", at_places(_from_edge, tied=False), HALF_CELL_HINT
)
HALF_CELL_TOO_FAR = Mistake(
    "half an input cell is added but not taken off again",
    at_places(lambda length, size: _linear(length, size) + 0.5, tied=False),
    HALF_CELL_HINT,
)
