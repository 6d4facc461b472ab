"""Typical mistakes of `postprocess_detections`, as wrong calls of torchvision's method.

Letters: `R` RoIs, `C` classes with the background.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.ops import batched_nms, nms

from rcnn_course.checks.engine.exercise import Mistake
from rcnn_course.checks.exercises.n07_box_head.postprocess_reference import (
    Detections,
    Sizes,
    Tensors,
    reference,
)

OfImage = tuple[Tensor, Tensor, Tensor]

_EVERY = 10**6  # detections of an image: more than there are

_ONE_EACH = "each class of each RoI is a detection of its own: R RoIs give R × (C - 1) candidates."
_WHOSE = "a row of deltas holds the four of class 0, then the four of class 1, and so on."
_PER_CLASS = "a person in front of a kite overlaps it, and both are there: suppress within a class."


def _with_inputs(change: Callable[..., tuple]) -> Callable[..., Detections]:
    """Make the mistake of other inputs; `change` takes the four of the exercise."""
    return lambda *args, **options: reference(*change(*args), **options)


def _with_detections(change: Callable[[OfImage], OfImage]) -> Callable[..., Detections]:
    """Make the mistake of changing the detections of an image at the end."""

    def wrong(*args: object, **options: object) -> Detections:
        return _each_image(reference(*args, **options), change)

    return wrong


def _each_image(detections: Detections, change: Callable[[OfImage], OfImage]) -> Detections:
    changed = [change(of_image) for of_image in zip(*detections, strict=True)]
    return tuple(list(values) for values in zip(*changed, strict=True))


def _best(detections: OfImage, count: int) -> OfImage:
    """Return the detections with the best scores, best first."""
    order = detections[1].argsort(descending=True, stable=True)[:count]
    return tuple(values[order] for values in detections)


def _each_class_alone(
    of_class: Callable[[Tensor], Tensor],
    threshold: Callable[[float], float] = float,
    scores: Callable[[Tensor], Tensor] = torch.clone,
    per_class: bool = False,
) -> Callable[..., Detections]:
    """Make the mistake of scoring, or of choosing, class by class.

    Args:
        of_class: maps the logits to logits whose sigmoid is the score of each class.
        threshold: maps score_thresh to the one of these scores.
        scores: maps these scores to those that are returned.
        per_class: whether detections_per_img counts in each class.
    """

    def wrong(
        logits: Tensor,
        deltas: Tensor,
        proposals: Tensors,
        sizes: Sizes,
        score_thresh: float = 0.05,
        nms_thresh: float = 0.5,
        detections_per_img: int = 100,
    ) -> Detections:
        single, groups = of_class(logits), deltas.reshape(*logits.shape, 4)
        parts = []
        for label in range(1, logits.shape[1]):
            boxes, values, labels = reference(
                F.pad(single[:, label, None], (1, 0)),
                groups[:, label].repeat(1, 2),
                proposals,
                sizes,
                threshold(score_thresh),
                nms_thresh,
                detections_per_img if per_class else _EVERY,
            )
            parts.append((boxes, [scores(v) for v in values], [label * one for one in labels]))
        count = _EVERY if per_class else detections_per_img
        return _each_image(_joined(parts), lambda of_image: _best(of_image, count))

    return wrong


def _joined(parts: list[Detections]) -> Detections:
    """Put the detections of several classes together, image by image."""
    kinds = zip(*parts, strict=True)
    return tuple([torch.cat(of_image) for of_image in zip(*kind, strict=True)] for kind in kinds)


def _probability_logit(logits: Tensor) -> Tensor:
    """Return numbers whose sigmoid is the softmax."""
    return logits.softmax(-1).logit()


def _probability_logit_without_background(logits: Tensor) -> Tensor:
    return _probability_logit(F.pad(logits[:, 1:], (1, 0), value=-torch.inf))


def _one_class_each(start: int) -> Callable[..., Detections]:
    """Make the mistake of keeping one class of each RoI: the best from class `start` on."""

    def change(logits: Tensor, *rest: object) -> tuple:
        best = logits[:, start:].argmax(dim=1, keepdim=True) + start
        kept = logits.softmax(-1).gather(1, best)
        others = torch.full_like(logits, -torch.inf)
        others[:, :1] = torch.log1p(-kept)
        return (others.scatter(1, best, kept.log()), *rest)

    return _with_inputs(change)


def _suppressed_at_the_end(
    suppress: Callable[[OfImage, float], Tensor], first: bool
) -> Callable[..., Detections]:
    """Make a mistake with NMS: `first` cuts to detections_per_img before it."""

    def wrong(
        *args: object,
        nms_thresh: float = 0.5,
        detections_per_img: int = 100,
        **options: object,
    ) -> Detections:
        count = detections_per_img if first else _EVERY
        detections = reference(*args, nms_thresh=1, detections_per_img=count, **options)

        def change(of_image: OfImage) -> OfImage:
            kept = suppress(of_image, nms_thresh)[:detections_per_img]
            return tuple(values[kept] for values in of_image)

        return _each_image(detections, change)

    return wrong


def _not_clipped(
    logits: Tensor, deltas: Tensor, proposals: Tensors, sizes: Sizes, **options: object
) -> Detections:
    """Move everything into the middle of an enormous picture, and back."""
    far = 2.0**20
    moved = [of_image.double() + far for of_image in proposals]
    boxes, scores, labels = reference(
        logits.double(), deltas.double(), moved, [(2**21, 2**21)] * len(sizes), **options
    )
    boxes = [(of_image - far).to(logits.dtype) for of_image in boxes]
    return boxes, [of_image.to(logits.dtype) for of_image in scores], labels


def _by_class(of_image: OfImage) -> OfImage:
    order = of_image[2].argsort(stable=True)
    return tuple(values[order] for values in of_image)


MISTAKES = (
    Mistake(
        "the background is kept as a class",
        lambda logits, deltas, *rest, **options: _each_image(
            reference(
                F.pad(logits, (1, 0), value=-torch.inf), F.pad(deltas, (4, 0)), *rest, **options
            ),
            lambda of_image: (*of_image[:2], of_image[2] - 1),
        ),
        "class 0 says that there is nothing: no detection carries it.",
    ),
    Mistake(
        "the labels are one too low",
        _with_detections(lambda of_image: (*of_image[:2], of_image[2] - 1)),
        "dropping the background's column moves the others: the first one left is class 1.",
    ),
    Mistake(
        "the scores are sigmoids",
        _each_class_alone(torch.clone),
        "the classes exclude each other: their scores and the background's add up to 1.",
    ),
    Mistake(
        "the scores are logits",
        _each_class_alone(
            torch.clone, lambda score: torch.tensor(score).sigmoid().item(), torch.logit
        ),
        "a score is a probability, and score_thresh is one too: softmax first.",
    ),
    Mistake(
        "the softmax leaves out the background",
        _each_class_alone(_probability_logit_without_background),
        "the background takes its share of the probability; drop its column afterwards.",
    ),
    Mistake(
        "each RoI keeps its best class alone",
        _one_class_each(1),
        _ONE_EACH,
    ),
    Mistake(
        "RoIs that look most like background are dropped",
        _one_class_each(0),
        _ONE_EACH,
    ),
    Mistake(
        "the deltas are decoded without their weights",
        lambda *args, **options: reference(*args, **options, weights=(1.0, 1.0, 1.0, 1.0)),
        "what was multiplied by 10, 10, 5, 5 in encoding is divided by it in decoding.",
    ),
    Mistake(
        "every class has the deltas of the background",
        _with_inputs(lambda x, deltas, *rest: (x, deltas[:, :4].repeat(1, x.shape[1]), *rest)),
        _WHOSE,
    ),
    Mistake(
        "every class has the deltas of class 1",
        _with_inputs(lambda x, deltas, *rest: (x, deltas[:, 4:8].repeat(1, x.shape[1]), *rest)),
        _WHOSE,
    ),
    Mistake(
        "the deltas are those of the class before",
        _with_inputs(lambda x, deltas, *rest: (x, deltas.roll(4, dims=1), *rest)),
        "drop the background's boxes together with its scores.",
    ),
    Mistake(
        "the deltas are read coordinate by coordinate",
        _with_inputs(
            lambda x, d, *rest: (
                x,
                d.reshape(len(d), 4, x.shape[1]).transpose(1, 2).flatten(1),
                *rest,
            )
        ),
        _WHOSE,
    ),
    Mistake(
        "the boxes are not clipped to the image",
        _not_clipped,
        "a box ends where its image ends, and it does so before NMS.",
    ),
    Mistake(
        "height and width of the image are swapped",
        _with_inputs(lambda *args: (*args[:3], [size[::-1] for size in args[3]])),
        "image_shapes holds (height, width); x is limited by the width.",
    ),
    Mistake(
        "every image is clipped to the size of the first",
        _with_inputs(lambda *args: (*args[:3], args[3][:1] * len(args[3]))),
        "each image has its own entry in image_shapes.",
    ),
    Mistake(
        "NMS suppresses across classes",
        _suppressed_at_the_end(lambda d, threshold: nms(d[0], d[1], threshold), first=False),
        _PER_CLASS,
    ),
    Mistake(
        "there is no NMS",
        lambda *args, **options: reference(*args, **(options | {"nms_thresh": 1.0})),
        "several RoIs find the same object: suppress all but the best of each class.",
    ),
    Mistake(
        "the best are chosen before NMS",
        _suppressed_at_the_end(lambda d, threshold: batched_nms(*d, threshold), first=True),
        "first suppress, then keep the best: otherwise copies of one object take the places.",
    ),
    Mistake(
        "detections_per_img is not used",
        lambda *args, **options: reference(*args, **(options | {"detections_per_img": _EVERY})),
        "at most detections_per_img detections of an image are returned, the best.",
    ),
    Mistake(
        "the best are kept in each class",
        _each_class_alone(_probability_logit, per_class=True),
        "detections_per_img counts over all classes of an image.",
    ),
    Mistake(
        "the detections stand class by class",
        _with_detections(_by_class),
        "whatever the class, the best score comes first.",
    ),
    Mistake(
        "low scores are kept",
        lambda *args, **options: reference(*args, **(options | {"score_thresh": 0.0})),
        "only scores above score_thresh are detections at all.",
    ),
)
