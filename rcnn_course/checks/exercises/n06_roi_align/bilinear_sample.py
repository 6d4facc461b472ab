"""Exercise `bilinear_sample`: a value between the cells (He et al. 2017, Mask R-CNN, figure 3)."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors

_grid_sample = F.grid_sample


def _grid(input: Tensor, y: Tensor, x: Tensor) -> Tensor:
    """Return the points as grid_sample wants them: (x, y), both from -1 to 1."""
    y, x = torch.broadcast_tensors(y, x)
    height, width = input.shape[-2:]
    points = [2 * x.double() / max(width - 1, 1) - 1, 2 * y.double() / max(height - 1, 1) - 1]
    return torch.stack(points, dim=-1).reshape(1, 1, -1, 2)


def reference(
    input: Tensor, y: Tensor, x: Tensor, mode: str = "bilinear", padding_mode: str = "border"
) -> Tensor:
    """Read a map [C, H, W] at points in cells, through grid_sample in double precision."""
    sampled = _grid_sample(
        input[None].double(), _grid(input, y, x), mode, padding_mode, align_corners=True
    )
    shape = torch.broadcast_shapes(y.shape, x.shape)
    return sampled.reshape(len(input), *shape).to(input.dtype)


def _bilinear_sample_cases(seed: int) -> Iterator[Case]:
    normal, uniform = random_tensors(seed)

    def points(*shape: int, height: int = 6, width: int = 9, beyond: float = 0.0) -> tuple:
        y = uniform(*shape, low=-beyond, high=height - 1 + beyond)
        x = uniform(*shape, low=-beyond, high=width - 1 + beyond)
        return y, x

    yield Case(
        "eight points inside the map",
        (normal(3, 6, 9), *points(8)),
        hint="y chooses the row, the second axis of the map, and x the column, the last.",
    )
    yield Case(
        "points on the centres of cells",
        (normal(2, 6, 9), torch.tensor([0.0, 2, 5, 5, 3]), torch.tensor([0.0, 4, 8, 1, 8])),
        hint="at a cell's centre the result is that cell; on the last row or column there is no "
        "next cell to read.",
    )
    (y, x), outside = points(12, beyond=4.0), uniform(3, low=0.1, high=0.9)
    above = torch.cat([y, -outside]), torch.cat([x, 8 * uniform(3)])  # the last ones by a part
    yield Case(
        "points outside the map",
        (normal(2, 6, 9), *above),
        hint="a point outside is first moved to the nearest border: 0 <= y <= H - 1.",
    )
    yield Case(
        "points in a grid of shape [2, 3, 4]",
        (normal(2, 6, 9), *points(2, 3, 4)),
        hint="the result has the shape [C, *y.shape].",
    )
    yield Case("a map with a single row", (normal(2, 1, 9), *points(5, height=1)))
    yield Case("a map of one cell", (normal(2, 1, 1), *points(4, height=1, width=1, beyond=1.0)))
    yield Case("no points", (normal(2, 6, 9), torch.zeros(0), torch.zeros(0)))
    y, x = points(6)
    yield Case(
        "float64",
        (normal(2, 6, 9, dtype=torch.float64), y.double(), x.double()),
        hint="the result has the dtype of the input.",
    )
    yield Case(
        "an input that is not contiguous in memory", (normal(9, 6, 2).permute(2, 1, 0), *points(6))
    )
    yield Case(
        "the gradient that flows back to the map", (normal(2, 6, 9).requires_grad_(), *points(8))
    )


def _inside(input: Tensor, y: Tensor, x: Tensor) -> Tensor:
    height, width = input.shape[-2:]
    return (y >= 0) & (y <= height - 1) & (x >= 0) & (x <= width - 1)


def _mirrored(t: Tensor) -> Tensor:
    """Mirror each coordinate between its two cells: swaps the weights of the two."""
    return 2 * t.floor() + 1 - t


BILINEAR_SAMPLE = Exercise(
    name="bilinear_sample",
    reference=reference,
    source="torch.nn.functional.grid_sample",
    own_cases=_bilinear_sample_cases,
    refused=(
        "aten::*grid_sampler*",
        "aten::upsample_*",
        "torchvision::*roi_align*",
        "torchvision::*deform_conv2d*",
    ),
    mistakes=(
        Mistake(
            "x and y are swapped",
            lambda input, y, x: reference(input, x, y),
            "y chooses the row, the second axis of the map, and x the column, the last.",
        ),
        Mistake(
            "each point reads the nearest cell",
            lambda input, y, x: reference(input, y, x, mode="nearest"),
            "bilinear sampling mixes the four cells around the point, by their distances.",
        ),
        Mistake(
            "each point reads the cell above and to its left",
            lambda input, y, x: reference(input, y.floor(), x.floor()),
            "bilinear sampling mixes the four cells around the point, by their distances.",
        ),
        Mistake(
            "the weights are the wrong way round",
            lambda input, y, x: reference(input, _mirrored(y), _mirrored(x)),
            "the nearer cell weighs more: its weight is 1 minus its distance.",
        ),
        Mistake(
            "half a cell is subtracted",
            lambda input, y, x: reference(input, y - 0.5, x - 0.5),
            "here integer coordinates are the centres of cells already.",
        ),
        Mistake(
            "half a cell is added",
            lambda input, y, x: reference(input, y + 0.5, x + 0.5),
            "here integer coordinates are the centres of cells already.",
        ),
        Mistake(
            "only the rows are mixed",
            lambda input, y, x: reference(input, y, x.floor()),
            "mix in both directions: along x between columns, along y between rows.",
        ),
        Mistake(
            "only the columns are mixed",
            lambda input, y, x: reference(input, y.floor(), x),
            "mix in both directions: along x between columns, along y between rows.",
        ),
        Mistake(
            "points outside the map give 0",
            lambda input, y, x: reference(input, y, x) * _inside(input, y, x),
            "a point outside is first moved to the nearest border: 0 <= y <= H - 1.",
        ),
        Mistake(
            "the map fades to zero outside its border",
            lambda input, y, x: reference(input, y, x, padding_mode="zeros"),
            "a point outside is first moved to the nearest border: 0 <= y <= H - 1.",
        ),
    ),
)
