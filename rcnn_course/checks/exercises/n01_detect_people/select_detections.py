"""Exercise `select_detections`: of what a detector returns, only what is sure enough and wanted.

Letters: R detections, H and W the height and width of the picture in pixels.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n01_detect_people.boxes import random_boxes, stored_by_column

Detections = dict[str, Tensor]


def reference(
    detections: Detections, score_threshold: float, labels: Sequence[int] | None = None
) -> Detections:
    """Do what the docstring of the exercise defines; no single function of torchvision does it."""
    rows = detections["scores"].ge(score_threshold)
    if labels is not None:
        wanted = torch.tensor(labels, dtype=torch.int64)
        rows = rows.logical_and(torch.isin(detections["labels"], wanted))
    return _rows(detections, rows)


def _rows(detections: Detections, rows: Tensor) -> Detections:
    """Take the same rows, a mask or indices, of every entry."""
    chosen = rows.nonzero()[:, 0] if rows.dtype == torch.bool else rows
    return {name: values.index_select(0, chosen) for name, values in detections.items()}


def _in_the_order_of(detections: object, keys: Sequence[str]) -> object:
    """Return a dictionary with these keys in their order; anything else as it is."""
    if isinstance(detections, dict) and set(detections) == set(keys):
        return {name: detections[name] for name in keys}
    return detections


def _use(
    subject: Callable, detections: Detections, *args: object, **options: object
) -> Detections | object:
    """Call the subject; the entries of its dictionary may stand in any order."""
    keys = list(detections)
    return _in_the_order_of(subject(detections, *args, **options), keys)


def _select_detections_cases(seed: int) -> Iterator[Case]:
    normal, uniform = random_tensors(seed)

    def detections(count: int, *fields: str, size: tuple[int, int] = (6, 9)) -> Detections:
        """Return what a detector returns, the best score first; no score near a threshold."""
        thousandths = (uniform(count) * 90).floor() * 10 + 55
        found = {
            "boxes": random_boxes(uniform, count),
            "labels": (uniform(count) * 4).floor().long() + 1,
            "scores": (thousandths / 1000).sort(descending=True).values,
        }
        if "masks" in fields:
            found["masks"] = uniform(count, 1, *size)
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
        hint="a detection stays where its score and its label are both as wanted.",
    )
    yield Case(
        "two labels are wanted",
        (some | {"boxes": random_boxes(uniform, 9)}, 0.3),
        {"labels": [3, 1]},
        hint="any of the wanted labels will do, in whatever order they are given.",
    )
    equal = detections(4)
    equal["scores"] = torch.tensor([0.75, 0.5, 0.5, 0.25])
    yield Case(
        "scores that equal the threshold",
        (equal, 0.5),
        hint="a detection stays where its score is at least the threshold.",
    )
    yield Case(
        "what Keypoint R-CNN returns",
        (detections(7, "keypoints"), 0.4),
        hint="take the entries from the dictionary itself: other detectors return others.",
    )
    mixed = detections(6, "masks", "keypoints")
    mixed["scores"][:3] = torch.tensor([0.985, 0.965, 0.955])
    shuffle = torch.tensor([3, 2, 5, 1, 4, 0])
    yield Case(
        "detections that are not sorted by score",
        (_rows(mixed, shuffle), 0.2),
        hint="the order stays as it came.",
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
    yield Case("no detections", (detections(0, "masks"), 0.5), {"labels": [1]})
    yield Case("a single detection", (detections(1, "masks"), 0.01))
    doubled = {
        name: values.double() if values.is_floating_point() else values
        for name, values in detections(5, "masks").items()
    }
    yield Case("float64", (doubled, 0.4), hint="no entry changes its dtype.")
    columns = detections(5)
    columns["boxes"] = stored_by_column(columns["boxes"])
    yield Case("boxes that are not contiguous in memory", (columns, 0.4), {"labels": [1, 2, 3]})


def _above_only(
    detections: Detections, score_threshold: float, labels: Sequence[int] | None = None
) -> Detections:
    return reference(detections, score_threshold + 1e-6, labels)


def _label_or_score(
    detections: Detections, score_threshold: float, labels: Sequence[int] | None = None
) -> Detections | None:
    if labels is None:
        return None
    either = [reference(detections, score_threshold), reference(detections, 0.0, labels)]
    scores = torch.cat([found["scores"] for found in either])
    return _rows(detections, torch.isin(detections["scores"], scores))


def _only_first_label(
    detections: Detections, score_threshold: float, labels: Sequence[int] | None = None
) -> Detections:
    return reference(detections, score_threshold, labels[:1] if labels else labels)


def _empty_list_is_none(
    detections: Detections, score_threshold: float, labels: Sequence[int] | None = None
) -> Detections:
    return reference(detections, score_threshold, labels or None)


def _without_other_labels(
    detections: Detections, score_threshold: float, labels: Sequence[int] | None = None
) -> Detections | None:
    if labels is None:
        return None
    others = sorted(set(detections["labels"].tolist()) - set(labels))
    return reference(detections, score_threshold, others)


def _best_first(
    detections: Detections, score_threshold: float, labels: Sequence[int] | None = None
) -> Detections:
    kept = reference(detections, score_threshold, labels)
    return _rows(kept, kept["scores"].argsort(descending=True))


def _below(
    detections: Detections, score_threshold: float, labels: Sequence[int] | None = None
) -> Detections:
    negated = detections | {"scores": -detections["scores"]}
    kept = reference(negated, -score_threshold, labels)
    return kept | {"scores": -kept["scores"]}


def _three_entries(*args: object, **options: object) -> Detections:
    kept = reference(*args, **options)
    return {name: kept[name] for name in ("boxes", "labels", "scores")}


def _others_whole(detections: Detections, *args: object, **options: object) -> Detections:
    kept = reference(detections, *args, **options)
    return detections | {name: kept[name] for name in ("boxes", "labels", "scores")}


_ALL_ENTRIES = "masks and keypoints belong to their detections: they go where the boxes go."

SELECT_DETECTIONS = Exercise(
    name="select_detections",
    reference=reference,
    source="the definition in the docstring",
    own_cases=_select_detections_cases,
    use=_use,
    refused_code=(reference, _rows),
    mistakes=(
        Mistake(
            "only boxes, labels and scores are returned",
            _three_entries,
            _ALL_ENTRIES,
        ),
        Mistake(
            "masks or keypoints keep the rows that the boxes lose",
            _others_whole,
            _ALL_ENTRIES,
        ),
        Mistake(
            "the labels are not used",
            lambda detections, score_threshold, labels=None: reference(detections, score_threshold),
            "where labels are given, the others go.",
        ),
        Mistake(
            "only the first label is used",
            _only_first_label,
            "labels is a list: any of them will do.",
        ),
        Mistake(
            "an empty list of labels keeps everything",
            _empty_list_is_none,
            "None wants every label, [] wants none; both count as false where a truth is asked.",
        ),
        Mistake(
            "the wanted labels are the ones that go",
            _without_other_labels,
            "labels names what stays.",
        ),
        Mistake(
            "a score or a label is enough",
            _label_or_score,
            "a detection stays where its score and its label are both as wanted.",
        ),
        Mistake(
            "detections with exactly the threshold are dropped",
            _above_only,
            "a detection stays where its score is at least the threshold.",
        ),
        Mistake(
            "detections below the threshold are the ones that stay",
            _below,
            "the sure ones should stay.",
        ),
        Mistake(
            "the detections are sorted by score",
            _best_first,
            "the order stays as it came.",
        ),
        Mistake(
            "a list of detections is returned",
            lambda *args, **options: [
                dict(zip(kept, row, strict=True))
                for kept in [reference(*args, **options)]
                for row in zip(*kept.values(), strict=True)
            ],
            "the result has the form of what came in: one dictionary of tensors.",
        ),
    ),
)
