"""Exercise `rpn_loss`: objectness and box loss of the sampled anchors (Ren et al. 2015, 3.1.2).

Letters: `N` images, `A` anchors of an image.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection.rpn import RegionProposalNetwork

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors

_compute_loss = RegionProposalNetwork.compute_loss
_smooth_l1 = F.smooth_l1_loss
_cross_entropy = F.binary_cross_entropy_with_logits

Losses = tuple[Tensor, Tensor]

_BETA = 1 / 9
_DIVISOR_HINT = "the box loss is summed, then divided by the number of all sampled anchors."
_POSITIVE_HINT = "only positive anchors have a box to learn: sum over the sampled positive ones."
_BETA_HINT = "torchvision's RPN uses beta = 1/9: the loss is straight from a ninth on."
_SAMPLED_HINT = "only the anchors that the sampler has chosen take part, positive and negative."


@dataclass(frozen=True)
class FixedSampler:
    """A sampler that chooses the anchors it is told to, in torchvision's form.

    Attributes:
        chosen (list of Tensor[A], bool): of each image.
    """

    chosen: list[Tensor]

    def __call__(self, labels: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """Return masks (uint8, one for each image) of the positive and negative anchors."""
        pairs = list(zip(labels, self.chosen, strict=True))
        positive = [((label == 1) & chosen).to(torch.uint8) for label, chosen in pairs]
        negative = [((label == 0) & chosen).to(torch.uint8) for label, chosen in pairs]
        return positive, negative


def reference(
    objectness: Tensor,
    pred_bbox_deltas: Tensor,
    labels: list[Tensor],
    regression_targets: list[Tensor],
    fg_bg_sampler: Callable[[list[Tensor]], tuple[list[Tensor], list[Tensor]]],
) -> Losses:
    """Call torchvision's method with this sampler."""
    network = SimpleNamespace(fg_bg_sampler=fg_bg_sampler)
    return _compute_loss(network, objectness, pred_bbox_deltas, labels, regression_targets)


def _rpn_loss_cases(seed: int) -> Iterator[Case]:
    normal, uniform = random_tensors(seed)

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
        return 2 * normal(total, 1), deltas, labels, targets, FixedSampler(chosen)

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
    objectness, deltas, labels, targets, sampler = arguments(16)
    negative = [torch.where(of_image == 1, 0.0, of_image) for of_image in labels]
    yield Case(
        "no positive anchor",
        (objectness, deltas, negative, targets, sampler),
        hint="without a positive anchor the box loss is 0.",
    )
    yield Case("one anchor, positive and sampled", arguments(1, positive=1.0))
    yield Case("every anchor is sampled", arguments(10, 11, sampled=1.0))
    objectness, deltas, labels, targets, sampler = arguments(10, 6)
    doubles = [target.double() for target in targets]
    double_labels = [of_image.double() for of_image in labels]
    yield Case("float64", (objectness.double(), deltas.double(), double_labels, doubles, sampler))
    objectness, deltas, *rest = arguments(12, 18)
    yield Case(
        "the gradients that flow back to logits and deltas",
        (objectness.requires_grad_(), deltas.requires_grad_(), *rest),
    )


def _labels(chance: Tensor, positive: float) -> Tensor:
    """Return labels as torchvision's: 1 positive, 0 negative, -1 ignored; first one of each."""
    labels = torch.where(chance < positive, 1.0, torch.where(chance < 0.85, 0.0, -1.0))
    first = torch.tensor([1.0, 0.0, -1.0])
    labels[:3] = first[: len(labels)]
    return labels


@dataclass(frozen=True)
class _Sampled:
    """What takes part: logits, labels and whether positive of each sampled anchor, and all."""

    logits: Tensor
    labels: Tensor
    predicted: Tensor
    targets: Tensor
    positive: Tensor


def _sampled(objectness, deltas, labels, targets, sampler) -> _Sampled:
    masks = [torch.cat(masks).bool() for masks in sampler(labels)]
    rows = torch.cat([mask.nonzero()[:, 0] for mask in masks])
    values = (objectness.flatten(), torch.cat(labels), deltas, torch.cat(targets), masks[0])
    return _Sampled(*(value[rows] for value in values))


def _box_loss(change: Callable[[Tensor, _Sampled], Tensor]) -> Callable[..., Losses]:
    """Make the mistake of another box loss, made of the right one and what is sampled."""

    def wrong(*args) -> Losses:
        objectness_loss, box_loss = reference(*args)
        return objectness_loss, change(box_loss, _sampled(*args))

    return wrong


def _smooth(beta: float, *, of_all: bool = False) -> Callable[[Tensor, _Sampled], Tensor]:
    """Return a box loss with another beta, or of the negative anchors too."""

    def box_loss(_: Tensor, sampled: _Sampled) -> Tensor:
        rows = torch.ones_like(sampled.positive) if of_all else sampled.positive
        predicted, targets = sampled.predicted[rows], sampled.targets[rows]
        summed = _smooth_l1(predicted, targets, beta=beta, reduction="sum")
        return summed / len(sampled.logits)

    return box_loss


def _objectness_loss(change: Callable[[Tensor, _Sampled], Tensor]) -> Callable[..., Losses]:
    """Make the mistake of another objectness loss."""

    def wrong(*args) -> Losses:
        objectness_loss, box_loss = reference(*args)
        return change(objectness_loss, _sampled(*args)), box_loss

    return wrong


def _of_all_anchors(objectness, deltas, labels, targets, sampler) -> Losses:
    _, box_loss = reference(objectness, deltas, labels, targets, sampler)
    return _cross_entropy(objectness.flatten(), torch.cat(labels)), box_loss


def _of_all_that_are_labelled(objectness, deltas, labels, targets, sampler) -> Losses:
    everything = FixedSampler([torch.ones_like(of_image).bool() for of_image in labels])
    return reference(objectness, deltas, labels, targets, everything)


RPN_LOSS = Exercise(
    name="rpn_loss",
    reference=reference,
    source="torchvision's RegionProposalNetwork.compute_loss",
    own_cases=_rpn_loss_cases,
    refused_code=(RegionProposalNetwork,),
    mistakes=(
        Mistake(
            "the box loss is divided by the number of positive anchors",
            _box_loss(lambda loss, s: loss * len(s.logits) / s.positive.sum()),
            _DIVISOR_HINT,
        ),
        Mistake(
            "the box loss is the mean over all deltas of positive anchors",
            _box_loss(lambda loss, s: loss * len(s.logits) / (4 * s.positive.sum())),
            _DIVISOR_HINT,
        ),
        Mistake(
            "the box loss is not divided at all",
            _box_loss(lambda loss, s: loss * len(s.logits)),
            _DIVISOR_HINT,
        ),
        Mistake(
            "the box loss has beta 1",
            _box_loss(_smooth(1.0)),
            _BETA_HINT,
        ),
        Mistake(
            "the box loss is the plain absolute difference",
            _box_loss(_smooth(0.0)),
            _BETA_HINT,
        ),
        Mistake(
            "negative anchors take part in the box loss",
            _box_loss(_smooth(_BETA, of_all=True)),
            _POSITIVE_HINT,
        ),
        Mistake(
            "the objectness loss is summed",
            _objectness_loss(lambda loss, s: loss * len(s.logits)),
            "the objectness loss is the mean over the sampled anchors.",
        ),
        Mistake(
            "the sigmoid is applied twice",
            _objectness_loss(lambda _, s: _cross_entropy(s.logits.sigmoid(), s.labels)),
            "objectness holds logits; a loss 'with logits' takes the sigmoid itself.",
        ),
        Mistake(
            "the objectness loss takes all anchors, the ignored ones too",
            _of_all_anchors,
            _SAMPLED_HINT,
        ),
        Mistake(
            "the sampler is not asked: every positive and negative anchor takes part",
            _of_all_that_are_labelled,
            _SAMPLED_HINT,
        ),
        Mistake(
            "the two losses are swapped",
            lambda *args: reference(*args)[::-1],
            "first the objectness loss, then the box loss.",
        ),
    ),
)
