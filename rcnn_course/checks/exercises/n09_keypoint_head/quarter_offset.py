"""Stretch goal `quarter_offset`: read a heatmap finer than its cells.

Letters: K heatmaps, H and W their rows and columns.
"""

import torch
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.reference.keypoint_head import quarter_offset

_BORDER_HINT = "at the border a neighbour is missing: nothing is moved in that direction."


def _cases(normal: Draw, _: Draw) -> Cases:
    def inside(count: int, height: int, width: int) -> Tensor:
        """Return heatmaps whose largest values do not lie at the border."""
        maps = normal(count, height, width)
        maps[:, 1:-1, 1:-1] += 8
        return maps

    yield Case(
        "twelve heatmaps of 5 x 8 cells",
        (inside(12, 5, 8),),
        hint="move a quarter of a cell to the side of the larger neighbour, in x and in y.",
    )
    border = normal(8, 4, 6)
    rows, columns = torch.tensor([0, 0, 0, 3, 3, 3, 1, 2]), torch.tensor([0, 2, 5, 0, 3, 5, 0, 5])
    border[torch.arange(8), rows, columns] = 9.0
    yield Case("the largest value at each border and corner", (border,), hint=_BORDER_HINT)
    level = inside(2, 5, 5) * 0
    level[:, 2, 2] = 1 + normal(2).abs()
    level[1, 2, 3] = 0.5
    yield Case(
        "neighbours that are equal",
        (level,),
        hint="where both neighbours are equal, the maximum is in the middle: nothing is moved.",
    )


def _cell(call: Call) -> Tensor:
    return call(step=0.0)


QUARTER_OFFSET = Exercise(
    name="quarter_offset",
    reference=quarter_offset,
    source="the definition of Newell et al. 2016, section 3, and Xiao et al. 2018, section 4.1",
    is_stretch=True,
    steps=(
        "Find the cell of the maximum first: `argmax` of a map with one axis, taken apart into row "
        "and column.",
        "Compare its neighbours to the left and right: the sign of their difference, times 0.25.",
        "The same with those above and below. At the border leave that direction out.",
    ),
    own_cases=_cases,
    odd=Odd(length=["maps"], hints={"float64": "the points have the dtype of the maps."}),
    mistakes={
        "not_moved": Mistake(
            "nothing is moved",
            _cell,
            "the neighbours tell to which side of its cell the peak lies.",
        ),
        "half_moved": Mistake(
            "it is moved by half a cell",
            lambda call: call(step=0.5),
            "a quarter of a cell: between staying and going over to the neighbour.",
        ),
        "moved_away": Mistake(
            "it is moved away from the larger neighbour",
            lambda call: call(step=-0.25),
            "the peak lies on the side where the map is higher.",
        ),
        "x_alone": Mistake(
            "only x is moved",
            lambda call: torch.stack([call()[:, 0], _cell(call)[:, 1]], dim=1),
            "y is moved by the neighbours above and below, on its own.",
        ),
        "x_and_y_swapped": Mistake(
            "x and y are swapped",
            lambda call: call().flip(1),
            "a point is (x, y): the column first.",
        ),
        "border_wraps": Mistake(
            "at the border, the neighbour is taken from the other side",
            lambda call: call(is_wrapped=True),
            _BORDER_HINT,
        ),
    },
)
