"""Exercise `match_anchors`: which anchor is trained on which object (Ren et al. 2015, 3.1.2).

Letters: `G` ground truths, `A` anchors.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torchvision.models.detection._utils import Matcher

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors

_Matcher = Matcher

_NEGATIVE, _IGNORED = -1, -2
_KINDS_HINT = (
    "below low_threshold: -1, negative. From low to high: -2, ignored. The rest: positive."
)
_RULE_HINT = (
    "with allow_low_quality_matches, the best anchors of every ground truth are positive, however "
    "low their IoU."
)
_OWN_HINT = (
    "an anchor that is saved for one ground truth still belongs to the one it overlaps most."
)
_EQUAL_HINT = "an IoU of exactly high_threshold is positive, one of exactly low_threshold ignored."


def reference(
    match_quality_matrix: Tensor,
    high_threshold: float,
    low_threshold: float,
    allow_low_quality_matches: bool = False,
) -> Tensor:
    """Build torchvision's matcher and call it."""
    return _Matcher(high_threshold, low_threshold, allow_low_quality_matches)(match_quality_matrix)


def _match_anchors_cases(seed: int) -> Iterator[Case]:
    _, uniform = random_tensors(seed)

    def overlaps(truths: int, anchors: int) -> Tensor:
        """Return IoUs of which no two are equal, in random order."""
        steps = torch.linspace(0.013, 0.987, truths * anchors)
        return steps[uniform(truths * anchors).argsort()].reshape(truths, anchors)

    yield Case(
        "three ground truths, twelve anchors, without the low-quality rule",
        (overlaps(3, 12), 0.7, 0.3, False),
        hint=_KINDS_HINT,
    )
    yield Case(
        "mostly low IoUs, without the low-quality rule",
        (overlaps(2, 15) ** 3, 0.7, 0.3),
        hint="the rule is off unless it is asked for.",
    )
    by_hand = torch.tensor(
        [[0.20, 0.45, 0.10, 0.05], [0.60, 0.50, 0.02, 0.06], [0.01, 0, 0.15, 0.04]]
    )
    yield Case(
        "an anchor that is the best of one ground truth, and overlaps another one more",
        (by_hand + 0.02 * uniform(3, 4), 0.7, 0.3, True),
        hint=_OWN_HINT,
    )
    yield Case(
        "low IoUs, with the low-quality rule",
        (overlaps(4, 9) ** 3, 0.7, 0.3, True),
        hint=_RULE_HINT,
    )
    ties = 0.4 * overlaps(2, 6)
    ties[0, [1, 4]], ties[1, [2, 3, 5]] = 0.45, 0.55
    yield Case(
        "several anchors that are equally good for a ground truth",
        (ties, 0.7, 0.3, True),
        hint="all anchors that share the highest IoU of a ground truth are its best ones.",
    )
    exact = torch.tensor([[0.75, 0.25, 0.5, 0.125], [0.1, 0.2, 0.05, 0.01]])
    yield Case(
        "IoUs of exactly the thresholds",
        (exact[:, uniform(4).argsort()], 0.75, 0.25, False),
        hint=_EQUAL_HINT,
    )
    yield Case("equal thresholds, as the box head has them", (overlaps(3, 10), 0.5, 0.5, False))
    yield Case("one ground truth, with the rule", (0.2 * overlaps(1, 7), 0.7, 0.3, True))
    yield Case("a single anchor, without the rule", (0.2 * overlaps(2, 1), 0.7, 0.3, False))
    yield Case("other thresholds", (overlaps(3, 12), 0.6, 0.45, True), hint=_KINDS_HINT)
    yield Case("float64", (overlaps(3, 8).double(), 0.7, 0.3, True))
    yield Case("IoUs that are not contiguous in memory", (overlaps(9, 3).T, 0.7, 0.3, True))


def _relabelled(change: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """Make the mistake of writing something else for a kind of anchor."""
    return lambda *args: change(reference(*args))


def _swap_kinds(matches: Tensor) -> Tensor:
    return torch.where(matches < 0, _NEGATIVE + _IGNORED - matches, matches)


def _low_quality_by(save: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    """Make the mistake of another low-quality rule: `save` changes the matches without one."""

    def wrong(iou: Tensor, high: float, low: float, allow: bool = False) -> Tensor:
        matches = reference(iou, high, low)
        return save(matches, iou) if allow else matches

    return wrong


def _given_to_the_one_that_saves(matches: Tensor, iou: Tensor) -> Tensor:
    truth, anchor = torch.where(iou == iou.amax(dim=1, keepdim=True))
    matches[anchor] = truth
    return matches


def _only_one_saved(matches: Tensor, iou: Tensor) -> Tensor:
    best = iou.argmax(dim=1)
    matches[best] = iou.argmax(dim=0)[best]
    return matches


def _just_above(iou: Tensor, high: float, low: float, allow: bool = False) -> Tensor:
    thresholds = torch.tensor([high, low])
    return reference(iou, *torch.nextafter(thresholds, torch.ones(2)).tolist(), allow)


MATCH_ANCHORS = Exercise(
    name="match_anchors",
    reference=reference,
    source="torchvision's Matcher",
    own_cases=_match_anchors_cases,
    refused_code=(Matcher,),
    mistakes=(
        Mistake(
            "-1 and -2 are swapped",
            _relabelled(_swap_kinds),
            _KINDS_HINT,
        ),
        Mistake(
            "anchors between the thresholds count as negative",
            lambda iou, high, low, allow=False: reference(iou, high, high, allow),
            _KINDS_HINT,
        ),
        Mistake(
            "anchors between the thresholds count as positive",
            lambda iou, high, low, allow=False: reference(iou, low, low, allow),
            _KINDS_HINT,
        ),
        Mistake(
            "the low-quality rule is missing",
            lambda iou, high, low, allow=False: reference(iou, high, low, False),
            _RULE_HINT,
        ),
        Mistake(
            "the low-quality rule is always on",
            lambda iou, high, low, allow=False: reference(iou, high, low, True),
            "the rule holds only where allow_low_quality_matches is True.",
        ),
        Mistake(
            "a saved anchor belongs to the ground truth that saves it",
            _low_quality_by(_given_to_the_one_that_saves),
            _OWN_HINT,
        ),
        Mistake(
            "only one of several equally good anchors is saved",
            _low_quality_by(_only_one_saved),
            "all anchors that share the highest IoU of a ground truth are its best ones.",
        ),
        Mistake(
            "an IoU of exactly a threshold falls below it",
            _just_above,
            _EQUAL_HINT,
        ),
        Mistake(
            "positive anchors get 1 instead of the index of their ground truth",
            _relabelled(lambda matches: torch.where(matches >= 0, 1, matches)),
            "the box loss needs to know which ground truth an anchor is trained on.",
        ),
        Mistake(
            "every ground truth is matched instead of every anchor",
            lambda iou, *args: reference(iou.T, *args),
            "a column of the matrix belongs to an anchor: the result has one number a column.",
        ),
    ),
)
