"""Exercise `train_one_epoch`: gradient descent on a detector's losses."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD
from torch.optim.lr_scheduler import StepLR

from rcnn_course.checks.engine.cases import all_about
from rcnn_course.checks.engine.compare import Mismatch
from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake
from rcnn_course.reference.training import Batch, Losses, summed, train_one_epoch


class _Stand(nn.Module):
    """A stand-in for a detector: it gives a dictionary of losses in training mode alone."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.scale, self.shift = (nn.Parameter(weights[name].clone()) for name in weights)

    def forward(self, images: list[Tensor], targets: list[dict[str, Tensor]]) -> Any:
        """Return the losses of a batch, or detections in evaluation mode."""
        if not self.training:
            return [{"boxes": image.new_zeros(0, 4)} for image in images]
        found = torch.stack([image.mean() * self.scale + self.shift for image in images])
        wanted = torch.stack([target["boxes"][0] for target in targets])
        return {
            "loss_classifier": (found - wanted).square().mean(),
            "loss_box_reg": (found - 2 * wanted).abs().mean() + self.shift.square().sum(),
        }


def _use(
    subject: Callable, weights: Mapping[str, Tensor], batches: list[Batch], decay: float
) -> Any:
    """Train a fresh stand-in; returns the history and what has become of the weights."""
    model = _Stand(weights).eval()
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)  # left over from whatever came before
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.5)
    options = {"scheduler": StepLR(optimizer, step_size=1, gamma=decay)} if decay != 1 else {}
    history = subject(model, optimizer, batches, **options)
    if history is None or history is ...:
        return history
    if not isinstance(history, Mapping):
        raise Mismatch(
            f"The result is a {type(history).__name__}, expected a dictionary with a list of "
            "numbers for each loss."
        )
    values = [value for of_loss in history.values() for value in of_loss]
    if any(isinstance(value, Tensor) and value.requires_grad for value in values):
        raise Mismatch(
            "The history holds tensors that still carry their gradient, and with it the memory of "
            "every step. Keep plain numbers: .item()."
        )
    return {"history": dict(sorted(history.items())), "weights": dict(model.state_dict())}


_ROAD_HINT = "an optimizer step for each batch, from the gradient of that batch alone."
_NO_SCHEDULER_HINT = "without a scheduler there is nothing to step but the optimizer."


@all_about(_ROAD_HINT)
def _cases(normal: Draw, uniform: Draw) -> Cases:
    def arguments(count: int, pictures: int = 2, decay: float = 1.0) -> tuple:
        batches = [
            (
                [uniform(3, 4, 5) for _ in range(pictures)],
                [{"boxes": 3 + normal(1, 4)} for _ in range(pictures)],
            )
            for _ in range(count)
        ]
        return {"scale": normal(4), "shift": normal(4)}, batches, decay

    yield Case(
        "five batches of two pictures",
        arguments(5),
        hint=_ROAD_HINT,
        also=(_NO_SCHEDULER_HINT,),
    )
    yield Case(
        "one batch of one picture",
        arguments(1, pictures=1),
        hint=_NO_SCHEDULER_HINT,
    )
    yield Case(
        "a learning rate that falls after every step",
        arguments(4, decay=0.5),
        hint="where there is a scheduler, it takes its step after the optimizer's, every time.",
    )


def _made_small(total: Callable[[Losses], Tensor]) -> Callable[[Call], dict]:
    """Make the mistake of descending on something else than the sum of the losses."""
    return lambda call: call.by(partial(train_one_epoch, total=total))


def _last_batch_alone(call: Call) -> dict:
    result = call()
    return {**result, "history": {name: [x[-1]] for name, x in result["history"].items()}}


TRAIN_ONE_EPOCH = Exercise(
    name="train_one_epoch",
    reference=train_one_epoch,
    source="gradient descent with torch.func.grad",
    steps=(
        "Put the model into training mode first; it may come in evaluation mode.",
        "The loss that is made small is the plain sum of the dictionary's values.",
        "Clear the old gradients before each backward: some may be left over already.",
        "Step the optimizer, then the scheduler if there is one; write down numbers, not tensors.",
    ),
    own_cases=_cases,
    use=_use,
    mistakes={
        "gradients_kept": Mistake(
            "gradients of earlier batches are still there",
            lambda call: call.by(partial(train_one_epoch, remembered=1.0)),
            "backward adds to the gradients that it finds: clear them for every batch.",
        ),
        "step_first": Mistake(
            "the optimizer steps before the gradient is there",
            lambda call: call.by(partial(train_one_epoch, late=True)),
            "first backward, then the step.",
        ),
        "weights_unchanged": Mistake(
            "the weights are not changed",
            _made_small(lambda losses: 0 * summed(losses)),
            "the gradients are there; who changes the weights?",
        ),
        "one_loss": Mistake(
            "only one of the losses is trained",
            _made_small(lambda losses: losses["loss_classifier"]),
            "every loss of the dictionary trains its part: add them all.",
        ),
        "losses_averaged": Mistake(
            "the losses are averaged",
            _made_small(lambda losses: summed(losses) / len(losses)),
            "torchvision's losses are balanced for a plain sum.",
        ),
        "scheduler_unused": Mistake(
            "the learning rate does not change",
            lambda call: call(decay=1.0),
            "a scheduler that nobody steps changes nothing.",
        ),
        "last_batch_alone": Mistake(
            "the history has only the last batch",
            _last_batch_alone,
            "one number for each batch and loss, in their order.",
        ),
    },
)
