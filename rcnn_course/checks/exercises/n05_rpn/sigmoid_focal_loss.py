"""Stretch goal `sigmoid_focal_loss`: a loss for all anchors at once.

Letters: N anchors, K classes.
"""

import torch
import torch.nn.functional as F
from torchvision import ops

from rcnn_course.checks.engine.exercise import Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works

_cross_entropy = F.binary_cross_entropy_with_logits


def _cases(normal: Draw, uniform: Draw) -> Cases:
    def targets(*shape: int) -> torch.Tensor:
        """Return 0 and 1, of which the first two values are one of each."""
        drawn = (uniform(*shape) > 0.6).float().flatten()
        drawn[:2] = torch.tensor([0.0, 1.0])
        return drawn.view(shape)

    yield Case("six logits", (2 * normal(6), targets(6)))
    yield Case(
        "other values of alpha and gamma",
        (2 * normal(4, 3), targets(4, 3), 0.7, 1.5),
        hint="alpha weighs the positives, 1 - alpha the negatives; gamma is the exponent.",
    )
    yield Case(
        "gamma 0",
        (normal(5), targets(5), 0.4, 0.0),
        hint="with gamma 0 the focusing factor is 1, and cross-entropy with weights is left.",
    )
    yield Case(
        "logits as large as 200",
        (torch.tensor([200.0, -200, -200, 200]) + normal(4), torch.tensor([1.0, 0, 1, 0])),
        hint="sigmoid rounds to 0 or 1 there, and the logarithm of 0 is no number: PyTorch has "
        "cross-entropy that takes logits.",
    )


SIGMOID_FOCAL_LOSS = Exercise(
    name="sigmoid_focal_loss",
    reference=ops.sigmoid_focal_loss,
    source="torchvision.ops.sigmoid_focal_loss",
    is_stretch=True,
    steps=(
        '`F.binary_cross_entropy_with_logits(..., reduction="none")` is -log(p_t) of each logit, '
        "also of very large ones.",
        "p_t is the probability of what is true: p where the target is 1, and 1 - p where it is 0.",
        "Weigh it twice: by (1 - p_t) to the power of gamma, and by alpha or 1 - alpha.",
    ),
    own_cases=_cases,
    odd=Odd(length=["inputs", "targets"], gradient=["inputs"]),
    refused=(works.FOCAL_LOSS,),
    mistakes={
        "cross_entropy": Mistake(
            "plain cross-entropy is returned",
            lambda call: _cross_entropy(call.inputs, call.targets, reduction="none"),
            "what is easy should count less, and positives and negatives differently.",
        ),
        "alpha_unused": Mistake(
            "alpha is not used",
            lambda call: call(alpha=-1),
            "there are far more negatives than positives: alpha balances their weights.",
        ),
        "alpha_for_all": Mistake(
            "alpha weighs negatives as well",
            lambda call: call.alpha * call(alpha=-1),
            "negatives are weighed by 1 - alpha.",
        ),
        "alpha_swapped": Mistake(
            "alpha weighs the negatives",
            lambda call: call(alpha=1 - call.alpha),
            "alpha belongs to the positives, whose target is 1.",
        ),
        "gamma_unused": Mistake(
            "gamma is not used",
            lambda call: call(gamma=0.0),
            "a factor falls to 0 where the answer is already right.",
        ),
        "hard_damped": Mistake(
            "what is hard is damped instead of what is easy",
            lambda call: (
                call(gamma=0.0)
                * torch.exp(
                    -call.gamma * _cross_entropy(call.inputs, call.targets, reduction="none")
                )
            ),
            "the factor is (1 - p_t) to the power of gamma: near 0 where p_t is near 1.",
        ),
        "averaged": Mistake(
            "the losses are averaged",
            lambda call: call(reduction="mean"),
            "each logit has its own loss: the shape is that of the inputs.",
        ),
    },
)
