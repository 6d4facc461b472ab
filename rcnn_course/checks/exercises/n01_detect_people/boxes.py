"""Boxes for the cases of this notebook's exercises."""

from collections.abc import Callable

import torch
from torch import Tensor


def random_boxes(uniform: Callable[..., Tensor], count: int, *, spread: float = 60.0) -> Tensor:
    """Return boxes [count, 4], xyxy; the smaller `spread` in pixels, the more they overlap."""
    corners = uniform(count, 2, high=spread)
    return torch.cat([corners, corners + uniform(count, 2, low=10.0, high=50.0)], dim=1)
