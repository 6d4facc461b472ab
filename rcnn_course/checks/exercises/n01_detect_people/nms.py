"""Exercise `nms`: non-maximum suppression.

Letters: N boxes, K of them kept.
"""

import torch
from torch import Tensor
from torchvision import ops

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.engine.random_tensors import random_boxes
from rcnn_course.checks.exercises import works
from rcnn_course.reference.boxes import nms

_box_iou = ops.box_iou
_BEST_FIRST_HINT = "the kept box with the best score comes first."
_ORIGINAL_HINT = "the indices should pick the kept ones out of boxes and scores as they came."


def _cases(_: Draw, uniform: Draw) -> Cases:
    def scores(count: int) -> Tensor:
        """Return scores in random order, no two of them near each other."""
        return (uniform(count).argsort() + 0.5 + 0.4 * uniform(count)) / count

    def crowd(count: int, threshold: float, spread: float = 60.0) -> Tensor:
        """Return boxes of which no two have an IoU so near the threshold that rounding decides."""
        while True:
            boxes = random_boxes(uniform, count, start=(0.0, spread))
            if bool(((_box_iou(boxes, boxes) - threshold).abs() > 1e-4).all()):
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
    gaps = torch.tensor([[0.0, 0], [0.5, 0], [0, 0.5], [0.5, 0.5]])
    side_by_side = apart - 10 * (apart > 15) + gaps.repeat(1, 2) * (apart >= 10).any(1, True)
    yield Case(
        "boxes half a pixel apart, threshold 0",
        (side_by_side, scores(4), 0.0),
        hint="boxes that do not meet have an IoU of 0, which is not greater than 0.",
    )
    twice = random_boxes(uniform, 3).repeat(2, 1)
    yield Case(
        "boxes that are there twice, threshold 1",
        (twice, scores(6), 1.0),
        hint="no IoU is greater than 1: all of them are kept.",
    )


def _suppressed_by(call: Call, suppressors: slice) -> Tensor:
    """Let boxes suppress all that come after them by score, whether they are kept or not."""
    order = call.scores.argsort(descending=True)
    better = _box_iou(call.boxes[order], call.boxes[order]).triu(1)[suppressors]
    return order[~(better > call.iou_threshold).any(dim=0)]


def _suppressed_by_the_last(call: Call) -> Tensor:
    """Compare each box with the one that was kept last alone."""
    kept: list[int] = []
    for box in call.scores.argsort(descending=True).tolist():
        pair = [*kept[-1:], box]
        if len(call(boxes=call.boxes[pair], scores=call.scores[pair])) == len(pair):
            kept.append(box)
    return torch.tensor(kept, dtype=torch.int64)


def _positions_in_sorted_order(call: Call) -> Tensor:
    order = call.scores.argsort(descending=True)
    return call(boxes=call.boxes[order], scores=call.scores[order])


NMS = Exercise(
    name="nms",
    reference=nms,
    source="torchvision.ops.nms",
    steps=(
        "Sort by score first. Then the first box stays whatever the others are.",
        "A box that is kept drops those behind it that overlap it too much; one that has been"
        " dropped drops nobody.",
        "Return indices into `boxes` as they came, not into the sorted copy.",
    ),
    own_cases=_cases,
    odd=Odd(
        length=["boxes", "scores"],
        hints={
            "empty": "nothing is kept: an empty tensor of whole numbers, int64.",
            "one": "it is kept: tensor([0]).",
            "float64": "the indices are int64, whatever the dtype of the boxes.",
        },
    ),
    refused=(works.SUPPRESSION,),
    lends={"box_iou": _box_iou},
    mistakes={
        "dropped_suppress": Mistake(
            "boxes that were dropped still suppress others",
            lambda call: _suppressed_by(call, slice(None)),
            "only boxes that are kept suppress others.",
        ),
        "only_best_suppresses": Mistake(
            "only the best box of all suppresses others",
            lambda call: _suppressed_by(call, slice(1)),
            "go on with the best of those that are left, until none is left.",
        ),
        "only_last_suppresses": Mistake(
            "a box is compared with the one that was kept last alone",
            _suppressed_by_the_last,
            "a box goes if it overlaps any of those that are kept, not only the latest.",
        ),
        "equal_dropped": Mistake(
            "boxes that overlap by exactly the threshold are dropped",
            lambda call: call(iou_threshold=call.iou_threshold - 1e-5),
            "torchvision drops a box where its IoU is greater than the threshold.",
        ),
        "indices_of_sorted": Mistake(
            "the indices count the sorted boxes", _positions_in_sorted_order, _ORIGINAL_HINT
        ),
        "order_of_boxes": Mistake(
            "the indices stand in the order of the boxes",
            lambda call: call().sort().values,
            _BEST_FIRST_HINT,
        ),
        "lowest_first": Mistake(
            "the indices stand with the lowest score first",
            lambda call: call().flip(0),
            _BEST_FIRST_HINT,
        ),
        "lowest_taken_first": Mistake(
            "the box with the lowest score is taken first",
            lambda call: call(scores=-call.scores),
            "of two boxes around one person, the surer one should stay.",
        ),
        "scores_unused": Mistake(
            "the scores are not used",
            lambda call: call(scores=-torch.arange(len(call.boxes)).to(call.scores)),
            "the best box is the one with the highest score, wherever it stands.",
        ),
        "none_dropped": Mistake(
            "no box is dropped",
            lambda call: call(iou_threshold=1.0),
            "of boxes that overlap by more than the threshold only the best stays.",
        ),
        "mask": Mistake(
            "a mask is returned instead of indices",
            lambda call: torch.isin(torch.arange(len(call.boxes)), call()),
            _ORIGINAL_HINT,
        ),
        "boxes_returned": Mistake(
            "the boxes are returned instead of their indices",
            lambda call: call.boxes[call()],
            _ORIGINAL_HINT,
        ),
    },
)
