"""One step of training: losses, gradients, weights."""

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

_WEIGHT_DECAY = 1e-4
_LONGEST_GRADIENT = 5.0  # norm at which it is clipped


class NotFiniteError(ArithmeticError):
    """A loss or a gradient is NaN or infinite; the weights have not been changed."""


def new_optimizer(model: nn.Module) -> AdamW:
    """Return the optimizer of the weights that may learn."""
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    return AdamW(weights, weight_decay=_WEIGHT_DECAY)


def take_step(
    model: nn.Module,
    optimizer: Optimizer,
    images: list[Tensor],
    targets: list[dict[str, Tensor]],
    *,
    rate: float,
) -> dict[str, Tensor]:
    """Change the weights once, so that the losses of these pictures fall.

    Args:
        model (nn.Module): a detector in training mode.
        optimizer (Optimizer): of its weights.
        images: each Tensor[3, H, W], 0..1.
        targets: in torchvision's format.
        rate: the learning rate of this step.

    Returns:
        dict[str, Tensor]: the losses before the step, each a scalar.

    Raises:
        NotFiniteError: If a loss or a gradient is NaN or infinite.
    """
    for group in optimizer.param_groups:
        group["lr"] = rate
    parts = model(images, targets)
    total = sum(parts.values())
    optimizer.zero_grad()
    total.backward()
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    length = nn.utils.clip_grad_norm_(weights, _LONGEST_GRADIENT)
    if not torch.isfinite(total + length):
        raise NotFiniteError("a loss or a gradient is NaN or infinite")
    optimizer.step()
    return {name: loss.detach() for name, loss in parts.items()}
