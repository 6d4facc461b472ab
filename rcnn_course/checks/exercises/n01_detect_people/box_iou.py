"""Exercise `box_iou`: how much two boxes overlap, as intersection over union.

Letters: N boxes against M boxes.
"""

from collections.abc import Callable, Iterator

import pycocotools.mask
import torch
from torch import Tensor
from torchvision import ops
from torchvision.ops import _utils, boxes, ciou_loss, diou_loss, giou_loss

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n01_detect_people.boxes import random_boxes, stored_by_column

_box_iou, _box_area = ops.box_iou, ops.box_area


def reference(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    """Call torchvision's function."""
    return _box_iou(boxes1, boxes2)


def _box_iou_cases(seed: int) -> Iterator[Case]:
    _, uniform = random_tensors(seed)

    def boxes(count: int) -> Tensor:
        return random_boxes(uniform, count)

    yield Case(
        "three boxes against five",
        (boxes(3), boxes(5)),
        hint="row i, column j is the IoU of boxes1[i] and boxes2[j].",
    )
    shift = 10 * uniform(2)
    block = torch.tensor([[0.0, 0, 10, 20]]) + shift.repeat(2)
    around = torch.tensor([[30.0, 0], [0, 30], [30, 30], [-30, 30]]).repeat(1, 2)
    yield Case(
        "boxes beside, below and across the corner, far away",
        (block, block + around),
        hint="boxes that do not meet have no intersection: their IoU is 0.",
    )
    yield Case(
        "boxes that touch along an edge or at a corner",
        (block, block + torch.tensor([[10.0, 0], [0, 20], [10, 20]]).repeat(1, 2)),
        hint="an edge in common has no area.",
    )
    yield Case(
        "a box with itself, and with one inside it",
        (block, torch.cat([block, block + torch.tensor([2.0, 3, -4, -5])])),
        hint="a box with itself gives 1; a box inside another is the intersection of both.",
    )
    flat = torch.cat([block[:, :2], block[:, 2:3], block[:, 1:2]], dim=1)
    yield Case("a box without height", (flat, torch.cat([block, boxes(2)])))
    yield Case(
        "no boxes against three",
        (torch.zeros(0, 4), boxes(3)),
        hint="the shape is [N, M], also where one of them is 0.",
    )
    yield Case(
        "two boxes against none",
        (boxes(2), torch.zeros(0, 4)),
        hint="the shape is [N, M], also where one of them is 0.",
    )
    yield Case(
        "float64",
        (boxes(2).double(), boxes(3).double()),
        hint="the result has the dtype of the boxes.",
    )
    yield Case(
        "boxes that are not contiguous in memory",
        (stored_by_column(boxes(4)), stored_by_column(boxes(2))),
    )


def _intersection(boxes1: Tensor, boxes2: Tensor, *, meet: bool) -> Tensor:
    """Return the area between the inner edges, which is negative or wrong for boxes apart.

    Args:
        boxes1 (Tensor[N, 4]): xyxy.
        boxes2 (Tensor[M, 4]): xyxy.
        meet: whether a negative area becomes 0.
    """
    starts = torch.maximum(boxes1[:, None, :2], boxes2[None, :, :2])
    ends = torch.minimum(boxes1[:, None, 2:], boxes2[None, :, 2:])
    area = _box_area(torch.cat([starts, ends], dim=2))
    return area.clamp(min=0) if meet else area


def _over_union(intersection: Tensor, boxes1: Tensor, boxes2: Tensor) -> Tensor:
    return intersection / (_box_area(boxes1)[:, None] + _box_area(boxes2) - intersection)


def _intersection_over(
    size: Callable[[Tensor, Tensor], Tensor | float],
) -> Callable[[Tensor, Tensor], Tensor]:
    """Make the mistake of dividing the intersection by something else than the union."""

    def wrong(boxes1: Tensor, boxes2: Tensor) -> Tensor:
        iou = reference(boxes1, boxes2)
        areas = _box_area(boxes1)[:, None], _box_area(boxes2)[None]
        return iou / (1 + iou) * sum(areas) / size(*areas)

    return wrong


BOX_IOU = Exercise(
    name="box_iou",
    reference=reference,
    source="torchvision.ops.box_iou",
    own_cases=_box_iou_cases,
    refused=("torchvision::box_iou*",),
    refused_code=(
        ops.box_iou,
        ops.generalized_box_iou,
        ops.distance_box_iou,
        ops.complete_box_iou,
        boxes._box_inter_union,
        boxes._box_diou_iou,
        _utils._loss_inter_union,
        ciou_loss.complete_box_iou_loss,
        diou_loss.distance_box_iou_loss,
        diou_loss._diou_iou_loss,
        giou_loss.generalized_box_iou_loss,
        pycocotools.mask.iou,
    ),
    mistakes=(
        Mistake(
            "the union counts the intersection twice",
            _intersection_over(torch.add),
            "both areas contain what the boxes share; the union has it once.",
        ),
        Mistake(
            "the sides of the intersection may be negative",
            lambda *both: _over_union(_intersection(*both, meet=False), *both),
            "where boxes lie apart, the intersection would end before it begins: it has no "
            "width or no height then.",
        ),
        Mistake(
            "the sides of the intersection are multiplied before negative ones become 0",
            lambda *both: _over_union(_intersection(*both, meet=True), *both),
            "for boxes across the corner both sides are negative, and their product is positive.",
        ),
        Mistake(
            "one pixel is added to each side",
            lambda boxes1, boxes2: reference(
                *(each + each.new_tensor([0, 0, 1, 1]) for each in (boxes1, boxes2))
            ),
            "x2 is the edge of the box, not its last pixel, so the width is x2 - x1.",
        ),
        Mistake(
            "the intersection itself is returned",
            _intersection_over(lambda area1, area2: 1),
            "divide it by the area that the two boxes cover together.",
        ),
        Mistake(
            "the intersection is divided by the area of the first box",
            _intersection_over(lambda area1, area2: area1),
            "the union belongs to both boxes: IoU does not change when the two change places.",
        ),
        Mistake(
            "the intersection is divided by the area of the smaller box",
            _intersection_over(torch.minimum),
            "a small box inside a large one would get 1, although they are far from equal.",
        ),
        Mistake(
            "rows and columns are swapped",
            lambda boxes1, boxes2: reference(boxes2, boxes1),
            "boxes1 gives the rows of the result, boxes2 its columns.",
        ),
        Mistake(
            "the numbers are read as x1, x2, y1, y2",
            lambda boxes1, boxes2: reference(boxes1[:, [0, 2, 1, 3]], boxes2[:, [0, 2, 1, 3]]),
            "a row holds two corners: first x1 and y1, then x2 and y2.",
        ),
        Mistake(
            "distances are returned instead of overlaps",
            lambda boxes1, boxes2: 1 - reference(boxes1, boxes2),
            "equal boxes give 1, boxes apart give 0.",
        ),
    ),
)
