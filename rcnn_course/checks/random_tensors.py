"""Random tensors for the cases of an exercise, the same for the same seed on every machine."""

from collections.abc import Callable

import torch
from torch import Tensor


def random_tensors(seed: int) -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
    """Return functions for normal and uniform random tensors that share one seed."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=dtype)

    def uniform(*shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        return low + (high - low) * torch.rand(shape, generator=generator)

    return normal, uniform
