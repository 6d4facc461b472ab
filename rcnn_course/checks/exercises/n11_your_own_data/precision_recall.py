"""Exercise `precision_recall`: the curve of one class, and what score reaches which recall.

Source: Lin et al. 2014, Microsoft COCO; pycocotools `COCOeval.accumulate`.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_boxes
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.ranked import Ranked, ranked
from rcnn_course.reference.evaluation import Pictures
from rcnn_course.reference.own_data import precision_recall

_WALK_HINT = "sort all detections of the class, mark hits, and walk down the list."


def _use(
    subject: Callable, targets: Pictures, outputs: Pictures, label: int, iou_threshold: float = 0.5
) -> Any:
    """Measure, by default with an IoU of 0.5; curves may have any floating dtype."""
    options = {} if iou_threshold == 0.5 else {"iou_threshold": iou_threshold}
    result = subject(targets, outputs, label, **options)
    if not isinstance(result, tuple | list):
        return result
    return tuple(map(_as_float32, result))


def _as_float32(value: Any) -> Any:
    is_curve = isinstance(value, Tensor) and value.is_floating_point()
    return value.float() if is_curve else value


def _cases(normal: Draw, uniform: Draw) -> Cases:
    def picture(*labels: int) -> dict[str, Tensor]:
        boxes = random_boxes(uniform, len(labels), start=(0.0, 300.0), sides=(30.0, 100.0))
        return {"boxes": boxes, "labels": torch.tensor(labels, dtype=torch.int64)}

    def found(target: dict[str, Tensor], kept: float = 0.85) -> dict[str, Tensor]:
        """Detect most objects, some of them twice, and some that are not there."""
        other = picture(1, 2, 2)
        boxes, labels = target["boxes"].repeat(2, 1), target["labels"].repeat(2)
        boxes = boxes + 0.08 * normal(*boxes.shape) * (boxes[:, 2:] - boxes[:, :2]).repeat(1, 2)
        boxes, labels = torch.cat([boxes, other["boxes"]]), torch.cat([labels, other["labels"]])
        chosen = uniform(len(boxes)) < kept
        return {"boxes": boxes[chosen], "labels": labels[chosen], "scores": uniform(chosen.sum())}

    def pictures(*labels: list[int], kept: float = 0.85) -> tuple[Pictures, Pictures]:
        """Make truths and detections; a class has 7 or 9 true boxes.

        So no recall falls on one of the 101 levels, which a rounding error would decide.
        """
        targets = [picture(*of_one) for of_one in labels]
        return targets, [found(target, kept) for target in targets]

    def apart(count: int) -> tuple[Pictures, Pictures]:
        """Make objects far from each other, found exactly, the surest first."""
        number = torch.arange(count)
        corner = torch.stack([100 * (number % 4), 100 * (number // 4)], dim=1).float()
        truth = {
            "boxes": torch.cat([corner, corner + 40], dim=1),
            "labels": torch.ones(count, dtype=torch.int64),
        }
        output = {name: values.clone() for name, values in truth.items()}
        step = 0.5 + 0.4 * uniform(1).item()
        return [truth], [output | {"scores": 1 - step * (number + 1) / (count + 1)}]

    first = pictures([1, 2, 1, 1, 2, 2], [2, 1, 2, 1, 1], [1, 2, 2, 2])
    yield Case("three pictures, class 1 of two", (*first, 1), hint=_WALK_HINT)
    yield Case(
        "three pictures, class 2 of two",
        (*pictures([1, 2, 2, 2], [2, 2, 1], [2, 2, 1, 2, 2]), 2),
        hint="only the boxes and detections of this class count.",
    )
    yield Case(
        "an IoU of 0.75",
        (*pictures([1] * 4, [1, 2, 1, 1]), 1, 0.75),
        hint="a hit overlaps its true box by at least iou_threshold.",
    )
    targets, outputs = apart(7)
    outputs[0]["boxes"][1::2, 3] -= 20
    yield Case(
        "an IoU of exactly the threshold",
        (targets, outputs, 1),
        hint="a hit overlaps its true box by at least iou_threshold.",
    )
    yield Case(
        "a picture without objects between others",
        (*pictures([1] * 4, [], [1] * 3), 1),
        hint="what is found where nothing is counts as false alarm.",
    )
    yield Case(
        "much is missed",
        (*pictures([1] * 5, [1] * 4, kept=0.3), 1),
        hint="where a recall is never reached, precision and score are 0.",
    )
    targets, outputs = pictures([1] * 4, [1, 2, 2, 1, 1])
    outputs = [{name: values[o["labels"] != 1] for name, values in o.items()} for o in outputs]
    yield Case(
        "the class is never found",
        (targets, outputs, 1),
        hint="without detections precision and score are 0 at every recall.",
    )
    targets, outputs = apart(7)
    outputs[0]["boxes"][1:4] += 2000
    for tiny in (*targets, *outputs):
        tiny["boxes"] /= 40
    yield Case(
        "false alarms behind the surest detection, and boxes of one pixel",
        (targets, outputs, 1),
        hint="at a recall counts the best precision that is reached there or later.",
    )
    targets, outputs = apart(9)
    again = {name: values[:4].clone() for name, values in outputs[0].items()}
    again["scores"] += 0.001
    outputs = [{name: torch.cat([outputs[0][name], again[name]]) for name in again}]
    yield Case(
        "objects that are found twice",
        (targets, outputs, 1),
        hint="a true box that is taken cannot be found again.",
    )
    targets, outputs = apart(7)
    targets[0]["boxes"][:2] = torch.tensor([[0.0, 0, 40, 40], [10, 0, 50, 40]])
    outputs[0]["boxes"][:2] = torch.tensor([[8.0, 0, 48, 40], [-6, 0, 34, 40]])
    yield Case(
        "two true boxes that overlap each other",
        (targets, outputs, 1),
        hint="a detection takes the true box that it overlaps most, of those that are still free.",
    )
    targets, outputs = apart(9)
    yield Case(
        "a perfect detector",
        (targets, outputs, 1),
        hint="the precision is 1 everywhere; the score of a recall is that of the detection with "
        "which it is reached.",
    )


def _of_class(
    call: Call, *, targets: Pictures | None = None, outputs: Pictures | None = None
) -> Ranked:
    """Rank the detections of the class, with other pictures where some are given."""
    labels = torch.cat([target["labels"] for target in call.targets]).unique().tolist()
    classes = ranked(targets or call.targets, outputs or call.outputs, call.iou_threshold)
    return [*classes][labels.index(call.label)]


def _curve(found: Ranked, precision: Any, scores: Any) -> tuple[Tensor, Tensor, float]:
    curve = torch.from_numpy(found.at_101_recalls(precision)).float()
    return curve, torch.from_numpy(found.at_101_recalls(scores)).float(), float(curve.mean())


def _not_monotone(call: Call) -> Any:
    found = _of_class(call)
    return _curve(found, found.precision, found.scores)


def _best_scores(call: Call) -> Any:
    """Take the score of the place from which the precision comes."""
    found = _of_class(call)
    best = found.best_from_here()
    places = [
        place + (found.precision[place:] == best[place]).argmax() for place in range(len(best))
    ]
    return _curve(found, best, found.scores[places])


def _last_kept(call: Call) -> Any:
    """Go on with the last precision where no detection reaches a recall."""
    precision, scores, _ = call()
    reached = scores > 0
    if not reached.any():
        return None
    precision = torch.where(reached, precision, precision[reached][-1])
    return precision, scores, float(precision.mean())


def _found_again(call: Call) -> Any:
    """Let each true box be found as often as there are detections in a picture."""
    copies = max([1, *(len(output["labels"]) for output in call.outputs)])
    many = [
        {name: values.repeat_interleave(copies, dim=0) for name, values in target.items()}
        for target in call.targets
    ]
    found = _of_class(call, targets=many)
    found = found._replace(truths=found.truths // copies)
    return _curve(found, found.best_from_here(), found.scores)


def _one_class(pictures: Pictures) -> Pictures:
    return [{**picture, "labels": torch.ones_like(picture["labels"])} for picture in pictures]


def _unsorted(call: Call) -> Any:
    """Take picture after picture, each with its surest detection first."""
    ordered = [{**o, "scores": o["scores"] - 2 * i} for i, o in enumerate(call.outputs)]
    found = _of_class(call, outputs=ordered)
    return _curve(found, found.best_from_here(), found.scores % 2)


def _of_all_boxes(call: Call) -> Any:
    """Divide by the true boxes of all classes."""
    found = _of_class(call)
    found = found._replace(truths=sum(len(target["labels"]) for target in call.targets))
    return _curve(found, found.best_from_here(), found.scores)


PRECISION_RECALL = Exercise(
    name="precision_recall",
    reference=precision_recall,
    source="pycocotools' COCOeval",
    own_cases=_cases,
    use=_use,
    refused=(works.COCO_EVALUATION,),
    steps=(
        "Take the boxes of this class alone: true ones and detections, in each picture.",
        "In a picture the surest detection chooses first, the free true box that it overlaps "
        "most. If that overlap is at least iou_threshold, it is a hit, and the box is taken.",
        "Sort the detections of all pictures together. cumsum of the hits, divided by the true "
        "boxes, is recall; divided by 1, 2, 3, …, it is precision.",
        "Smooth precision from behind: flip, cummax, flip. For each of the 101 recalls "
        "searchsorted gives the place where it is reached; recall in float64, or rounding decides.",
    ),
    mistakes={
        "found_again": Mistake(
            "a true box is found more than once",
            _found_again,
            "a true box can be found once: every further detection of it is a false alarm.",
        ),
        "labels_unused": Mistake(
            "the classes are not told apart",
            lambda call: call(
                targets=_one_class(call.targets), outputs=_one_class(call.outputs), label=1
            ),
            "the curve is that of one class: `label` says of which.",
        ),
        "unsorted": Mistake(
            "the detections are taken picture after picture",
            _unsorted,
            "the surest detection of all pictures comes first.",
        ),
        "not_monotone": Mistake(
            "the precision is not made monotone",
            _not_monotone,
            "at each recall counts the best precision that is reached there or further on.",
        ),
        "last_kept": Mistake(
            "the precision goes on where no recall is reached",
            _last_kept,
            "a recall that no detection reaches has precision 0: this is what AP punishes.",
        ),
        "scores_of_the_best": Mistake(
            "the scores are those of the places where the precision is best",
            _best_scores,
            "the score of a recall is that of the first detection with which it is reached.",
        ),
        "all_true_boxes": Mistake(
            "recall is divided by the true boxes of all classes",
            _of_all_boxes,
            "only those of this class can be found.",
        ),
        "threshold_unused": Mistake(
            "the IoU threshold is not used",
            lambda call: call(iou_threshold=0.5),
            "iou_threshold is an argument.",
        ),
    },
)
