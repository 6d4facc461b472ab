"""Exercise `grid_anchors`: the anchors of every cell on every level, in torchvision's order.

Letters: `A` anchors of a cell, `Hl` and `Wl` rows and columns of level l.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torchvision.models.detection.anchor_utils import AnchorGenerator

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors

_generator = AnchorGenerator

Pairs = Sequence[Sequence[int]]

_ORDER_HINT = (
    "row by row, in a row cell by cell, in a cell anchor by anchor: the anchors of a cell stand "
    "together."
)
_CENTRE_HINT = "torchvision puts the anchors of the cell in row 0, column 0 around (0, 0)."


def reference(grid_sizes: Pairs, strides: Pairs, cell_anchors: Sequence[Tensor]) -> list[Tensor]:
    """Give torchvision's generator these anchors and call it."""
    generator = _generator()
    generator.cell_anchors = list(cell_anchors)
    return generator.grid_anchors(grid_sizes, strides)


def _grid_anchors_cases(seed: int) -> Iterator[Case]:
    normal, uniform = random_tensors(seed)

    def anchors(count: int = 3) -> Tensor:
        sides = uniform(count, 2, low=8, high=60).round()
        return torch.cat([-sides, sides], dim=1)

    def coded(count: int) -> Tensor:
        """Return anchors whose numbers tell which one of the cell they are, and which corner."""
        number = torch.arange(float(count))[:, None]
        return number / 10 + torch.tensor([0.01, 0.02, 0.03, 0.04]) + normal(1).round()

    yield Case(
        "2 x 3 cells; anchors whose numbers tell which one and which corner they are",
        ([(2, 3)], [(100, 10)], [coded(3)]),
        hint=_ORDER_HINT,
    )
    yield Case(
        "three levels",
        ([(5, 7), (3, 4), (2, 2)], [(8, 8), (16, 16), (32, 32)], [anchors() for _ in range(3)]),
        hint="the result is a list with one tensor for each level.",
    )
    yield Case(
        "levels with other numbers of anchors",
        ([(4, 2), (2, 1)], [(8, 8), (16, 16)], [anchors(1), anchors(4)]),
        hint="level l has grid_sizes[l], strides[l] and cell_anchors[l].",
    )
    yield Case(
        "another stride down than across",
        ([(3, 5)], [(16, 12)], [anchors()]),
        hint="a stride is (height, width): how far apart cells are in y, then in x.",
    )
    yield Case("a single cell", ([(1, 1)], [(64, 64)], [anchors()]), hint=_CENTRE_HINT)
    yield Case("a single row", ([(1, 6)], [(32, 32)], [anchors(2)]))
    strides = [tuple(torch.tensor(side) for side in (8, 4))]
    yield Case(
        "strides as tensors without dimensions, which is how torchvision's generator passes them",
        ([torch.Size([4, 6])], strides, [anchors()]),
    )
    yield Case(
        "float64",
        ([(3, 4)], [(8, 8)], [anchors().double()]),
        hint="the result has the dtype of the anchors.",
    )
    yield Case("anchors that are not contiguous in memory", ([(3, 4)], [(8, 8)], [anchors(4).T]))


def _with(
    change: Callable[[Pairs, Pairs, Sequence[Tensor]], tuple],
) -> Callable[..., list[Tensor]]:
    """Make the mistake of using other arguments."""
    return lambda *args: reference(*change(*args))


def _swapped(pairs: Pairs) -> list[tuple]:
    return [tuple(reversed(tuple(pair))) for pair in pairs]


def _each_level(reorder: Callable[[Tensor], Tensor]) -> Callable[..., list[Tensor]]:
    """Make the mistake of another order of the anchors [Hl, Wl, A, 4] of a level."""

    def wrong(grid_sizes: Pairs, strides: Pairs, cell_anchors: Sequence[Tensor]) -> list[Tensor]:
        levels = reference(grid_sizes, strides, cell_anchors)
        shaped = [
            level.reshape(*size, -1, 4) for level, size in zip(levels, grid_sizes, strict=True)
        ]
        return [reorder(level).reshape(-1, 4) for level in shaped]

    return wrong


def _moved(fraction: float) -> Callable[..., list[Tensor]]:
    """Make the mistake of moving all anchors by a fraction of a stride."""

    def wrong(grid_sizes: Pairs, strides: Pairs, cell_anchors: Sequence[Tensor]) -> list[Tensor]:
        steps = [torch.tensor([w, h, w, h]) * fraction for h, w in strides]
        moved = [a + step.to(a) for a, step in zip(cell_anchors, steps, strict=True)]
        return reference(grid_sizes, strides, moved)

    return wrong


def _first_corner_alone(grid_sizes: Pairs, strides: Pairs, cell_anchors: Sequence) -> list[Tensor]:
    moved = reference(grid_sizes, strides, cell_anchors)
    fixed = reference(grid_sizes, [(0, 0)] * len(strides), cell_anchors)
    return [torch.cat([m[:, :2], f[:, 2:]], dim=1) for m, f in zip(moved, fixed, strict=True)]


GRID_ANCHORS = Exercise(
    name="grid_anchors",
    reference=reference,
    source="torchvision's AnchorGenerator.grid_anchors",
    own_cases=_grid_anchors_cases,
    refused_code=(AnchorGenerator,),
    mistakes=(
        Mistake(
            "all cells of the first anchor come first, then all of the second",
            _each_level(lambda level: level.permute(2, 0, 1, 3)),
            _ORDER_HINT,
        ),
        Mistake(
            "the cells are walked column by column",
            _each_level(lambda level: level.transpose(0, 1)),
            _ORDER_HINT,
        ),
        Mistake(
            "the strides down and across are swapped",
            _with(lambda sizes, strides, anchors: (sizes, _swapped(strides), anchors)),
            "a stride is (height, width); the height is how far apart cells are in y.",
        ),
        Mistake(
            "rows and columns of the grid are swapped",
            _with(lambda sizes, strides, anchors: (_swapped(sizes), strides, anchors)),
            "a grid size is (rows, columns), as in the shape of a feature map.",
        ),
        Mistake(
            "x and y are swapped",
            _with(lambda sizes, strides, anchors: (_swapped(sizes), _swapped(strides), anchors)),
            "a box is (x1, y1, x2, y2); x counts columns, the last axis, and y counts rows.",
        ),
        Mistake(
            "the anchors stand in the middle of their cells",
            _moved(0.5),
            f"it would be sensible, but {_CENTRE_HINT}",
        ),
        Mistake(
            "the cells are counted from 1",
            _moved(1.0),
            _CENTRE_HINT,
        ),
        Mistake(
            "the cells are one pixel apart",
            _with(lambda sizes, strides, anchors: (sizes, [(1, 1)] * len(strides), anchors)),
            "one step on the map is a whole stride in the picture.",
        ),
        Mistake(
            "only the first corner of each anchor moves",
            _first_corner_alone,
            "moving a box adds the same to x1 and x2, and the same to y1 and y2.",
        ),
        Mistake(
            "every level uses the anchors of the first one",
            _with(lambda sizes, strides, anchors: (sizes, strides, anchors[:1] * len(sizes))),
            "level l has its own anchors, cell_anchors[l].",
        ),
    ),
)
