"""Typical mistakes of `postprocess_detections`, as altered calls of torchvision's method.

Letters: `R` RoIs, `C` classes with the background, `D` detections of an image.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.ops import batched_nms, nms

from rcnn_course.checks.engine.exercise import Call, Mistake
from rcnn_course.checks.exercises.n07_box_head import class_deltas
from rcnn_course.reference.box_head import Detections

_EVERY = 10**6  # detections of an image: more than there are

_ONE_EACH_HINT = (
    "each class of each RoI is a detection of its own: R RoIs give R × (C - 1) candidates."
)


def _select(
    detections: Detections, rows_of: Callable[[Tensor, Tensor, Tensor], Tensor]
) -> Detections:
    """Keep some detections of each image; `rows_of` takes its boxes, scores and labels."""
    rows = [rows_of(*of_image) for of_image in zip(*detections, strict=True)]
    boxes, scores, labels = (
        [v[kept] for v, kept in zip(part, rows, strict=True)] for part in detections
    )
    return boxes, scores, labels


def _labels_one_lower(detections: Detections) -> Detections:
    boxes, scores, labels = detections
    return boxes, scores, [of_image - 1 for of_image in labels]


def _with_background(call: Call) -> Detections:
    """Let the background be class 1, behind a background that never is."""
    logits = F.pad(call.class_logits, (1, 0), value=-torch.inf)
    return call(class_logits=logits, box_regression=F.pad(call.box_regression, (4, 0)))


def _sigmoids(call: Call, score_thresh: float) -> Detections:
    """Score each class alone: beside a logit of 0, the softmax of a logit is its sigmoid."""
    of_classes = []
    for label in range(1, call.class_logits.shape[1]):
        boxes, scores, labels = call(
            class_logits=F.pad(call.class_logits[:, label, None], (1, 0)),
            box_regression=class_deltas.grouped(call)[:, label].repeat(1, 2),
            score_thresh=score_thresh,
        )
        of_classes.append((boxes, scores, [label * of_image for of_image in labels]))
    boxes, scores, labels = (
        [torch.cat(of_image) for of_image in zip(*kind, strict=True)]
        for kind in zip(*of_classes, strict=True)
    )
    return _select(
        (boxes, scores, labels),
        lambda _, scores, __: scores.argsort(descending=True)[: call.detections_per_img],
    )


def _logits(call: Call) -> Detections:
    threshold = torch.tensor(call.score_thresh).sigmoid().item()
    boxes, scores, labels = _sigmoids(call, threshold)
    return boxes, [of_image.logit() for of_image in scores], labels


def _one_class_each(call: Call, start: int) -> Detections:
    """Keep one class of each RoI: the best from class `start` on."""
    best = call.class_logits[:, start:].argmax(dim=1, keepdim=True) + start
    kept = call.class_logits.softmax(-1).gather(1, best)
    others = torch.full_like(call.class_logits, -torch.inf)
    others[:, :1] = torch.log1p(-kept)
    return call(class_logits=others.scatter(1, best, kept.log()))


def _not_clipped(call: Call) -> Detections:
    """Move everything into the middle of an enormous picture, and back."""
    far, dtype = 2.0**20, call.class_logits.dtype
    boxes, scores, labels = call(
        class_logits=call.class_logits.double(),
        box_regression=call.box_regression.double(),
        proposals=[of_image.double() + far for of_image in call.proposals],
        image_shapes=[(2**21, 2**21)] * len(call.image_shapes),
    )
    boxes = [(of_image - far).to(dtype) for of_image in boxes]
    return boxes, [of_image.to(dtype) for of_image in scores], labels


def _suppressed_across(call: Call) -> Detections:
    return _select(
        call(nms_thresh=1.0, detections_per_img=_EVERY),
        lambda boxes, scores, _: nms(boxes, scores, call.nms_thresh)[: call.detections_per_img],
    )


def _suppressed_last(call: Call) -> Detections:
    return _select(call(nms_thresh=1.0), lambda *of_image: batched_nms(*of_image, call.nms_thresh))


def _best_of_each_class(call: Call) -> Detections:
    def rows_of(boxes: Tensor, scores: Tensor, labels: Tensor) -> Tensor:
        rank = (labels[:, None] == labels).tril().sum(1)
        return rank <= call.detections_per_img

    return _select(call(detections_per_img=_EVERY), rows_of)


MISTAKES = {
    "background_kept": Mistake(
        "the background is kept as a class",
        lambda call: _labels_one_lower(_with_background(call)),
        "class 0 says that there is nothing: no detection carries it.",
    ),
    "labels_too_low": Mistake(
        "the labels are one too low",
        lambda call: _labels_one_lower(call()),
        "dropping the background's column moves the others: the first one left is class 1.",
    ),
    "sigmoid": Mistake(
        "the scores are sigmoids",
        lambda call: _sigmoids(call, call.score_thresh),
        "the classes exclude each other: their scores and the background's add up to 1.",
    ),
    "logits": Mistake(
        "the scores are logits",
        _logits,
        "a score is a probability, and score_thresh is one too: softmax first.",
    ),
    "softmax_without_background": Mistake(
        "the softmax leaves out the background",
        lambda call: call(class_logits=F.pad(call.class_logits[:, 1:], (1, 0), value=-torch.inf)),
        "the background takes its share of the probability; drop its column afterwards.",
    ),
    "best_class_only": Mistake(
        "each RoI keeps its best class alone",
        lambda call: _one_class_each(call, start=1),
        _ONE_EACH_HINT,
    ),
    "background_wins": Mistake(
        "RoIs that look most like background are dropped",
        lambda call: _one_class_each(call, start=0),
        _ONE_EACH_HINT,
    ),
    "weights_unused": Mistake(
        "the deltas are decoded without their weights",
        lambda call: call(weights=(1.0, 1.0, 1.0, 1.0)),
        "what was multiplied by 10, 10, 5, 5 in encoding is divided by it in decoding.",
    ),
    "deltas_of_background": Mistake(
        "every class has the deltas of the background",
        lambda call: class_deltas.same_for_all(call, class_deltas.grouped(call)[:, 0]),
        class_deltas.WHOSE_HINT,
    ),
    "deltas_of_class_1": Mistake(
        "every class has the deltas of class 1",
        lambda call: class_deltas.same_for_all(call, class_deltas.grouped(call)[:, 1]),
        class_deltas.WHOSE_HINT,
    ),
    "deltas_of_class_before": Mistake(
        "the deltas are those of the class before",
        lambda call: call(box_regression=call.box_regression.roll(4, dims=1)),
        "drop the background's boxes together with its scores.",
    ),
    "coordinate_by_coordinate": class_deltas.COORDINATE_BY_COORDINATE,
    "not_clipped": Mistake(
        "the boxes are not clipped to the image",
        _not_clipped,
        "a box ends where its image ends, and it does so before NMS.",
    ),
    "sides_swapped": Mistake(
        "height and width of the image are swapped",
        lambda call: call(image_shapes=[size[::-1] for size in call.image_shapes]),
        "image_shapes holds (height, width); x is limited by the width.",
    ),
    "first_image_only": Mistake(
        "every image is clipped to the size of the first",
        lambda call: call(image_shapes=call.image_shapes[:1] * len(call.image_shapes)),
        "each image has its own entry in image_shapes.",
    ),
    "nms_across_classes": Mistake(
        "NMS suppresses across classes",
        _suppressed_across,
        "a person in front of a kite overlaps it, and both are there: suppress within a class.",
    ),
    "no_nms": Mistake(
        "there is no NMS",
        lambda call: call(nms_thresh=1.0),
        "several RoIs find the same object: suppress all but the best of each class.",
    ),
    "best_before_nms": Mistake(
        "the best are chosen before NMS",
        _suppressed_last,
        "first suppress, then keep the best: otherwise copies of one object take the places.",
    ),
    "limit_unused": Mistake(
        "detections_per_img is not used",
        lambda call: call(detections_per_img=_EVERY),
        "at most detections_per_img detections of an image are returned, the best.",
    ),
    "limit_in_each_class": Mistake(
        "the best are kept in each class",
        _best_of_each_class,
        "detections_per_img counts over all classes of an image.",
    ),
    "class_by_class": Mistake(
        "the detections stand class by class",
        lambda call: _select(call(), lambda _, __, labels: labels.argsort(stable=True)),
        "whatever the class, the best score comes first.",
    ),
    "low_scores_kept": Mistake(
        "low scores are kept",
        lambda call: call(score_thresh=0.0),
        "only scores above score_thresh are detections at all.",
    ),
}
