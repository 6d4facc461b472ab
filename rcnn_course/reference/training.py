"""Training by gradient descent with momentum, as a function of functions.

Letters: `P` pictures of a batch.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad
from torch.optim import SGD
from torch.optim.lr_scheduler import StepLR

Batch = tuple[list[Tensor], list[dict[str, Tensor]]]
Losses = dict[str, Tensor]


def summed(losses: Losses) -> Tensor:
    """Return the sum of the losses."""
    return torch.stack([*losses.values()]).sum()


def train_one_epoch(
    model: nn.Module,
    optimizer: SGD,
    batches: list[Batch],
    scheduler: StepLR | None = None,
    *,
    total: Callable[[Losses], Tensor] = summed,
    remembered: float = 0.0,
    late: bool = False,
) -> dict[str, list[float]]:
    """Descend with pure functions: no loop over an optimizer, no gradient that is stored.

    Args:
        model: takes a batch, returns a dictionary of losses; gets the weights of the end.
        optimizer: is not used but for its learning rate and its momentum.
        batches (list of (list of P Tensors [3, H, W], list of P dict)): one step for each.
        scheduler: tells by which factor the rate changes after each step.
        total: what is made small.
        remembered: part of the former gradients that is still there in a step.
        late: whether a step uses the gradient of the batch before.

    Returns:
        dict[str, list[float]]: of each loss, a number for each batch.

    Source: the gradient of torch.func.grad; the rule of torch.optim.SGD.
    """
    model.train()
    rate, momentum = optimizer.defaults["lr"], optimizer.defaults["momentum"]
    values = {name: value.clone() for name, value in model.state_dict().items()}
    velocity = {name: torch.zeros_like(value) for name, value in values.items()}
    parameters = model.named_parameters()
    left_over = {name: value.grad for name, value in parameters if value.grad is not None}
    former: Mapping[str, Tensor] = velocity | left_over

    def objective(values: dict[str, Tensor], batch: Batch) -> tuple[Tensor, Losses]:
        losses = functional_call(model, values, batch)
        return total(losses), losses

    def step() -> None:
        for name, value in former.items():
            velocity[name] = momentum * velocity[name] + value
            values[name] = values[name] - rate * velocity[name]

    history: dict[str, list[float]] = {}
    for batch in batches:
        if late:
            step()
        gradient, losses = grad(objective, has_aux=True)(values, batch)
        former = {name: value + remembered * former[name] for name, value in gradient.items()}
        if not late:
            step()
        rate = rate * (scheduler.gamma if scheduler else 1.0)
        for name, loss in losses.items():
            history.setdefault(name, []).append(loss.item())
    model.load_state_dict(values)
    return history
