"""Exercise `decode_boxes`: from deltas to boxes (Ren et al. 2015, section 3.1.2, equation 2)."""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torchvision.models.detection._utils import BoxCoder
from torchvision.ops import box_convert

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors

_UNIT = (1.0, 1.0, 1.0, 1.0)
_LIMIT = math.log(1000 / 16)
_decode = BoxCoder(_UNIT).decode_single
_decode_unlimited = BoxCoder(_UNIT, bbox_xform_clip=math.inf).decode_single
_convert = box_convert

_CLAMP_HINT = (
    "before exp, dw and dh are held at log(1000 / 16) at most: no side grows more than 62.5-fold."
)
_SHIFT_HINT = "dx and dy count in widths and heights of the anchor, from its centre."


def reference(rel_codes: Tensor, boxes: Tensor) -> Tensor:
    """Call torchvision's coder with the weights of the RPN, which are all 1."""
    return _decode(rel_codes, boxes)


def _decode_boxes_cases(seed: int) -> Iterator[Case]:
    normal, uniform = random_tensors(seed)

    def anchors(count: int) -> Tensor:
        corner = uniform(count, 2, low=-40, high=300).round()
        sides = uniform(count, 2, low=10, high=120).round() * torch.tensor([1.0, 0.7])
        return torch.cat([corner, corner + sides], dim=1)

    yield Case(
        "six anchors",
        (0.5 * normal(6, 4), anchors(6)),
        hint="move the centre, stretch width and height, then go back to corners.",
    )
    yield Case(
        "deltas of 0",
        (torch.zeros(5, 4), anchors(5)),
        hint="deltas of 0 leave every anchor as it is.",
    )
    moves = normal(5, 4) * torch.tensor([1.0, 1, 0, 0])
    yield Case("deltas that only move", (moves, anchors(5)))
    stretches = normal(5, 4) * torch.tensor([0.0, 0, 1, 1])
    yield Case("deltas that only stretch", (stretches, anchors(5)))
    yield Case(
        "dw and dh far too large",
        (normal(4, 4) + torch.tensor([0.0, 0, 8, 9]), anchors(4)),
        hint=_CLAMP_HINT,
    )
    yield Case(
        "dx and dy large, dw and dh very small",
        (normal(4, 4) + torch.tensor([7.0, -9, -8, -7]), anchors(4)),
        hint="only dw and dh are held, and only from above.",
    )
    yield Case("one anchor", (normal(1, 4), anchors(1)))
    yield Case(
        "no anchors", (normal(0, 4), anchors(0)), hint="with R = 0 the result has the shape [0, 4]."
    )
    yield Case("anchors without a size", (normal(3, 4), anchors(3)[:, [0, 1, 0, 1]]))
    yield Case(
        "float64",
        (normal(3, 4, dtype=torch.float64), anchors(3)),
        hint="the result has the dtype of rel_codes.",
    )
    yield Case("deltas that are not contiguous in memory", (normal(4, 6).T, anchors(6)))


def _with(change: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    """Make the mistake of other deltas; `change` gets deltas, widths and heights, both [R, 2]."""

    def wrong(rel_codes: Tensor, boxes: Tensor) -> Tensor:
        boxes = boxes.to(rel_codes.dtype)
        return reference(change(rel_codes, boxes[:, 2:] - boxes[:, :2]), boxes)

    return wrong


def _stretched_by(factor: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """Make the mistake of multiplying the sides by another function of dw and dh."""

    def wrong(rel_codes: Tensor, boxes: Tensor) -> Tensor:
        fixed = reference(rel_codes * torch.tensor([1.0, 1, 0, 0]), boxes)
        centres, sides = _convert(fixed, "xyxy", "cxcywh").split(2, dim=1)
        stretched = torch.cat([centres, sides * factor(rel_codes[:, 2:])], dim=1)
        return _convert(stretched, "cxcywh", "xyxy")

    return wrong


def _joined(moves: Tensor, stretches: Tensor) -> Tensor:
    return torch.cat([moves, stretches], dim=1)


DECODE_BOXES = Exercise(
    name="decode_boxes",
    reference=reference,
    source="torchvision's BoxCoder.decode",
    own_cases=_decode_boxes_cases,
    refused_code=(BoxCoder,),
    atol=1e-3,
    mistakes=(
        Mistake(
            "dw and dh are not limited",
            _decode_unlimited,
            _CLAMP_HINT,
        ),
        Mistake(
            "the sides are multiplied by dw and dh without exp",
            _stretched_by(lambda d: d),
            "dw is a logarithm: the width is multiplied by exp(dw), so 0 leaves it as it is.",
        ),
        Mistake(
            "the sides are multiplied by 1 + dw and 1 + dh",
            _stretched_by(lambda d: 1 + d),
            "dw is a logarithm: the width is multiplied by exp(dw), which is always positive.",
        ),
        Mistake(
            "dw and dh are limited from below as well",
            _with(lambda d, wh: _joined(d[:, :2], d[:, 2:].clamp(min=-_LIMIT))),
            "only large values are dangerous in exp; torchvision holds them from above alone.",
        ),
        Mistake(
            "all four deltas are limited",
            _with(lambda d, wh: d.clamp(max=_LIMIT)),
            "only dw and dh go through exp; dx and dy need no limit.",
        ),
        Mistake(
            "dx and dy are added in pixels",
            _with(lambda d, wh: _joined(d[:, :2] / wh, d[:, 2:])),
            _SHIFT_HINT,
        ),
        Mistake(
            "dx and dy are multiplied by the new width and height",
            _with(lambda d, wh: _joined(d[:, :2] * d[:, 2:].clamp(max=_LIMIT).exp(), d[:, 2:])),
            "dx counts in widths of the anchor, before it is stretched.",
        ),
        Mistake(
            "the moves start from the corner instead of the centre",
            _with(lambda d, wh: d - torch.tensor([0.5, 0.5, 0, 0]).to(d)),
            _SHIFT_HINT,
        ),
        Mistake(
            "dx and dy are swapped",
            _with(lambda d, wh: d[:, [1, 0, 2, 3]]),
            "the deltas stand in the order dx, dy, dw, dh.",
        ),
        Mistake(
            "dw and dh are swapped",
            _with(lambda d, wh: d[:, [0, 1, 3, 2]]),
            "the deltas stand in the order dx, dy, dw, dh.",
        ),
        Mistake(
            "the result is (centre, size) instead of two corners",
            lambda rel_codes, boxes: _convert(reference(rel_codes, boxes), "xyxy", "cxcywh"),
            "return corners, xyxy, as everything after the decoder expects.",
        ),
        Mistake(
            "the result is (corner, size) instead of two corners",
            lambda rel_codes, boxes: _convert(reference(rel_codes, boxes), "xyxy", "xywh"),
            "return corners, xyxy, as everything after the decoder expects.",
        ),
        Mistake(
            "the stretched box reaches a whole width and height from its centre",
            _with(lambda d, wh: _joined(d[:, :2], d[:, 2:].clamp(max=_LIMIT) + math.log(2))),
            "from the centre to a side it is half the width or height.",
        ),
    ),
)
