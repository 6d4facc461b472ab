"""What the two classes of the box head share: weights for their layers, and how they are used."""

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn

from rcnn_course.checks.engine.modules import run_with_weights


def linear_weights(normal: Callable[..., Tensor], **sizes: tuple[int, int]) -> dict[str, Tensor]:
    """Return random weights and biases of linear layers, by name: (outputs, inputs)."""
    weights = {}
    for name, (outputs, inputs) in sizes.items():
        weights[f"{name}.weight"] = normal(outputs, inputs) / inputs**0.5
        weights[f"{name}.bias"] = normal(outputs) / 2
    return weights


def build_load_and_run(
    subject: Callable[[int, int], nn.Module],
    inputs: int,
    outputs: int,
    weights: Mapping[str, Tensor],
    x: Tensor,
) -> Any:
    """Build a module for these numbers of inputs and outputs, load its weights and call it."""
    return run_with_weights(subject(inputs, outputs), weights, x)
