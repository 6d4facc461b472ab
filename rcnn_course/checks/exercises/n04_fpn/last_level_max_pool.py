"""Exercise `last_level_max_pool`: one more level, for the RPN (Lin et al. 2017, section 4.1)."""

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.ops import feature_pyramid_network
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors

Levels = tuple[list[Tensor], list[str]]

_max_pool2d, _avg_pool2d = F.max_pool2d, F.avg_pool2d


def reference(x: list[Tensor], y: list[Tensor], names: list[str]) -> Levels:
    """Call torchvision's extra block."""
    return LastLevelMaxPool()(x, y, names)


def with_copies(
    subject: Callable[..., Levels], x: list[Tensor], y: list[Tensor], names: list[str]
) -> Levels:
    """Call with lists that may be extended in place, as torchvision does it."""
    return subject(list(x), list(y), list(names))


def _max_pool_cases(seed: int) -> Iterator[Case]:
    normal, _ = random_tensors(seed)

    def backbone(*results: Tensor) -> list[Tensor]:
        """Return maps of the same sizes, with other channels and values."""
        return [normal(len(r), 3, *r.shape[-2:], dtype=r.dtype) for r in results]

    fine, coarse = normal(2, 4, 12, 16), normal(2, 4, 6, 8)
    yield Case(
        "two levels of two images",
        ([fine, coarse], backbone(fine, coarse), ["0", "1"]),
        hint="the new map comes from the last, coarsest map of x: its cells 0, 2, 4, ...",
    )
    rows, columns = torch.meshgrid(torch.arange(7.0), torch.arange(5.0), indexing="ij")
    codes = (10 * rows + columns).expand(1, 1, 7, 5).clone()
    yield Case(
        "a level of 7 x 5 cells whose values are 10 * row + column",
        ([codes], [normal(1, 3, 7, 5)], ["p5"]),
        hint="of 7 rows, rows 0, 2, 4 and 6 are kept; of 5 columns, 0, 2 and 4.",
    )
    four = [normal(1, 2, side, side + 2) for side in (16, 8, 4, 2)]
    yield Case("four levels", (four, backbone(*four), ["0", "1", "2", "3"]))
    one = normal(1, 4, 1, 1)
    yield Case("a last level of one cell", ([one], backbone(one), ["0"]))
    double = normal(1, 2, 6, 4, dtype=torch.float64)
    yield Case("float64", ([double], backbone(double), ["0"]))
    turned = normal(1, 6, 5, 2).permute(0, 3, 2, 1)
    yield Case("a map that is not contiguous in memory", ([turned], backbone(turned), ["0"]))
    trained = normal(1, 2, 5, 6).requires_grad_()
    yield Case(
        "the gradient that flows back to the last level",
        ([trained], backbone(trained), ["0"]),
    )


def _with_new(make: Callable[[list[Tensor], list[Tensor]], Tensor], name: str = "pool") -> Callable:
    """Make the mistake of another new map or another name."""

    def wrong(x: list[Tensor], y: list[Tensor], names: list[str]) -> Levels:
        return [*x, make(x, y)], [*names, name]

    return wrong


def _subsampled(feature: Tensor) -> Tensor:
    return _max_pool2d(feature, kernel_size=1, stride=2)


_EVERY_SECOND_HINT = "kernel_size=1 looks at one cell alone; stride 2 keeps every second one."

LAST_LEVEL_MAX_POOL = Exercise(
    name="last_level_max_pool",
    reference=reference,
    source="torchvision.ops.feature_pyramid_network.LastLevelMaxPool",
    own_cases=_max_pool_cases,
    use=with_copies,
    refused_code=(feature_pyramid_network,),
    mistakes=(
        Mistake(
            "the new cells are the largest of 2 x 2",
            _with_new(lambda x, y: _max_pool2d(x[-1], kernel_size=2, ceil_mode=True)),
            f"the name misleads. {_EVERY_SECOND_HINT}",
        ),
        Mistake(
            "the new cells are the largest of 2 x 2, and an odd last row or column is lost",
            _with_new(lambda x, y: _max_pool2d(x[-1], kernel_size=2)),
            f"the name misleads. {_EVERY_SECOND_HINT}",
        ),
        Mistake(
            "the new cells are the mean of 2 x 2",
            _with_new(lambda x, y: _avg_pool2d(x[-1], kernel_size=2, ceil_mode=True)),
            _EVERY_SECOND_HINT,
        ),
        Mistake(
            "the second cell of each pair is kept",
            _with_new(lambda x, y: _subsampled(x[-1][..., 1:, 1:])),
            "the first row and the first column stay: cells 0, 2, 4, ...",
        ),
        Mistake(
            "the new map is made of the finest level",
            _with_new(lambda x, y: _subsampled(x[0])),
            "the levels stand from fine to coarse; the new one comes after the coarsest.",
        ),
        Mistake(
            "the new map is made of the backbone's last map",
            _with_new(lambda x, y: _subsampled(y[-1])),
            "x holds what the FPN has made, y the backbone's maps. P6 is made of P5.",
        ),
        Mistake(
            "the new level stands in front of the others",
            lambda x, y, names: ([_subsampled(x[-1]), *x], ["pool", *names]),
            "the levels stand from fine to coarse, and the new one is the coarsest.",
        ),
        Mistake(
            "the new level has another name",
            _with_new(lambda x, y: _subsampled(x[-1]), name="4"),
            "torchvision calls it 'pool', and its detectors ask for it by this name.",
        ),
    ),
)
