"""Stretch goal `soft_nms`: boxes beside better ones lose score instead of vanishing.

Letters: N boxes, K of them kept.
"""

import torch
from torch import Tensor

from rcnn_course.checks.engine.exercise import Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.engine.random_tensors import random_boxes
from rcnn_course.reference.boxes import soft_nms


def _cases(_: Draw, uniform: Draw) -> Cases:
    def scores(count: int) -> Tensor:
        """Return scores in random order, no two of them near each other."""
        return (uniform(count).argsort() + 0.5 + 0.4 * uniform(count)) / count

    near = torch.tensor([[0.0, 0, 20, 40], [2, 2, 22, 42], [60, 0, 80, 40], [1, 5, 21, 45]])
    shift = (10 * uniform(2)).repeat(2)
    yield Case(
        "three boxes on one thing, one on another",
        (near + shift, torch.tensor([0.8, 0.9, 0.5, 0.7])),
        hint="a score falls by exp(-IoU² / sigma) for each better box that was taken before.",
    )
    yield Case("twelve boxes in a crowd", (random_boxes(uniform, 12, (0.0, 40.0)), scores(12)))
    yield Case(
        "another sigma and threshold",
        (random_boxes(uniform, 8, (0.0, 15.0)), scores(8), 0.2, 0.1),
        hint="boxes are left out once their score, as it has become, is below the threshold.",
    )
    yield Case(
        "scores below the threshold from the beginning",
        (torch.cat([near, near + 100.0]), scores(8), 0.5, 0.4),
    )
    apart = 100.0 * torch.arange(4)[:, None] + torch.tensor([0.0, 0, 20, 40]) + shift
    yield Case(
        "a score that is exactly the threshold",
        (apart, torch.tensor([0.125, 0.75, 0.25, 0.5]), 0.5, 0.25),
        hint="a box is left out where its score is below the threshold, and not where it is equal.",
    )
    yield Case(
        "very low scores, and the default threshold",
        (apart, torch.tensor([0.0015, 0.9, 0.0007, 0.5])),
        hint="by default, score_threshold is 0.001.",
    )


SOFT_NMS = Exercise(
    name="soft_nms",
    reference=soft_nms,
    source="the definition of Bodla et al. 2017, section 3",
    is_stretch=True,
    steps=(
        "Keep the scores in a copy that changes, and the indices of the boxes that are left.",
        "In each round take the box whose score is the highest *now*, and note it with that score.",
        "Then multiply the scores of all that are left by exp(-IoU² / sigma) with that box.",
        "Stop as soon as the highest score is below the threshold.",
    ),
    own_cases=_cases,
    odd=Odd(length=["boxes", "scores"]),
    mistakes={
        "order_kept": Mistake(
            "the boxes are taken in the order of their first scores",
            lambda call: call(is_sorted_anew=False),
            "the next box is the one whose score is the highest after it has fallen.",
        ),
        "first_scores": Mistake(
            "the scores are returned as they came",
            lambda call: (call()[0], call.scores[call()[0]]),
            "the score that is returned is what was left of it when the box was taken.",
        ),
        "not_squared": Mistake(
            "the IoU is not squared",
            lambda call: call(decay=lambda iou, sigma: torch.exp(-iou / sigma)),
            "exp(-IoU² / sigma): a small overlap costs next to nothing.",
        ),
        "linear": Mistake(
            "the score falls linearly, by 1 - IoU",
            lambda call: call(decay=lambda iou, _: 1 - iou),
            "that is the paper's other rule; here it is exp(-IoU² / sigma).",
        ),
        "sigma_doubled": Mistake(
            "IoU² is divided by 2 sigma²",
            lambda call: call(decay=lambda iou, sigma: torch.exp(-(iou**2) / (2 * sigma**2))),
            "this sigma is not that of a normal distribution: divide by sigma itself.",
        ),
        "threshold_unused": Mistake(
            "no box is left out",
            lambda call: call(score_threshold=0.0),
            "boxes whose score has fallen below score_threshold are left out.",
        ),
        "order_of_boxes": Mistake(
            "the boxes stand in the order in which they came",
            lambda call: tuple(values[call()[0].argsort()] for values in call()),
            "the box that was taken first comes first.",
        ),
    },
)
