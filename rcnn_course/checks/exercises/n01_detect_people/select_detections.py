"""Exercise `select_detections`: of what a detector returns, only what is sure enough and wanted.

Letters: R detections, H and W the height and width of the picture in pixels.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.engine.random_tensors import random_boxes
from rcnn_course.reference.boxes import Detections, select_detections

_BOTH_HINT = "a detection stays where its score and its label are both as wanted."
_LEAST_HINT = "a detection stays where its score is at least the threshold."
_ENTRIES_HINT = "take the entries from the dictionary itself: other detectors return others."
_THREE = ("boxes", "labels", "scores")


def _use(subject: Callable, *args: Any, **options: Any) -> Any:
    """Call the subject; the entries of its dictionary may stand in any order."""
    found = subject(*args, **options)
    if isinstance(found, dict):
        return {name: found[name] for name in sorted(found, key=str)}
    return found


def _rows(detections: Detections, rows: Tensor | int) -> Detections:
    """Take the same rows, a mask, indices or one index, of every entry."""
    return {name: values[rows] for name, values in detections.items()}


def _cases(normal: Draw, uniform: Draw) -> Cases:
    def detections(count: int, *fields: str) -> Detections:
        """Return what a detector returns, the best score first; no score near a threshold."""
        thousandths = (uniform(count) * 90).floor() * 10 + 55
        found = {
            "boxes": random_boxes(uniform, count),
            "labels": (uniform(count) * 4).floor().long() + 1,
            "scores": (thousandths / 1000).sort(descending=True).values,
        }
        if "masks" in fields:
            found["masks"] = uniform(count, 1, 6, 9)
        if "keypoints" in fields:
            found["keypoints"] = uniform(count, 17, 3, high=60.0)
            found["keypoints_scores"] = normal(count, 17)
        return found

    mask_rcnn = detections(8, "masks")
    mask_rcnn["scores"][:3] = torch.tensor([0.985, 0.965, 0.955])
    mask_rcnn["scores"][-2:] = torch.tensor([0.045, 0.035])
    yield Case(
        "what Mask R-CNN returns, score_threshold 0.5",
        (mask_rcnn, 0.5),
        hint="row i of every entry belongs to the same detection: choose the rows once, for all.",
    )
    some = detections(9, "masks")
    some["labels"] = torch.tensor([1, 2, 1, 3, 2, 1, 4, 1, 3])
    some["scores"] = torch.linspace(0.985, 0.085, 9) - 0.005 * uniform(9)
    yield Case(
        "one label is wanted",
        (some, 0.3),
        {"labels": [1]},
        hint=_BOTH_HINT,
    )
    yield Case(
        "two labels are wanted",
        (some | {"boxes": random_boxes(uniform, 9)}, 0.3),
        {"labels": [3, 1]},
        hint="any of the wanted labels will do, in whatever order they are given.",
        also=(_BOTH_HINT,),
    )
    equal = detections(4)
    equal["scores"] = torch.tensor([0.75, 0.5, 0.5, 0.25])
    yield Case(
        "scores that equal the threshold",
        (equal, 0.5),
        hint=_LEAST_HINT,
    )
    yield Case(
        "what Keypoint R-CNN returns",
        (detections(7, "keypoints"), 0.4),
        hint=_ENTRIES_HINT,
    )
    numbered = detections(5) | {"track_ids": (uniform(5) * 90).long()}
    yield Case(
        "what a tracker returns, with an entry of its own",
        (numbered, 0.5),
        hint=_ENTRIES_HINT,
    )
    mixed = detections(6, "masks", "keypoints")
    mixed["scores"] = torch.tensor([0.985, 0.965, 0.955, 0.6, 0.15, 0.1]) - 0.04 * uniform(6)
    shuffle = torch.tensor([3, 2, 5, 1, 4, 0])
    yield Case(
        "detections that are not sorted by score",
        (_rows(mixed, shuffle), 0.2),
        hint="the order stays as it came, and a sure one may come after one that is not.",
    )
    yield Case(
        "a threshold that no score reaches",
        (detections(3, "masks"), 0.99),
        hint="nothing stays, and the shapes say so: boxes [0, 4], masks [0, 1, H, W].",
    )
    yield Case("a threshold of 0", (detections(5, "masks"), 0.0), hint="everything stays.")
    yield Case(
        "no label is wanted",
        (detections(3), 0.1),
        {"labels": []},
        hint="an empty list wants nothing; None wants everything.",
    )


def _label_or_score(call: Call) -> Detections | None:
    if call.labels is None:
        return None
    sure, wanted = call(labels=None), call(score_threshold=0.0)
    everything = call(score_threshold=0.0, labels=None)
    scores = torch.cat([sure["scores"], wanted["scores"]])
    return _rows(everything, torch.isin(everything["scores"], scores))


def _other_labels(call: Call) -> Detections | None:
    if call.labels is None:
        return None
    return call(labels=sorted(set(call.detections["labels"].tolist()) - set(call.labels)))


def _below(call: Call) -> Detections:
    negated = call.detections | {"scores": -call.detections["scores"]}
    kept = call(detections=negated, score_threshold=-call.score_threshold)
    return kept | {"scores": -kept["scores"]}


def _as_list(call: Call) -> list[Detections]:
    kept = {name: call()[name] for name in call.detections}
    return [_rows(kept, row) for row in range(len(kept["scores"]))]


_ALL_ENTRIES = "masks and keypoints belong to their detections: they go where the boxes go."

SELECT_DETECTIONS = Exercise(
    name="select_detections",
    reference=select_detections,
    source="the definition in the docstring",
    picture="boxes",
    steps=(
        "Make one mask of True and False with R entries; everything else is indexing with it.",
        "The scores give one condition, the labels another: torch.isin tells which labels are"
        " wanted.",
        "Apply the mask to every entry of the dictionary, also to those that you do not know,"
        " and collect them in a new dictionary.",
    ),
    own_cases=_cases,
    odd=Odd(length=["detections"], of=1, hints={"float64": "no entry changes its dtype."}),
    use=_use,
    mistakes={
        "three_entries": Mistake(
            "only boxes, labels and scores are returned",
            lambda call: {name: call()[name] for name in _THREE},
            _ALL_ENTRIES,
        ),
        "other_entries_whole": Mistake(
            "masks or keypoints keep the rows that the boxes lose",
            lambda call: (
                call(score_threshold=0.0, labels=None) | {name: call()[name] for name in _THREE}
            ),
            _ALL_ENTRIES,
        ),
        "labels_unused": Mistake(
            "the labels are not used",
            lambda call: call(labels=None),
            "where labels are given, the others go.",
        ),
        "only_first_label": Mistake(
            "only the first label is used",
            lambda call: call(labels=call.labels and call.labels[:1]),
            "labels is a list: any of them will do.",
        ),
        "empty_list_as_none": Mistake(
            "an empty list of labels keeps everything",
            lambda call: call(labels=call.labels or None),
            "None wants every label, [] wants none; both count as false where a truth is asked.",
        ),
        "labels_go": Mistake(
            "the wanted labels are the ones that go", _other_labels, "labels names what stays."
        ),
        "score_or_label": Mistake(
            "a score or a label is enough",
            _label_or_score,
            _BOTH_HINT,
        ),
        "equal_dropped": Mistake(
            "detections with exactly the threshold are dropped",
            lambda call: call(score_threshold=call.score_threshold + 1e-6),
            _LEAST_HINT,
        ),
        "below_kept": Mistake(
            "detections below the threshold are the ones that stay",
            _below,
            "the sure ones should stay.",
        ),
        "sorted": Mistake(
            "the detections are sorted by score",
            lambda call: _rows(call(), call()["scores"].argsort(descending=True)),
            "the order stays as it came.",
        ),
        "list": Mistake(
            "a list of detections is returned",
            _as_list,
            "the result has the form of what came in: one dictionary of tensors.",
        ),
    },
)
