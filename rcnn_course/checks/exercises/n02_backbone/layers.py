"""Modules with random numbers from the seed, for the cases of this notebook."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from rcnn_course.checks.engine.random_tensors import OwnRandomNumbers


def random_module(build: Callable[[], nn.Module], normal: Callable[..., Tensor]) -> nn.Module:
    """Build a module in evaluation mode, with random weights and statistics of batch norm.

    Outputs stay of the size of inputs, and no factor of a batch norm is close to 0 or 1.
    """
    with OwnRandomNumbers():
        module = build()
    with torch.no_grad():
        for name, values in module.state_dict().items():
            drawn = normal(*values.shape) if values.is_floating_point() else values
            if name.endswith("running_var"):
                drawn = 0.3 + drawn.abs()
            elif values.ndim == 1 and name.endswith("weight"):
                drawn = drawn.sign() * (0.5 + drawn.abs())
            elif values.ndim > 1:
                drawn = drawn / values[0].numel() ** 0.5
            values.copy_(drawn)
    return module.eval()
