"""Exercise `box_iou`: how much two boxes overlap, as intersection over union.

Letters: N boxes against M boxes.
"""

import torch
from torch import Tensor
from torchvision import ops

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.engine.random_tensors import random_boxes
from rcnn_course.checks.exercises import works

_box_area = ops.box_area

_PIXEL = torch.tensor([0, 0, 1, 1])
_SHAPE_HINT = "the shape is [N, M], also where one of them is 0."


def _cases(_: Draw, uniform: Draw) -> Cases:
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
    near = torch.tensor([[9.5, 0], [0, 19.5], [9.5, 19.5], [10.5, 0], [0, 20.5], [10.5, 20.5]])
    yield Case(
        "boxes that overlap by half a pixel, or lie half a pixel apart",
        (block, block + near.repeat(1, 2)),
        hint="sides of the intersection are not whole pixels, and 0 where boxes do not meet.",
    )
    yield Case(
        "boxes smaller than a pixel",
        (block / 20, (block + near.repeat(1, 2)[:2] / 2) / 20),
        hint="nothing is added to the area below the fraction: small boxes overlap as large ones.",
    )
    yield Case("two boxes against none", (boxes(2), torch.zeros(0, 4)), hint=_SHAPE_HINT)


def _areas(call: Call) -> tuple[Tensor, Tensor]:
    """Return the areas of both sets, as a column [N, 1] and as a row [1, M]."""
    return _box_area(call.boxes1)[:, None], _box_area(call.boxes2)[None]


def _intersection(call: Call) -> Tensor:
    iou = call()
    return iou / (1 + iou) * sum(_areas(call))


def _between_inner_edges(call: Call) -> Tensor:
    """Return the area between the inner edges, which is negative or wrong for boxes apart."""
    starts = torch.maximum(call.boxes1[:, None, :2], call.boxes2[:, :2])
    ends = torch.minimum(call.boxes1[:, None, 2:], call.boxes2[:, 2:])
    return _box_area(torch.cat([starts, ends], dim=2))


def _over_union(call: Call, intersection: Tensor) -> Tensor:
    return intersection / (sum(_areas(call)) - intersection)


BOX_IOU = Exercise(
    name="box_iou",
    reference=ops.box_iou,
    source="torchvision.ops.box_iou",
    steps=(
        "Draw two boxes that overlap: the shared part begins at the larger of both starts and"
        " ends at the smaller of both ends, in x and in y on their own.",
        "For all pairs at once, give one set a further dimension: [N, 1, 2] against [M, 2] is"
        " [N, M, 2].",
        "Boxes that do not meet give a negative width or height: clamp both at 0 before you "
        "multiply.",
        "The union is both areas less what they share, which would count twice.",
    ),
    own_cases=_cases,
    odd=Odd(
        length=["boxes1"],
        hints={"empty": _SHAPE_HINT, "float64": "the result has the dtype of the boxes."},
    ),
    refused=(works.BOX_OVERLAP,),
    mistakes={
        "intersection_twice": Mistake(
            "the union counts the intersection twice",
            lambda call: call() / (1 + call()),
            "both areas contain what the boxes share; the union has it once.",
        ),
        "sides_negative": Mistake(
            "the sides of the intersection may be negative",
            lambda call: _over_union(call, _between_inner_edges(call)),
            "where boxes lie apart, the intersection would end before it begins: it has no "
            "width or no height then.",
        ),
        "clamped_late": Mistake(
            "the sides of the intersection are multiplied before negative ones become 0",
            lambda call: _over_union(call, _between_inner_edges(call).clamp(min=0)),
            "for boxes across the corner both sides are negative, and their product is positive.",
        ),
        "pixel_added": Mistake(
            "one pixel is added to each side",
            lambda call: call(boxes1=call.boxes1 + _PIXEL, boxes2=call.boxes2 + _PIXEL),
            "x2 is the edge of the box, not its last pixel, so the width is x2 - x1.",
        ),
        "not_divided": Mistake(
            "the intersection itself is returned",
            _intersection,
            "divide it by the area that the two boxes cover together.",
        ),
        "over_first_area": Mistake(
            "the intersection is divided by the area of the first box",
            lambda call: _intersection(call) / _areas(call)[0],
            "the union belongs to both boxes: IoU does not change when the two change places.",
        ),
        "over_smaller_area": Mistake(
            "the intersection is divided by the area of the smaller box",
            lambda call: _intersection(call) / torch.minimum(*_areas(call)),
            "a small box inside a large one would get 1, although they are far from equal.",
        ),
        "rows_and_columns_swapped": Mistake(
            "rows and columns are swapped",
            lambda call: call().T,
            "boxes1 gives the rows of the result, boxes2 its columns.",
        ),
        "x1_x2_y1_y2": Mistake(
            "the numbers are read as x1, x2, y1, y2",
            lambda call: call(
                boxes1=call.boxes1[:, [0, 2, 1, 3]], boxes2=call.boxes2[:, [0, 2, 1, 3]]
            ),
            "a row holds two corners: first x1 and y1, then x2 and y2.",
        ),
        "distances": Mistake(
            "distances are returned instead of overlaps",
            lambda call: 1 - call(),
            "equal boxes give 1, boxes apart give 0.",
        ),
    },
)
