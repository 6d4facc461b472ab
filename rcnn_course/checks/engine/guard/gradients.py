"""The gradient of a check, taken while a guard holds.

PyTorch's engine itself calls operators there that an answer may not: the gradient of a convolution
is a transposed one. Those pass; what a student's own `backward` calls does not.
"""

import sys
import types
from collections.abc import Sequence

import torch
import torchvision
from torch import Tensor


def take(
    outputs: Sequence[Tensor], inputs: Sequence[Tensor], weights: Sequence[Tensor]
) -> tuple[Tensor | None, ...]:
    """Return the gradients of weighted outputs; None for an input that they do not depend on."""
    return torch.autograd.grad(outputs, inputs, weights, allow_unused=True)


def are_taken_by_libraries() -> bool:
    """Tell whether `take` has led here, by way of libraries alone."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_BETWEEN):
        frame = frame.f_back
    return frame is not None and frame.f_code is take.__code__


_BETWEEN = (
    torch.__file__.removesuffix("__init__.py"),
    torchvision.__file__.removesuffix("__init__.py"),  # the gradients of its operators are Python
    *(__file__.replace("gradients.py", f"{part}.py") for part in ("guard", "held", "operators")),
)
