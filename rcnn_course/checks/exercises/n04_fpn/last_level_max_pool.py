"""Exercise `last_level_max_pool`: one more level, for the RPN (Lin et al. 2017, section 4.1)."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.reference.fpn import Levels, last_level_max_pool

_max_pool2d, _avg_pool2d = F.max_pool2d, F.avg_pool2d


def with_copies(
    subject: Callable[..., Levels], x: list[Tensor], y: list[Tensor], names: list[str]
) -> Levels:
    """Call with lists that may be extended in place, as torchvision does it."""
    return subject(list(x), list(y), list(names))


def _cases(normal: Draw, _: Draw) -> Cases:
    def backbone(*results: Tensor) -> list[Tensor]:
        """Return maps of the same sizes, with other channels and values."""
        return [normal(len(r), 3, *r.shape[-2:]) for r in results]

    fine, coarse = normal(2, 4, 12, 16), normal(2, 4, 6, 8)
    yield Case(
        "two levels of two images",
        ([fine, coarse], backbone(fine, coarse), ["0", "1"]),
        hint="the new map comes from the last, coarsest map of x: its cells 0, 2, 4, ...",
    )
    codes = 10 * torch.arange(7.0)[:, None] + torch.arange(5.0)
    yield Case(
        "a level of 7 x 5 cells whose values are 10 * row + column",
        ([codes[None, None]], [normal(1, 3, 7, 5)], ["p5"]),
        hint="of 7 rows, rows 0, 2, 4 and 6 are kept; of 5 columns, 0, 2 and 4.",
    )
    four = [normal(1, 2, side, side + 2) for side in (16, 8, 4, 2)]
    yield Case("four levels", (four, backbone(*four), ["0", "1", "2", "3"]))
    one = normal(1, 4, 1, 1)
    yield Case("a last level of one cell", ([one], backbone(one), ["0"]))


def _with_new(call: Call, map_: Tensor, name: str = "pool") -> Levels:
    return [*call.x, map_], [*call.names, name]


def _subsampled(feature: Tensor) -> Tensor:
    return _max_pool2d(feature, kernel_size=1, stride=2)


_EVERY_SECOND_HINT = "kernel_size=1 looks at one cell alone; stride 2 keeps every second one."

LAST_LEVEL_MAX_POOL = Exercise(
    name="last_level_max_pool",
    reference=last_level_max_pool,
    source="torchvision.ops.feature_pyramid_network.LastLevelMaxPool",
    steps=(
        "A max pooling with a kernel of one cell and a stride of 2 takes every second cell.",
        "A slice with a step does the same, in both directions.",
        "Return longer lists, and leave those of the caller as they are.",
    ),
    own_cases=_cases,
    odd=Odd(gradient=["x"]),
    use=with_copies,
    refused=(works.FEATURE_PYRAMID,),
    mistakes={
        "largest_of_4": Mistake(
            "the new cells are the largest of 2 x 2",
            lambda call: _with_new(call, _max_pool2d(call.x[-1], kernel_size=2, ceil_mode=True)),
            f"the name misleads. {_EVERY_SECOND_HINT}",
        ),
        "largest_without_rest": Mistake(
            "the new cells are the largest of 2 x 2, and an odd last row or column is lost",
            lambda call: _with_new(call, _max_pool2d(call.x[-1], kernel_size=2)),
            f"the name misleads. {_EVERY_SECOND_HINT}",
        ),
        "mean_of_4": Mistake(
            "the new cells are the mean of 2 x 2",
            lambda call: _with_new(call, _avg_pool2d(call.x[-1], kernel_size=2, ceil_mode=True)),
            _EVERY_SECOND_HINT,
        ),
        "second_cells": Mistake(
            "the second cell of each pair is kept",
            lambda call: _with_new(call, _subsampled(call.x[-1][..., 1:, 1:])),
            "the first row and the first column stay: cells 0, 2, 4, ...",
        ),
        "finest_level": Mistake(
            "the new map is made of the finest level",
            lambda call: _with_new(call, _subsampled(call.x[0])),
            "the levels stand from fine to coarse; the new one comes after the coarsest.",
        ),
        "backbone_map": Mistake(
            "the new map is made of the backbone's last map",
            lambda call: _with_new(call, _subsampled(call.y[-1])),
            "x holds what the FPN has made, y the backbone's maps. P6 is made of P5.",
        ),
        "new_level_first": Mistake(
            "the new level stands in front of the others",
            lambda call: ([_subsampled(call.x[-1]), *call.x], ["pool", *call.names]),
            "the levels stand from fine to coarse, and the new one is the coarsest.",
        ),
        "other_name": Mistake(
            "the new level has another name",
            lambda call: _with_new(call, _subsampled(call.x[-1]), name="4"),
            "torchvision calls it 'pool', and its detectors ask for it by this name.",
        ),
    },
)
