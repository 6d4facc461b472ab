"""Random tensors for the cases of an exercise, the same for the same seed on every machine.

PyTorch's own random numbers belong to all threads: they are neither used nor changed.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


def random_tensors(seed: int) -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
    """Return functions for normal and uniform random tensors that share one seed."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=dtype)

    def uniform(*shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        return low + (high - low) * torch.rand(shape, generator=generator)

    return normal, uniform


def random_boxes(
    uniform: Callable[..., Tensor],
    count: int,
    start: tuple[float, float] = (0.0, 60.0),
    sides: tuple[float, float] = (10.0, 50.0),
) -> Tensor:
    """Return random boxes; the nearer to each other they start, the more they overlap.

    Args:
        uniform: draws the numbers; see `random_tensors`.
        count: number of boxes.
        start: least and largest x1 and y1, in pixels.
        sides: least and largest width and height, in pixels.

    Returns:
        Tensor[count, 4]: xyxy in pixels.
    """
    corners = uniform(count, 2, low=start[0], high=start[1])
    return torch.cat([corners, corners + uniform(count, 2, low=sides[0], high=sides[1])], dim=1)


class OwnRandomNumbers(TorchDispatchMode):
    """Context in which the modules that this thread builds get their weights from a seed."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        self._generator = torch.Generator().manual_seed(seed)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        options = dict(kwargs or {})
        if _takes_generator(func):
            options["generator"] = self._generator
        return func(*args, **options)


@functools.cache
def _takes_generator(operator: torch._ops.OpOverload) -> bool:
    return any(argument.name == "generator" for argument in operator._schema.arguments)
