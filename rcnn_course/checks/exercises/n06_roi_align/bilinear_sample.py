"""Exercise `bilinear_sample`: a value between the cells (He et al. 2017, Mask R-CNN, figure 3)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.reference.roi_pooling import bilinear_sample

_X_AND_Y_HINT = "y chooses the row, the second axis of the map, and x the column, the last."
_MIX_HINT = "bilinear sampling mixes the four cells around the point, by their distances."
_CENTRE_HINT = "here integer coordinates are the centres of cells already."
_BOTH_HINT = "mix in both directions: along x between columns, along y between rows."
_BORDER_HINT = "a point outside is first moved to the nearest border: 0 <= y <= H - 1."


def _cases(normal: Draw, uniform: Draw) -> Cases:
    def points(*shape: int, height: int = 6, width: int = 9, beyond: float = 0.0) -> tuple:
        y = uniform(*shape, low=-beyond, high=height - 1 + beyond)
        x = uniform(*shape, low=-beyond, high=width - 1 + beyond)
        return y, x

    yield Case("eight points inside the map", (normal(3, 6, 9), *points(8)), hint=_X_AND_Y_HINT)
    yield Case(
        "points on the centres of cells",
        (normal(2, 6, 9), torch.tensor([0.0, 2, 5, 5, 3]), torch.tensor([0.0, 4, 8, 1, 8])),
        hint="at a cell's centre the result is that cell; on the last row or column there is no "
        "next cell to read.",
    )
    (y, x), outside = points(12, beyond=4.0), uniform(3, low=0.1, high=0.9)
    above = torch.cat([y, -outside]), torch.cat([x, 8 * uniform(3)])  # the last ones by a part
    yield Case("points outside the map", (normal(2, 6, 9), *above), hint=_BORDER_HINT)
    yield Case(
        "points in a grid of shape [2, 3, 4]",
        (normal(2, 6, 9), *points(2, 3, 4)),
        hint="the result has the shape [C, *y.shape].",
    )
    yield Case("a map with a single row", (normal(2, 1, 9), *points(5, height=1)))
    yield Case("a map of one cell", (normal(2, 1, 1), *points(4, height=1, width=1, beyond=1.0)))


def _zero_outside(call: Call) -> Tensor:
    y, x = _moved_inside(call)
    return call() * ((y == call.y) & (x == call.x))


def _moved_inside(call: Call) -> tuple[Tensor, Tensor]:
    """Return y and x of the points, those outside moved to the nearest border."""
    last_row, last_column = (side - 1 for side in call.input.shape[1:])
    return call.y.clamp(0, last_row), call.x.clamp(0, last_column)


def _weights_reversed(call: Call) -> Tensor:
    """Mirror each coordinate between its two cells: that swaps their weights."""
    y, x = (2 * t.floor() + 1 - t for t in _moved_inside(call))
    return call(y=y, x=x)


def _fading(call: Call) -> Tensor:
    framed = F.pad(call.input, [1] * 4)
    return call(input=framed, y=call.y + 1, x=call.x + 1)


BILINEAR_SAMPLE = Exercise(
    name="bilinear_sample",
    reference=bilinear_sample,
    source="torch.nn.functional.grid_sample",
    steps=(
        "First move the points into the map, then find the cell above and to the left of "
        "each: floor.",
        "The other neighbours are one row down and one column right, but never behind the last.",
        "A neighbour weighs the more the nearer it is: (1 - distance in y) * (1 - distance in x).",
        "The points may have any shape: index with tensors of that shape, and the channels "
        "stay in front.",
    ),
    own_cases=_cases,
    odd=Odd(length=["y", "x"], gradient=["input"]),
    refused=(works.INTERPOLATION, works.POINT_SAMPLING),
    mistakes={
        "x_and_y_swapped": Mistake(
            "x and y are swapped", lambda call: call(y=call.x, x=call.y), _X_AND_Y_HINT
        ),
        "nearest_cell": Mistake(
            "each point reads the nearest cell", lambda call: call(mode="nearest"), _MIX_HINT
        ),
        "rounded_down": Mistake(
            "each point reads the cell above and to its left",
            lambda call: call(y=call.y.floor(), x=call.x.floor()),
            _MIX_HINT,
        ),
        "weights_reversed": Mistake(
            "the weights are the wrong way round",
            _weights_reversed,
            "the nearer cell weighs more: its weight is 1 minus its distance.",
        ),
        "half_cell_subtracted": Mistake(
            "half a cell is subtracted",
            lambda call: call(y=call.y - 0.5, x=call.x - 0.5),
            _CENTRE_HINT,
        ),
        "half_cell_added": Mistake(
            "half a cell is added", lambda call: call(y=call.y + 0.5, x=call.x + 0.5), _CENTRE_HINT
        ),
        "only_rows_mixed": Mistake(
            "only the rows are mixed", lambda call: call(x=call.x.floor()), _BOTH_HINT
        ),
        "only_columns_mixed": Mistake(
            "only the columns are mixed", lambda call: call(y=call.y.floor()), _BOTH_HINT
        ),
        "zero_outside": Mistake("points outside the map give 0", _zero_outside, _BORDER_HINT),
        "fades_outside": Mistake("the map fades to zero outside its border", _fading, _BORDER_HINT),
    },
)
