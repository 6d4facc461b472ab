"""Exercise `match_anchors`: which anchor is trained on which object (Ren et al. 2015, 3.1.2).

Letters: `G` ground truths, `A` anchors.
"""

import torch
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.reference.rpn import match_anchors

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
_BEST_HINT = "all anchors that share the highest IoU of a ground truth are its best ones."
_EQUAL_HINT = "an IoU of exactly high_threshold is positive, one of exactly low_threshold ignored."


def _cases(_: Draw, uniform: Draw) -> Cases:
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
        (0.5 * overlaps(2, 15), 0.7, 0.3),
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
        hint=_BEST_HINT,
    )
    exact = torch.tensor([[0.75, 0.25, 0.5, 0.125], [0.1, 0.2, 0.05, 0.01]])
    yield Case(
        "IoUs of exactly the thresholds",
        (exact[:, uniform(4).argsort()], 0.75, 0.25, False),
        hint=_EQUAL_HINT,
    )
    yield Case("equal thresholds, as the box head has them", (overlaps(3, 10), 0.5, 0.5, False))
    yield Case("one ground truth, with the rule", (0.2 * overlaps(1, 7), 0.7, 0.3, True))
    ends = torch.tensor([[0.28, 0.1, 0.05, 0.2], [0.02, 0.06, 0.12, 0.26]])
    yield Case(
        "the first and the last anchor are the best ones, with the rule",
        (ends + 0.01 * uniform(2, 4), 0.7, 0.3, True),
        hint=_RULE_HINT,
    )
    aside = torch.cat([0.6 * overlaps(1, 5), torch.zeros(1, 5)])
    yield Case(
        "a ground truth that no anchor overlaps, with the rule",
        (aside[uniform(2).argsort()], 0.7, 0.3, True),
        hint="the best IoU of a ground truth may be 0: all anchors share it, and all are saved.",
    )
    yield Case("a single anchor, without the rule", (0.2 * overlaps(2, 1), 0.7, 0.3, False))
    yield Case("other thresholds", (overlaps(3, 12), 0.6, 0.45, True), hint=_KINDS_HINT)


def _given_to_the_one_that_saves(call: Call) -> Tensor:
    iou, matches = call.match_quality_matrix, call(allow_low_quality_matches=False)
    if call.allow_low_quality_matches:
        truth, anchor = torch.where(iou == iou.amax(dim=1, keepdim=True))
        matches[anchor] = truth
    return matches


def _only_one_saved(call: Call) -> Tensor:
    iou, matches = call.match_quality_matrix, call(allow_low_quality_matches=False)
    if call.allow_low_quality_matches:
        best = iou.argmax(dim=1)
        matches[best] = iou.argmax(dim=0)[best]
    return matches


def _just_above(call: Call) -> Tensor:
    high, low = torch.tensor([call.high_threshold, call.low_threshold]).nextafter(torch.ones(2))
    return call(high_threshold=high.item(), low_threshold=low.item())


MATCH_ANCHORS = Exercise(
    name="match_anchors",
    reference=match_anchors,
    source="torchvision's Matcher",
    steps=(
        "Every anchor looks for the ground truth that it overlaps most: a maximum along the "
        "first dimension, with its place.",
        "Below the low threshold it is negative, between both ignored.",
        "The rescue goes the other way round: for every ground truth, its best IoU over all "
        "anchors; all anchors that reach it are positive.",
        "A rescued anchor gets the ground truth that it itself overlaps most, which need not "
        "be the one that saved it.",
    ),
    own_cases=_cases,
    odd=Odd(of=3),
    refused=(works.MATCHING,),
    mistakes={
        "kinds_swapped": Mistake(
            "-1 and -2 are swapped",
            lambda call: torch.where(call() < 0, _NEGATIVE + _IGNORED - call(), call()),
            _KINDS_HINT,
        ),
        "between_is_negative": Mistake(
            "anchors between the thresholds count as negative",
            lambda call: call(low_threshold=call.high_threshold),
            _KINDS_HINT,
        ),
        "between_is_positive": Mistake(
            "anchors between the thresholds count as positive",
            lambda call: call(high_threshold=call.low_threshold),
            _KINDS_HINT,
        ),
        "no_low_quality_rule": Mistake(
            "the low-quality rule is missing",
            lambda call: call(allow_low_quality_matches=False),
            _RULE_HINT,
        ),
        "always_low_quality_rule": Mistake(
            "the low-quality rule is always on",
            lambda call: call(allow_low_quality_matches=True),
            "the rule holds only where allow_low_quality_matches is True.",
        ),
        "given_to_saver": Mistake(
            "a saved anchor belongs to the ground truth that saves it",
            _given_to_the_one_that_saves,
            _OWN_HINT,
        ),
        "one_of_equals_saved": Mistake(
            "only one of several equally good anchors is saved",
            _only_one_saved,
            _BEST_HINT,
        ),
        "threshold_excluded": Mistake(
            "an IoU of exactly a threshold falls below it", _just_above, _EQUAL_HINT
        ),
        "index_lost": Mistake(
            "positive anchors get 1 instead of the index of their ground truth",
            lambda call: torch.where(call() >= 0, 1, call()),
            "the box loss needs to know which ground truth an anchor is trained on.",
        ),
        "truths_matched": Mistake(
            "every ground truth is matched instead of every anchor",
            lambda call: call(match_quality_matrix=call.match_quality_matrix.T),
            "a column of the matrix belongs to an anchor: the result has one number a column.",
        ),
    },
)
