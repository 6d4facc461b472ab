"""Exercise `evaluate_coco`: average precision as the COCO benchmark measures it.

Source: Lin et al. 2014, Microsoft COCO; pycocotools `COCOeval`.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pycocotools.coco
import pycocotools.cocoeval
import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from torch import Tensor
from torchvision.ops import box_convert

from rcnn_course import threads
from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors

Pictures = list[dict[str, Tensor]]

_SIDE = 400
_ONE_EACH = "a true box can be found once: every further detection of it is a false alarm."


def _coco(pictures: Pictures) -> COCO:
    """Write pictures down as pycocotools reads them."""
    coco = COCO()
    annotations = [
        {
            "image_id": image,
            "category_id": int(label),
            "bbox": box_convert(box, "xyxy", "xywh").tolist(),
            "area": float((box[2:] - box[:2]).prod()),
            "iscrowd": 0,
            "score": float(score),
        }
        for image, picture in enumerate(pictures)
        for box, label, score in zip(
            picture["boxes"],
            picture["labels"],
            picture.get("scores", torch.ones(len(picture["boxes"]))),
            strict=True,
        )
    ]
    for number, annotation in enumerate(annotations, start=1):
        annotation["id"] = number
    labels = sorted({annotation["category_id"] for annotation in annotations})
    coco.dataset = {
        "images": [{"id": i, "height": _SIDE, "width": _SIDE} for i in range(len(pictures))],
        "categories": [{"id": label} for label in labels],
        "annotations": annotations,
    }
    coco.createIndex()
    return coco


def _precision(targets: Pictures, outputs: Pictures, iou_threshold: float) -> tuple:
    """Return COCOeval's precision, [recall levels, categories], and the COCOeval itself."""
    with threads.collected("stdout"):
        truth = _coco(targets)
        evaluation = COCOeval(truth, _coco(outputs), "bbox")
        evaluation.params.catIds = truth.getCatIds()
        evaluation.params.iouThrs = np.array([iou_threshold])
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation.eval["precision"][0, :, :, 0, -1], evaluation


def reference(targets: Pictures, outputs: Pictures, iou_threshold: float = 0.5) -> float:
    """Give COCOeval's average precision at one IoU."""
    return float(_precision(targets, outputs, iou_threshold)[0].mean())


def _cases(seed: int) -> Iterator[Case]:
    normal, uniform = random_tensors(seed)

    def picture(count: int, classes: int) -> dict[str, Tensor]:
        corners = uniform(count, 2, high=_SIDE - 100.0)
        boxes = torch.cat([corners, corners + uniform(count, 2, low=30.0, high=100.0)], dim=1)
        return {"boxes": boxes, "labels": 1 + torch.arange(count) % classes}

    def found(target: dict[str, Tensor], copies: int, misses: int) -> dict[str, Tensor]:
        """Detect most objects, some of them twice, and some that are not there."""
        boxes = target["boxes"].repeat(copies, 1)
        labels = target["labels"].repeat(copies)
        boxes = boxes + 0.09 * normal(*boxes.shape) * (boxes[:, 2:] - boxes[:, :2]).repeat(1, 2)
        other = picture(misses, 3)
        boxes, labels = torch.cat([boxes, other["boxes"]]), torch.cat([labels, other["labels"]])
        kept = uniform(len(boxes)) < 0.85
        scores = uniform(len(boxes))
        return {"boxes": boxes[kept], "labels": labels[kept], "scores": scores[kept]}

    def pictures(*counts: int, classes: int = 2, copies: int = 2, misses: int = 3) -> tuple:
        """Make truths and detections; the counts leave no recall on one of COCO's 101 levels.

        There two right answers may differ: a level is reached or not by a rounding error. So a
        class has 7 or 9 true boxes, of which no part is a multiple of a hundredth.
        """
        targets = [picture(count, classes) for count in counts]
        return targets, [found(target, copies, misses) for target in targets]

    yield Case("three pictures, two classes", pictures(6, 8, 4))
    yield Case(
        "one picture, one class",
        pictures(7, classes=1),
        hint="sort by score, mark hits and false alarms, and walk down the list.",
    )
    yield Case(
        "an IoU of 0.75",
        (*pictures(8, 10), 0.75),
        hint="a box that overlaps by less than the threshold is a false alarm.",
    )
    targets, outputs = pictures(6, 0, 8)
    yield Case(
        "a picture without objects between others",
        (targets, outputs),
        hint="what is found where nothing is counts as false alarm.",
    )
    targets, outputs = pictures(6, 8)
    outputs[1] = {name: values[:0] for name, values in outputs[1].items()}
    yield Case("a picture in which nothing is found", (targets, outputs))
    targets, outputs = pictures(6, 8)
    yield Case(
        "nothing found at all",
        (targets, [{name: values[:0] for name, values in o.items()} for o in outputs]),
        hint="without detections the average precision is 0.",
    )
    targets, _ = pictures(4, 5, classes=3)
    perfect = [{**t, "scores": uniform(len(t["labels"]))} for t in targets]
    yield Case("a perfect detector", (targets, perfect), hint="then it is 1.")


def _as_they_come(targets: Pictures, outputs: Pictures, *rest: float) -> float:
    """Make the mistake of not sorting: picture after picture, and in each as they stand."""
    ordered = [
        {**output, "scores": -image - torch.linspace(0, 0.9, len(output["scores"]))}
        for image, output in enumerate(outputs)
    ]
    return reference(targets, ordered, *rest)


def _one_class(pictures: Pictures) -> Pictures:
    return [{**p, "labels": torch.ones_like(p["labels"])} for p in pictures]


def _each_picture(targets: Pictures, outputs: Pictures, *rest: float) -> float | None:
    """Make the mistake of averaging over pictures instead of collecting all detections first."""
    if len(targets) < 2 or not all(len(target["labels"]) for target in targets):
        return None
    values = [reference([t], [o], *rest) for t, o in zip(targets, outputs, strict=True)]
    return sum(values) / len(values)


def _hits(targets: Pictures, outputs: Pictures, iou_threshold: float = 0.5) -> Iterator[tuple]:
    """Yield for each category which detections are hits, best first, and how many true boxes."""
    _, evaluation = _precision(targets, outputs, iou_threshold)
    chosen = [e for e in evaluation.evalImgs if e and e["aRng"] == evaluation.params.areaRng[0]]
    for label in evaluation.params.catIds:
        of_label = [e for e in chosen if e["category_id"] == label]
        scores = np.concatenate([e["dtScores"] for e in of_label])
        hits = np.concatenate([e["dtMatches"][0] > 0 for e in of_label])
        yield hits[np.argsort(-scores, kind="stable")], sum(len(e["gtIds"]) for e in of_label)


def _summed(summary: Callable[[np.ndarray, int], float]) -> Callable[..., float]:
    """Make the mistake of summing hits up in another way; `summary` gets hits and true boxes."""
    return lambda *args: float(np.mean([summary(hits, count) for hits, count in _hits(*args)]))


def _area_under_the_steps(hits: np.ndarray, count: int) -> float:
    precision = hits.cumsum() / np.arange(1, len(hits) + 1)
    return float((precision * hits).sum() / count)


def _without_envelope(hits: np.ndarray, count: int) -> float:
    recall, precision = hits.cumsum() / count, hits.cumsum() / np.arange(1, len(hits) + 1)
    places = np.searchsorted(recall, np.linspace(0, 1, 101))
    return float(np.append(precision, 0)[places].mean())


def _found_again(targets: Pictures, outputs: Pictures, *rest: float) -> float:
    """Make the mistake of letting a true box be found more than once."""
    copies = max((len(o["labels"]) for o in outputs), default=1) or 1
    many = [
        {name: values.repeat_interleave(copies, dim=0) for name, values in t.items()}
        for t in targets
    ]
    hits = _hits(many, outputs, *rest)
    return float(np.mean([_interpolated(h, count // copies) for h, count in hits]))


def _interpolated(hits: np.ndarray, count: int) -> float:
    recall, precision = hits.cumsum() / count, hits.cumsum() / np.arange(1, len(hits) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.append(envelope, 0)[np.searchsorted(recall, np.linspace(0, 1, 101))].mean())


EVALUATE_COCO = Exercise(
    name="evaluate_coco",
    reference=reference,
    source="pycocotools' COCOeval",
    own_cases=_cases,
    refused_code=(pycocotools.cocoeval, pycocotools.coco),
    mistakes=(
        Mistake(
            "a true box is found more than once",
            _found_again,
            _ONE_EACH,
        ),
        Mistake(
            "the labels are not looked at",
            lambda targets, outputs, *rest: reference(
                _one_class(targets), _one_class(outputs), *rest
            ),
            "precision is averaged over the classes; a ball that is called a kite is not found.",
        ),
        Mistake(
            "average precision is averaged over pictures",
            _each_picture,
            "collect the detections of all pictures first, then sort them together.",
        ),
        Mistake(
            "the detections are taken as they come",
            _as_they_come,
            "the surest detection comes first.",
        ),
        Mistake(
            "the precision is not made monotone",
            _summed(_without_envelope),
            "at each recall count the best precision that is reached there or further on.",
        ),
        Mistake(
            "the curve is summed up at the hits, not at 101 recalls",
            _summed(_area_under_the_steps),
            "COCO reads the curve at 0, 0.01, ... 1.",
        ),
        Mistake(
            "the result is the recall",
            _summed(lambda hits, count: hits.sum() / count),
            "how many are found is the end of the curve; AP is what lies below it.",
        ),
        Mistake(
            "the result is the precision of all detections",
            _summed(lambda hits, count: hits.sum() / max(len(hits), 1)),
            "precision changes along the sorted list; AP looks at all of it.",
        ),
        Mistake(
            "the IoU threshold is not used",
            lambda targets, outputs, threshold=0.5: (
                None if threshold == 0.5 else reference(targets, outputs)
            ),
            "iou_threshold is an argument.",
        ),
    ),
)
