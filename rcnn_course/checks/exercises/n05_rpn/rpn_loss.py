"""Exercise `rpn_loss`: objectness and box loss of the sampled anchors (Ren et al. 2015, 3.1.2).

Letters: `N` images, `A` anchors of an image.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from rcnn_course.checks.engine.compare import Mismatch
from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.losses import bent_elsewhere
from rcnn_course.reference.rpn import Losses, Sampler, rpn_loss

_DIVISOR_HINT = "the box loss is summed, then divided by the number of all sampled anchors."
_BETA_HINT = "torchvision's RPN uses beta = 1/9: the loss is straight from a ninth on."
_SAMPLED_HINT = "only the anchors that the sampler has chosen take part, positive and negative."


def _use(
    subject: Callable[..., Losses],
    objectness: Tensor,
    pred_bbox_deltas: Tensor,
    labels: list[Tensor],
    regression_targets: list[Tensor],
    fg_bg_sampler: Sampler,
) -> Losses:
    """Call the subject with a sampler that is asked once, and for all images."""
    is_asked = False

    def ask_once(given: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        nonlocal is_asked
        if is_asked:
            raise Mismatch(
                "Your code asks the sampler more than once. It draws anew each time, so masks of "
                "two calls do not belong together: ask once, for all images, and keep both lists."
            )
        is_asked = True
        return fg_bg_sampler(given)

    return subject(objectness, pred_bbox_deltas, labels, regression_targets, ask_once)


def _sampler(chosen: list[Tensor]) -> Sampler:
    """Return a sampler, in torchvision's form, that chooses these anchors, bool [A] each."""

    def sample(labels: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        pairs = list(zip(labels, chosen, strict=False))
        positive = [((label == 1) & of_image).to(torch.uint8) for label, of_image in pairs]
        negative = [((label == 0) & of_image).to(torch.uint8) for label, of_image in pairs]
        return positive, negative

    return sample


def _cases(normal: Draw, uniform: Draw) -> Cases:
    def arguments(
        *anchors: int, positive: float = 0.3, sampled: float = 0.6, spread: float = 0.3
    ) -> tuple:
        total = sum(anchors)
        labels = [_labels(uniform(count), positive) for count in anchors]
        chosen = [uniform(count) < sampled for count in anchors]
        for of_image in chosen:
            of_image[:3] = True  # one of each kind
        deltas = normal(total, 4)
        away = spread * normal(total, 4)
        targets = list((deltas + away).split(list(anchors)))
        return 2 * normal(total, 1), deltas, labels, targets, _sampler(chosen)

    yield Case(
        "one image",
        arguments(12),
        hint="objectness: the mean of the binary cross-entropy over the sampled anchors.",
    )
    yield Case(
        "two images", arguments(15, 20), hint="labels of image 0 come first, then image 1's."
    )
    yield Case("small errors, below beta", arguments(14, 9, spread=0.02), hint=_BETA_HINT)
    yield Case("large errors", arguments(14, 9, spread=3.0), hint=_BETA_HINT)
    objectness, deltas, labels, _, sampler = arguments(8)
    near = deltas + torch.tensor([0.104, -0.104, 0.119, -0.119])
    yield Case(
        "errors a little below and above beta",
        (objectness, deltas, labels, [near], sampler),
        hint=_BETA_HINT,
    )
    objectness, deltas, labels, targets, sampler = arguments(16)
    negative = [torch.where(of_image == 1, 0.0, of_image) for of_image in labels]
    yield Case(
        "no positive anchor",
        (objectness, deltas, negative, targets, sampler),
        hint="without a positive anchor the box loss is 0.",
    )
    infinite = [torch.full_like(of_image, -torch.inf) for of_image in targets]
    yield Case(
        "no positive anchor, as in a picture without objects: the targets are infinite",
        (objectness, deltas, negative, infinite, sampler),
        hint="log(0) is minus infinity, and 0 times that is NaN: choose rows, never multiply.",
    )
    yield Case("one anchor, positive and sampled", arguments(1, positive=1.0))
    yield Case("every anchor is sampled", arguments(10, 11, sampled=1.0))


def _labels(chance: Tensor, positive: float) -> Tensor:
    """Return labels as torchvision's: 1 positive, 0 negative, -1 ignored; first one of each."""
    labels = torch.where(chance < positive, 1.0, torch.where(chance < 0.85, 0.0, -1.0))
    first = torch.tensor([1.0, 0.0, -1.0])
    labels[:3] = first[: len(labels)]
    return labels


def _times(call: Call, *, objectness: Tensor | float = 1, boxes: Tensor | float = 1) -> Losses:
    """Return the losses multiplied by these numbers."""
    objectness_loss, box_loss = call()
    return objectness_loss * objectness, box_loss * boxes


def _counts(call: Call) -> tuple[Tensor, Tensor]:
    """Return how many anchors are sampled, and how many of them are positive."""
    positive, negative = (torch.cat(masks).sum() for masks in call.fg_bg_sampler(call.labels))
    return positive + negative, positive


def _over_positives(call: Call, count: int) -> Losses | None:
    """Divide the box loss by so many numbers of each positive anchor, where there are any."""
    sampled, positive = _counts(call)
    return _times(call, boxes=sampled / positive / count) if positive else None


def _negative_boxes_too(call: Call) -> Losses:
    masks = zip(*call.fg_bg_sampler(call.labels), strict=True)
    both = [positive | negative for positive, negative in masks]
    return call(fg_bg_sampler=lambda labels: (both, [torch.zeros_like(mask) for mask in both]))


def _ignored_too(call: Call) -> Losses:
    everything = [torch.ones_like(of_image) for of_image in call.labels]
    objectness_loss, _ = call(fg_bg_sampler=lambda labels: (everything, everything))
    return objectness_loss, call()[1]


RPN_LOSS = Exercise(
    name="rpn_loss",
    reference=rpn_loss,
    source="torchvision's RegionProposalNetwork.compute_loss",
    steps=(
        "Call the sampler once. Its masks say which anchors count; nothing else does.",
        "Objectness: binary cross-entropy on the logits of all sampled anchors, positive and "
        "negative.",
        "Boxes: smooth L1 over the sampled positive anchors alone, as a sum.",
        "Divide the box loss by the number of all sampled anchors, not of the positive ones.",
    ),
    own_cases=_cases,
    odd=Odd(gradient=["objectness", "pred_bbox_deltas"], of=1),
    use=_use,
    refused=(works.REGION_PROPOSALS,),
    mistakes={
        "divided_by_positives": Mistake(
            "the box loss is divided by the number of positive anchors",
            lambda call: _over_positives(call, 1),
            _DIVISOR_HINT,
        ),
        "mean_of_positives": Mistake(
            "the box loss is the mean over all deltas of positive anchors",
            lambda call: _over_positives(call, 4),
            _DIVISOR_HINT,
        ),
        "not_divided": Mistake(
            "the box loss is not divided at all",
            lambda call: _times(call, boxes=_counts(call)[0]),
            _DIVISOR_HINT,
        ),
        "beta_1": Mistake(
            "the box loss has beta 1",
            lambda call: bent_elsewhere(call, "pred_bbox_deltas", 1 / 9),
            _BETA_HINT,
        ),
        "absolute_difference": Mistake(
            "the box loss is the plain absolute difference",
            lambda call: bent_elsewhere(call, "pred_bbox_deltas", 1e6),
            _BETA_HINT,
        ),
        "negative_boxes_too": Mistake(
            "negative anchors take part in the box loss",
            _negative_boxes_too,
            "only positive anchors have a box to learn: sum over the sampled positive ones.",
        ),
        "objectness_summed": Mistake(
            "the objectness loss is summed",
            lambda call: _times(call, objectness=_counts(call)[0]),
            "the objectness loss is the mean over the sampled anchors.",
        ),
        "sigmoid_twice": Mistake(
            "the sigmoid is applied twice",
            lambda call: call(objectness=call.objectness.sigmoid()),
            "objectness holds logits; a loss 'with logits' takes the sigmoid itself.",
        ),
        "ignored_too": Mistake(
            "the objectness loss takes all anchors, the ignored ones too",
            _ignored_too,
            _SAMPLED_HINT,
        ),
        "sampler_unused": Mistake(
            "the sampler is not asked: every positive and negative anchor takes part",
            lambda call: call(fg_bg_sampler=_sampler([labels > -2 for labels in call.labels])),
            _SAMPLED_HINT,
        ),
        "outputs_swapped": Mistake(
            "the two losses are swapped",
            lambda call: call()[::-1],
            "first the objectness loss, then the box loss.",
        ),
    },
)
