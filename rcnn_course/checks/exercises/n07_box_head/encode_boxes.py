"""Exercise `encode_boxes`: boxes as deltas from proposals (Girshick et al. 2014, appendix C)."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torchvision.models.detection import _utils
from torchvision.ops import box_convert

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors

reference = _utils.encode_boxes

_UNIT_HINT = "whoever decodes the deltas knows the proposal alone, so its sides are the unit."
_LOG_HINT = "the deltas of width and height are natural logarithms: 0 where nothing changes."
_ORDER_HINT = "the four columns are x, y, width, height, each with its own weight."


def _cases(seed: int) -> Iterator[Case]:
    _, uniform = random_tensors(seed)

    def boxes(count: int) -> Tensor:
        corners = uniform(count, 2, high=100.0)
        return torch.cat([corners, corners + uniform(count, 2, low=5.0, high=60.0)], dim=1)

    def pair(count: int) -> tuple[Tensor, Tensor]:
        """Return boxes, and proposals that overlap them."""
        proposals = boxes(count)
        sides = (proposals[:, 2:] - proposals[:, :2]).repeat(1, 2)
        return proposals + uniform(count, 4, low=-0.3, high=0.3) * sides, proposals

    weights = torch.tensor([10.0, 10.0, 5.0, 5.0])
    yield Case(
        "four proposals, weights 10, 10, 5, 5",
        (*pair(4), weights),
        hint="how far the centre moves, in widths and heights of the proposal; then the logarithm "
        "of how much wider and higher the box is. Each times its weight.",
    )
    yield Case(
        "all weights 1, as in the RPN",
        (*pair(4), torch.ones(4)),
        hint="the weights are an argument.",
    )
    yield Case(
        "four different weights", (*pair(3), torch.tensor([2.0, 3.0, 5.0, 7.0])), hint=_ORDER_HINT
    )
    yield Case(
        "boxes far away from their proposals, and of quite another size",
        (boxes(5) * 4 + 200, boxes(5), weights),
    )
    same = boxes(3)
    yield Case(
        "proposals that are right already",
        (same.clone(), same, weights),
        hint="nothing to move and nothing to stretch: all deltas are 0.",
    )
    yield Case(
        "no boxes at all",
        (torch.zeros(0, 4), torch.zeros(0, 4), weights),
        hint="with R = 0 the result has the shape [0, 4].",
    )
    yield Case("one box", (*pair(1), weights))
    yield Case(
        "float64",
        tuple(tensor.double() for tensor in (*pair(4), weights)),
        hint="the result has the dtype of the boxes.",
    )
    found, proposals = pair(4)
    yield Case(
        "boxes that are not contiguous in memory",
        (found.t().contiguous().t(), proposals.t().contiguous().t(), weights),
    )


def _deltas(reference_boxes: Tensor, proposals: Tensor, weights: Tensor) -> Tensor:
    """Return the deltas without weights."""
    return reference(reference_boxes, proposals, torch.ones_like(weights))


def _sides(boxes: Tensor) -> Tensor:
    return boxes[:, 2:] - boxes[:, :2]


def _boxes_changed(change: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """Make the mistake of reading both boxes differently."""
    return lambda found, proposals, weights: reference(change(found), change(proposals), weights)


def _scaled_by(factors: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    """Make the mistake of measuring the shift in another unit than the proposal's sides."""

    def wrong(found: Tensor, proposals: Tensor, weights: Tensor) -> Tensor:
        deltas = reference(found, proposals, weights)
        scaled = deltas[:, :2] * factors(_sides(found), _sides(proposals))
        return torch.cat([scaled, deltas[:, 2:]], dim=1)

    return wrong


def _sizes_changed(change: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """Make the mistake of another function than the logarithm of the ratio of sizes."""

    def wrong(found: Tensor, proposals: Tensor, weights: Tensor) -> Tensor:
        deltas = _deltas(found, proposals, weights)
        return torch.cat([deltas[:, :2], change(deltas[:, 2:])], dim=1) * weights

    return wrong


def _shift_of(corner: slice) -> Callable[..., Tensor]:
    """Make the mistake of comparing corners instead of centres."""

    def wrong(found: Tensor, proposals: Tensor, weights: Tensor) -> Tensor:
        moved = proposals + (found[:, corner] - proposals[:, corner]).repeat(1, 2)
        shift = reference(moved, proposals, weights)[:, :2]
        return torch.cat([shift, reference(found, proposals, weights)[:, 2:]], dim=1)

    return wrong


ENCODE_BOXES = Exercise(
    name="encode_boxes",
    reference=reference,
    source="torchvision's BoxCoder.encode",
    own_cases=_cases,
    refused_code=(_utils, _utils.encode_boxes),
    atol=1e-4,
    mistakes=(
        Mistake(
            "the weights are not used",
            _deltas,
            "each of the four columns is multiplied by its weight.",
        ),
        Mistake(
            "the deltas are divided by the weights",
            lambda found, proposals, weights: reference(found, proposals, 1 / weights),
            "encoding multiplies by the weights, and decoding divides by them again.",
        ),
        Mistake(
            "the box and the proposal are swapped",
            lambda found, proposals, weights: reference(proposals, found, weights),
            "the deltas lead from the proposal to the box of the truth, not back.",
        ),
        Mistake(
            "upper left corners are compared instead of centres",
            _shift_of(slice(0, 2)),
            "the shift is that of the centre; the corner moves also when only the size changes.",
        ),
        Mistake(
            "the shift is measured in sides of the true box",
            _scaled_by(lambda found, proposals: proposals / found),
            _UNIT_HINT,
        ),
        Mistake(
            "the shift stays in pixels",
            _scaled_by(lambda found, proposals: proposals),
            "40 pixels are much for a small proposal and little for a large one: divide.",
        ),
        Mistake(
            "width and height are swapped as units of the shift",
            _scaled_by(lambda found, proposals: proposals / proposals.flip(1)),
            "a shift in x is measured in widths, one in y in heights.",
        ),
        Mistake("the logarithm is missing", _sizes_changed(torch.exp), _LOG_HINT),
        Mistake(
            "the sizes are compared by a difference in place of the logarithm",
            _sizes_changed(torch.expm1),
            _LOG_HINT,
        ),
        Mistake(
            "the logarithm has the base 2",
            _sizes_changed(lambda deltas: deltas / torch.log(torch.tensor(2.0))),
            "decoding uses exp, so encoding needs the natural logarithm.",
        ),
        Mistake(
            "the columns of width and height are swapped",
            lambda found, proposals, weights: reference(found, proposals, weights)[:, [0, 1, 3, 2]],
            _ORDER_HINT,
        ),
        Mistake(
            "the boxes are read as x, y, width, height",
            _boxes_changed(lambda boxes: box_convert(boxes, "xywh", "xyxy")),
            "these boxes are x1, y1, x2, y2: the width is x2 - x1.",
        ),
        Mistake(
            "the boxes are one pixel too wide and too high",
            _boxes_changed(lambda boxes: boxes + boxes.new_tensor([0, 0, 1, 1])),
            "a width is x2 - x1; the + 1 belongs to boxes of whole pixels.",
        ),
    ),
)
