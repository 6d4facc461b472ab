"""The gradient of a check, taken while a guard holds.

PyTorch's engine itself calls operators there that an answer may not: the gradient of a convolution
is a transposed one. Those pass; what a student's own `backward` calls does not.
"""

import sys
import types
from collections.abc import Sequence

import torch
from torch import Tensor


def take(
    outputs: Sequence[Tensor], inputs: Sequence[Tensor], weights: Sequence[Tensor]
) -> tuple[Tensor | None, ...]:
    """Return the gradients of weighted outputs; None for an input that they do not depend on."""
    return torch.autograd.grad(outputs, inputs, weights, allow_unused=True)


def is_the_engine(depth: int) -> bool:
    """Tell whether PyTorch's engine itself, asked by `take`, has called an operator.

    Args:
        depth: of the frame below the operator's, as `sys._getframe` counts from the caller.
    """
    frame: types.FrameType | None = sys._getframe(depth + 1)
    while frame is not None and frame.f_code.co_filename.startswith(_BETWEEN):
        frame = frame.f_back
    return frame is not None and frame.f_code is take.__code__


_BETWEEN = (
    torch.autograd.__file__.removesuffix("__init__.py"),
    __file__.replace("gradients", "operators"),  # one operator calls another
)
