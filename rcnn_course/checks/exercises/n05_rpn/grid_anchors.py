"""Exercise `grid_anchors`: the anchors of every cell on every level, in torchvision's order.

Letters: `A` anchors of a cell, `Hl` and `Wl` rows and columns of level l.
"""

import torch
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.reference.rpn import Pairs, grid_anchors

_ORDER_HINT = (
    "row by row, in a row cell by cell, in a cell anchor by anchor: the anchors of a cell stand "
    "together."
)
_CENTRE_HINT = "torchvision puts the anchors of the cell in row 0, column 0 around (0, 0)."

_STRIDE_HINT = "a stride is (height, width): how far apart cells are in y, then in x."


def _cases(normal: Draw, uniform: Draw) -> Cases:
    def anchors(count: int = 3) -> Tensor:
        sides = uniform(count, 2, low=8, high=60).round()
        return torch.cat([-sides, sides], dim=1)

    def coded(count: int) -> Tensor:
        """Return anchors whose numbers tell which one of the cell they are, and which corner."""
        number = torch.arange(float(count))[:, None]
        return number / 10 + torch.tensor([0.01, 0.02, 0.03, 0.04]) + normal(1).round()

    yield Case(
        "2 x 3 cells; anchors whose numbers tell which one and which corner they are",
        ([(2, 3)], [(100, 10)], [coded(5)]),
        hint=_ORDER_HINT,
        also=(_STRIDE_HINT,),
    )
    yield Case(
        "three levels",
        ([(5, 7), (3, 4), (2, 2)], [(8, 8), (16, 16), (32, 32)], [anchors() for _ in range(3)]),
        hint="the result is a list with one tensor for each level.",
        also=(_ORDER_HINT,),
    )
    yield Case(
        "levels with other numbers of anchors",
        ([(4, 2), (2, 1)], [(8, 8), (16, 16)], [anchors(1), anchors(4)]),
        hint="level l has grid_sizes[l], strides[l] and cell_anchors[l].",
        also=(_ORDER_HINT,),
    )
    yield Case(
        "another stride down than across",
        ([(3, 5)], [(16, 12)], [anchors()]),
        hint=_STRIDE_HINT,
        also=(_ORDER_HINT,),
    )
    yield Case("a single cell", ([(1, 1)], [(64, 64)], [anchors()]), hint=_CENTRE_HINT)
    yield Case("a single row", ([(1, 6)], [(32, 32)], [anchors(2)]))
    strides = [tuple(torch.tensor(side) for side in (8, 4))]
    yield Case(
        "strides as tensors without dimensions, which is how torchvision's generator passes them",
        ([torch.Size([4, 6])], strides, [anchors()]),
        also=(_ORDER_HINT, _STRIDE_HINT),
    )


def _swapped(pairs: Pairs) -> Pairs:
    return [pair[::-1] for pair in pairs]


def _in_order(call: Call, *axes: int) -> list[Tensor]:
    """Return the anchors with the axes row, column, anchor and corner of a level in this order."""
    return [
        level.reshape(*size, -1, 4).permute(axes).reshape(-1, 4)
        for level, size in zip(call(), call.grid_sizes, strict=True)
    ]


def _moved(call: Call, fraction: float) -> list[Tensor]:
    """Return the anchors moved by a fraction of a stride."""
    steps = [torch.tensor([w, h, w, h]) * fraction for h, w in call.strides]
    pairs = zip(call.cell_anchors, steps, strict=True)
    return call(cell_anchors=[anchors + step.to(anchors) for anchors, step in pairs])


def _first_corner_alone(call: Call) -> list[Tensor]:
    fixed = call(strides=[(0, 0)] * len(call.strides))
    return [torch.cat([m[:, :2], f[:, 2:]], dim=1) for m, f in zip(call(), fixed, strict=True)]


GRID_ANCHORS = Exercise(
    name="grid_anchors",
    reference=grid_anchors,
    source="torchvision's AnchorGenerator.grid_anchors",
    steps=(
        "The anchors of a cell are moved by where the cell begins: its column times the "
        "stride across, its row times the stride down.",
        "torch.meshgrid with indexing='ij' gives y and x of every cell, row by row.",
        "A shift is (x, y, x, y). Give it a further dimension so that all anchors of a cell "
        "are moved by it.",
    ),
    own_cases=_cases,
    odd=Odd(of=1, layout=False, hints={"float64": "the result has the dtype of the anchors."}),
    refused=(works.ANCHORS,),
    mistakes={
        "anchor_slowest": Mistake(
            "all cells of the first anchor come first, then all of the second",
            lambda call: _in_order(call, 2, 0, 1, 3),
            _ORDER_HINT,
        ),
        "columns_first": Mistake(
            "the cells are walked column by column",
            lambda call: _in_order(call, 1, 0, 2, 3),
            _ORDER_HINT,
        ),
        "strides_swapped": Mistake(
            "the strides down and across are swapped",
            lambda call: call(strides=_swapped(call.strides)),
            "a stride is (height, width); the height is how far apart cells are in y.",
        ),
        "rows_and_columns_swapped": Mistake(
            "rows and columns of the grid are swapped",
            lambda call: call(grid_sizes=_swapped(call.grid_sizes)),
            "a grid size is (rows, columns), as in the shape of a feature map.",
        ),
        "x_and_y_swapped": Mistake(
            "x and y are swapped",
            lambda call: call(grid_sizes=_swapped(call.grid_sizes), strides=_swapped(call.strides)),
            "a box is (x1, y1, x2, y2); x counts columns, the last axis, and y counts rows.",
        ),
        "centred_in_cells": Mistake(
            "the anchors stand in the middle of their cells",
            lambda call: _moved(call, 0.5),
            f"it would be sensible, but {_CENTRE_HINT}",
        ),
        "counted_from_1": Mistake(
            "the cells are counted from 1", lambda call: _moved(call, 1.0), _CENTRE_HINT
        ),
        "stride_unused": Mistake(
            "the cells are one pixel apart",
            lambda call: call(strides=[(1, 1)] * len(call.strides)),
            "one step on the map is a whole stride in the picture.",
        ),
        "first_corner_alone": Mistake(
            "only the first corner of each anchor moves",
            _first_corner_alone,
            "moving a box adds the same to x1 and x2, and the same to y1 and y2.",
        ),
        "anchors_of_first_level": Mistake(
            "every level uses the anchors of the first one",
            lambda call: call(cell_anchors=call.cell_anchors[:1] * len(call.strides)),
            "level l has its own anchors, cell_anchors[l].",
        ),
    },
)
