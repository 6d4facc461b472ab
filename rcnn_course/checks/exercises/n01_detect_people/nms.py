"""Exercise `nms`: non-maximum suppression.

Letters: N boxes, K of them kept.
"""

from collections.abc import Iterator
from inspect import unwrap

import torch
from torch import Tensor
from torchvision import ops
from torchvision.ops import boxes as torchvision_boxes

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n01_detect_people.box_iou import reference as box_iou
from rcnn_course.checks.exercises.n01_detect_people.boxes import random_boxes, stored_by_column

_operator = torch.ops.torchvision.nms.default


def reference(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """Call torchvision's operator."""
    return _operator(boxes, scores, iou_threshold)


def _nms_cases(seed: int) -> Iterator[Case]:
    _, uniform = random_tensors(seed)

    def scores(count: int) -> Tensor:
        """Return scores in random order, no two of them near each other."""
        return (uniform(count).argsort() + 0.5 + 0.4 * uniform(count)) / count

    def crowd(count: int, threshold: float, spread: float = 60.0) -> Tensor:
        """Return boxes of which no two have an IoU so near the threshold that rounding decides."""
        while True:
            boxes = random_boxes(uniform, count, spread=spread)
            if bool(((box_iou(boxes, boxes) - threshold).abs() > 1e-4).all()):
                return boxes

    yield Case(
        "twelve boxes, threshold 0.5",
        (crowd(12, 0.5, spread=15.0), scores(12), 0.5),
        hint="take the best box, drop all that overlap it by more than the threshold, and go on "
        "with the best of the rest.",
    )
    row = torch.tensor([[0.0, 0, 30, 20]]) + torch.tensor([[9.0], [0], [18], [27]]) * torch.tensor(
        [1.0, 0, 1, 0]
    )
    best_on_the_left = torch.tensor([0.8, 0.9, 0.7, 0.6]) + 0.09 * uniform(4)
    yield Case(
        "four boxes in a row, each overlapping the next",
        (row, best_on_the_left, 0.5),
        hint="a box that is dropped does not suppress others any more.",
    )
    exactly = torch.tensor([[0.0, 0, 8, 8], [0, 0, 8, 4], [0, 0, 4, 8]]) + 8 * uniform(1).round()
    yield Case(
        "boxes whose IoU with the best one is the threshold, exactly",
        (exactly, torch.tensor([0.9, 0.6, 0.8]) + 0.05 * uniform(3), 0.5),
        hint="only boxes that overlap by more than the threshold are dropped.",
    )
    for threshold in (0.1, 0.3, 0.7):
        yield Case(
            f"thirty boxes, threshold {threshold}",
            (crowd(30, threshold, spread=25.0), scores(30), threshold),
            hint="the indices are those of the boxes as they came, the best score first.",
        )
    yield Case(
        "scores below zero, as logits are",
        (crowd(10, 0.4, spread=20.0), 3 * scores(10) - 4, 0.4),
        hint="nothing is known of a score but that more is better.",
    )
    apart = torch.tensor([[0.0, 0, 10, 10], [20, 0, 30, 10], [0, 20, 10, 30], [20, 20, 30, 30]])
    yield Case("boxes that do not meet", (apart, scores(4), 0.3), hint="all of them are kept.")
    yield Case("one box", (crowd(1, 0.5), scores(1), 0.5), hint="it is kept: tensor([0]).")
    yield Case(
        "no boxes",
        (torch.zeros(0, 4), torch.zeros(0), 0.5),
        hint="nothing is kept: an empty tensor of whole numbers, int64.",
    )
    yield Case("float64", (crowd(9, 0.5, spread=20.0).double(), scores(9).double(), 0.5))
    yield Case(
        "boxes that are not contiguous in memory",
        (stored_by_column(crowd(9, 0.5, spread=20.0)), scores(18)[::2], 0.5),
    )


def _sorted(boxes: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
    """Return the indices by falling score, and all IoUs in this order."""
    order = scores.argsort(descending=True)
    return order, box_iou(boxes[order], boxes[order])


def _any_better_box_suppresses(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    order, overlaps = _sorted(boxes, scores)
    return order[~(overlaps.triu(1) > iou_threshold).any(dim=0)]


def _only_the_best_suppresses(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    order, overlaps = _sorted(boxes, scores)
    return order[~(overlaps.triu(1)[:1] > iou_threshold).any(dim=0)]


def _positions_in_sorted_order(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    order = scores.argsort(descending=True)
    return reference(boxes[order], scores[order], iou_threshold)


def _as_mask(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    kept = reference(boxes, scores, iou_threshold)
    return torch.zeros(len(boxes), dtype=torch.bool).index_fill(0, kept, True)


_ORIGINAL_INDICES = "the indices should pick the kept ones out of boxes and scores as they came."

NMS = Exercise(
    name="nms",
    reference=reference,
    source="torchvision.ops.nms",
    own_cases=_nms_cases,
    refused=("torchvision::nms", "torchvision::qnms"),
    refused_code=(
        ops.nms,
        ops.batched_nms,
        unwrap(torchvision_boxes._batched_nms_vanilla),
        unwrap(torchvision_boxes._batched_nms_coordinate_trick),
    ),
    lends={"box_iou": box_iou},
    mistakes=(
        Mistake(
            "boxes that were dropped still suppress others",
            _any_better_box_suppresses,
            "only boxes that are kept suppress others.",
        ),
        Mistake(
            "only the best box of all suppresses others",
            _only_the_best_suppresses,
            "go on with the best of those that are left, until none is left.",
        ),
        Mistake(
            "boxes that overlap by exactly the threshold are dropped",
            lambda boxes, scores, iou_threshold: reference(boxes, scores, iou_threshold - 1e-5),
            "torchvision drops a box where its IoU is greater than the threshold.",
        ),
        Mistake(
            "the indices count the sorted boxes",
            _positions_in_sorted_order,
            _ORIGINAL_INDICES,
        ),
        Mistake(
            "the indices stand in the order of the boxes",
            lambda *args: reference(*args).sort().values,
            "the kept box with the best score comes first.",
        ),
        Mistake(
            "the indices stand with the lowest score first",
            lambda *args: reference(*args).flip(0),
            "the kept box with the best score comes first.",
        ),
        Mistake(
            "the box with the lowest score is taken first",
            lambda boxes, scores, iou_threshold: reference(boxes, -scores, iou_threshold),
            "of two boxes around one person, the surer one should stay.",
        ),
        Mistake(
            "the scores are not used",
            lambda boxes, scores, iou_threshold: reference(
                boxes, -torch.arange(len(boxes), dtype=boxes.dtype), iou_threshold
            ),
            "the best box is the one with the highest score, wherever it stands.",
        ),
        Mistake(
            "no box is dropped",
            lambda boxes, scores, iou_threshold: scores.argsort(descending=True),
            "of boxes that overlap by more than the threshold only the best stays.",
        ),
        Mistake("a mask is returned instead of indices", _as_mask, _ORIGINAL_INDICES),
        Mistake(
            "the boxes are returned instead of their indices",
            lambda boxes, scores, iou_threshold: boxes[reference(boxes, scores, iou_threshold)],
            _ORIGINAL_INDICES,
        ),
    ),
)
