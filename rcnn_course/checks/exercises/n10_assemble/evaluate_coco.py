"""Exercise `evaluate_coco`: average precision as the COCO benchmark measures it.

Source: Lin et al. 2014, Microsoft COCO; pycocotools `COCOeval`.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_boxes
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.ranked import Ranked, ranked
from rcnn_course.reference.evaluation import Pictures, evaluate_coco

_FREE_HINT = "a detection takes the true box that it overlaps most, of those that are still free."


def _cases(normal: Draw, uniform: Draw) -> Cases:
    def picture(count: int, classes: int) -> dict[str, Tensor]:
        boxes = random_boxes(uniform, count, start=(0.0, 300.0), sides=(30.0, 100.0))
        return {"boxes": boxes, "labels": 1 + torch.arange(count) % classes}

    def found(target: dict[str, Tensor]) -> dict[str, Tensor]:
        """Detect most objects, some of them twice, and some that are not there."""
        boxes = target["boxes"].repeat(2, 1)
        labels = target["labels"].repeat(2)
        boxes = boxes + 0.09 * normal(*boxes.shape) * (boxes[:, 2:] - boxes[:, :2]).repeat(1, 2)
        other = picture(3, 3)
        boxes, labels = torch.cat([boxes, other["boxes"]]), torch.cat([labels, other["labels"]])
        kept = uniform(len(boxes)) < 0.85
        scores = uniform(len(boxes))
        return {"boxes": boxes[kept], "labels": labels[kept], "scores": scores[kept]}

    def pictures(*counts: int, classes: int = 2) -> tuple:
        """Make truths and detections; the counts leave no recall on one of COCO's 101 levels.

        There two right answers may differ: a level is reached or not by a rounding error. So a
        class has 7 or 9 true boxes, of which no part is a multiple of a hundredth.
        """
        targets = [picture(count, classes) for count in counts]
        return targets, [found(target) for target in targets]

    def apart(labels: list[int], kept: Callable | None = None) -> tuple:
        """Make a picture of objects far from each other, found exactly; `kept` tells which ones."""
        number = torch.arange(len(labels))
        corner = torch.stack([100 * (number % 4), 100 * (number // 4)], dim=1).float()
        boxes, all_labels = torch.cat([corner, corner + 40], dim=1), torch.tensor(labels)
        chosen = kept(boxes, all_labels) if kept else torch.ones(len(labels), dtype=torch.bool)
        output = {"boxes": boxes[chosen].clone(), "labels": all_labels[chosen].clone()}
        scores = (uniform(len(number)).argsort() + 0.5) / len(number)
        return [{"boxes": boxes, "labels": all_labels}], [output | {"scores": scores[chosen]}]

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
    yield Case(
        "a class that is never found",
        apart([1] * 7 + [2] * 9, lambda boxes, labels: labels == 1),
        hint="the AP of such a class is 0, and it counts in the mean.",
    )
    yield Case(
        "classes of 3 and of 13 objects, some of them not found",
        apart([1] * 3 + [2] * 13, lambda boxes, labels: torch.arange(16) % 5 != 1),
        hint="every class counts alike in the mean, however many objects it has.",
    )
    targets, outputs = apart([1, 2] * 7)
    outputs[0]["labels"] = torch.where(
        outputs[0]["scores"] > 0.6, 3 - outputs[0]["labels"], outputs[0]["labels"]
    )
    yield Case(
        "objects that are found where they are, under another label",
        (targets, outputs),
        hint="only boxes of the same class are compared.",
    )
    yield Case(
        "classes of a single object, which is not found",
        apart([3, *[1] * 7, 2], lambda boxes, labels: labels == 1),
        hint="every class that occurs in the truth counts, also one with a single object.",
    )
    targets, outputs = apart([1] * 7)
    order = outputs[0]["scores"].argsort(descending=True)
    outputs[0]["boxes"][order[1:4]] += 2000
    yield Case(
        "false alarms behind the surest detection",
        (targets, outputs),
        hint="at a recall counts the best precision that is reached there or later.",
    )
    targets, outputs = apart([1] * 7)
    outputs[0]["boxes"][1::2, 3] -= 20
    yield Case(
        "an IoU of exactly the threshold",
        (targets, outputs),
        hint="a hit overlaps its true box by at least the threshold.",
    )
    targets, outputs = apart([1] * 7)
    pair = torch.tensor([[0.0, 0, 40, 40], [10, 0, 50, 40]])
    found_of_pair = torch.tensor([[8.0, 0, 48, 40], [-6, 0, 34, 40]])
    targets[0]["boxes"][:2], outputs[0]["boxes"][:2] = pair, found_of_pair
    outputs[0]["scores"][:2] = torch.tensor([0.99, 0.98])
    yield Case(
        "two true boxes that overlap each other",
        (targets, outputs),
        hint=_FREE_HINT,
    )
    targets, outputs = apart([1] * 7)
    targets[0]["boxes"][:2] = pair
    outputs[0]["boxes"][:2] = torch.stack([pair[1], found_of_pair[0]])
    outputs[0]["scores"][:2] = torch.tensor([0.99, 0.98])
    yield Case(
        "a detection overlaps most what a surer one has taken, and another true box enough",
        (targets, outputs),
        hint=_FREE_HINT,
    )
    targets, _ = pictures(4, 5, classes=3)
    perfect = [{**t, "scores": uniform(len(t["labels"]))} for t in targets]
    yield Case("a perfect detector", (targets, perfect), hint="then it is 1.")


def _one_class(pictures: Pictures) -> Pictures:
    return [{**picture, "labels": torch.ones_like(picture["labels"])} for picture in pictures]


def _unsorted(call: Call) -> float:
    """Take picture after picture, and in each the detections as they stand."""
    ordered = [
        {**output, "scores": -image - torch.linspace(0, 0.9, len(output["scores"]))}
        for image, output in enumerate(call.outputs)
    ]
    return call(outputs=ordered)


def _pictures_averaged(call: Call) -> float | None:
    if not all(len(target["labels"]) for target in call.targets):
        return None
    pictures = zip(call.targets, call.outputs, strict=True)
    return float(np.mean([call(targets=[t], outputs=[o]) for t, o in pictures]))


def _summed(summary: Callable[[Ranked], float]) -> Callable[[Call], float]:
    """Make the mistake of summing a class up in another way."""

    def wrong(call: Call) -> float:
        classes = ranked(call.targets, call.outputs, call.iou_threshold)
        return float(np.mean([summary(of_class) for of_class in classes]))

    return wrong


def _found_again(call: Call) -> float:
    """Let each true box be found as often as there are detections in a picture."""
    copies = max([1, *(len(output["labels"]) for output in call.outputs)])
    many = [
        {name: values.repeat_interleave(copies, dim=0) for name, values in target.items()}
        for target in call.targets
    ]
    each = []
    for of_class in ranked(many, call.outputs, call.iou_threshold):
        found = of_class._replace(truths=of_class.truths // copies)
        each.append(found.at_101_recalls(found.best_from_here()).mean())
    return float(np.mean(each))


EVALUATE_COCO = Exercise(
    name="evaluate_coco",
    reference=evaluate_coco,
    source="pycocotools' COCOeval",
    steps=(
        "Make two functions. One tells for one class in one picture which detections are "
        "hits, the surest first; the other makes AP out of all scores, hits and the number of"
        " true boxes.",
        "A detection takes the free true box that it overlaps most. Nobody can take it again.",
        "Sort all pictures' detections together. cumsum of the hits gives recall and precision.",
        "Smooth from behind: flip, cummax, flip. searchsorted finds the first place whose "
        "recall is reached; compute recall in float64.",
    ),
    own_cases=_cases,
    refused=(works.COCO_EVALUATION,),
    mistakes={
        "found_again": Mistake(
            "a true box is found more than once",
            _found_again,
            "a true box can be found once: every further detection of it is a false alarm.",
        ),
        "labels_unused": Mistake(
            "the labels are not looked at",
            lambda call: call(targets=_one_class(call.targets), outputs=_one_class(call.outputs)),
            "precision is averaged over the classes; a ball that is called a kite is not found.",
        ),
        "pictures_averaged": Mistake(
            "average precision is averaged over pictures",
            _pictures_averaged,
            "collect the detections of all pictures first, then sort them together.",
        ),
        "unsorted": Mistake(
            "the detections are taken as they come",
            _unsorted,
            "the surest detection comes first.",
        ),
        "not_monotone": Mistake(
            "the precision is not made monotone",
            _summed(lambda found: found.at_101_recalls(found.precision).mean()),
            "at each recall count the best precision that is reached there or further on.",
        ),
        "summed_at_hits": Mistake(
            "the curve is summed up at the hits, not at 101 recalls",
            _summed(lambda found: (found.precision * found.hits).sum() / found.truths),
            "COCO reads the curve at 0, 0.01, ... 1.",
        ),
        "recall": Mistake(
            "the result is the recall",
            _summed(lambda found: found.hits.sum() / found.truths),
            "how many are found is the end of the curve; AP is what lies below it.",
        ),
        "precision": Mistake(
            "the result is the precision of all detections",
            _summed(lambda found: found.hits.sum() / max(len(found.hits), 1)),
            "precision changes along the sorted list; AP looks at all of it.",
        ),
        "threshold_unused": Mistake(
            "the IoU threshold is not used",
            lambda call: call(iou_threshold=0.5),
            "iou_threshold is an argument.",
        ),
    },
)
