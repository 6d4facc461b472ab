"""Exercise `decode_boxes`: from deltas to boxes (Ren et al. 2015, section 3.1.2, equation 2)."""

import math

import torch
from torch import Tensor
from torchvision.models.detection._utils import BoxCoder
from torchvision.ops import box_convert

from rcnn_course.checks.engine.cases import all_about
from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.reference.rpn import decode_boxes

_LIMIT = math.log(1000 / 16)
_LOWEST = torch.tensor([-math.inf, -math.inf, -_LIMIT, -_LIMIT])
_decode_unlimited = BoxCoder((1.0, 1.0, 1.0, 1.0), bbox_xform_clip=math.inf).decode_single

_CLAMP_HINT = (
    "before exp, dw and dh are held at log(1000 / 16) at most: no side grows more than 62.5-fold."
)
_ORDER_HINT = "the deltas stand in the order dx, dy, dw, dh."
_CORNERS_HINT = "return corners, xyxy, as everything after the decoder expects."
_ROAD_HINT = "move the centre, stretch width and height, then go back to corners."
_SHIFT_HINT = "dx and dy count in widths and heights of the anchor, from its centre."


@all_about(_ROAD_HINT)
def _cases(normal: Draw, uniform: Draw) -> Cases:
    def anchors(count: int) -> Tensor:
        corner = uniform(count, 2, low=-40, high=300).round()
        sides = uniform(count, 2, low=10, high=120).round() * torch.tensor([1.0, 0.7])
        return torch.cat([corner, corner + sides], dim=1)

    yield Case(
        "six anchors",
        (0.5 * normal(6, 4), anchors(6)),
        hint=_ROAD_HINT,
    )
    yield Case(
        "deltas of 0",
        (torch.zeros(5, 4), anchors(5)),
        hint="deltas of 0 leave every anchor as it is.",
    )
    moves = normal(5, 4) * torch.tensor([1.0, 1, 0, 0])
    yield Case("deltas that only move", (moves, anchors(5)))
    stretches = normal(5, 4) * torch.tensor([0.0, 0, 1, 1])
    yield Case(
        "deltas that only stretch",
        (stretches, anchors(5)),
        hint="the centre stays where it is when the sides grow.",
    )
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
    yield Case("anchors without a size", (normal(3, 4), anchors(3)[:, [0, 1, 0, 1]]))
    yield Case(
        "float64 deltas of float32 anchors",
        (normal(3, 4, dtype=torch.float64), anchors(3)),
        hint="the result has the dtype of rel_codes.",
    )
    yield Case(
        "float32 deltas of float64 anchors",
        (normal(3, 4), anchors(3).double()),
        hint="the result has the dtype of rel_codes.",
    )


def _moved(call: Call, moves: Tensor) -> Tensor:
    """Return the boxes with these dx and dy [R, 2] instead."""
    return call(rel_codes=torch.cat([moves, call.rel_codes[:, 2:]], dim=1))


def _stretched(call: Call, factors: Tensor) -> Tensor:
    """Return the moved boxes with their sides multiplied by these factors [R, 2]."""
    moved = call(rel_codes=call.rel_codes * torch.tensor([1.0, 1, 0, 0]))
    centres, sizes = box_convert(moved, "xyxy", "cxcywh").split(2, dim=1)
    return box_convert(torch.cat([centres, sizes * factors], dim=1), "cxcywh", "xyxy")


def _growth(call: Call) -> Tensor:
    """Return how many times as wide and high the boxes become, [R, 2]."""
    return call.rel_codes[:, 2:].clamp(max=_LIMIT).exp()


DECODE_BOXES = Exercise(
    name="decode_boxes",
    reference=decode_boxes,
    source="torchvision's BoxCoder.decode",
    picture="boxes",
    steps=(
        "Think in centre and size. A box of corners becomes centre and size first, and "
        "corners again last.",
        "dx and dy move the centre, in units of the anchor's width and height.",
        "dw and dh are logarithms of factors: exp of them stretches the size. They are "
        "clamped before.",
    ),
    own_cases=_cases,
    odd=Odd(
        length=["rel_codes", "boxes"],
        hints={"empty": "with R = 0 the result has the shape [0, 4]."},
    ),
    refused=(works.BOX_CODING,),
    atol=1e-3,
    mistakes={
        "not_limited": Mistake(
            "dw and dh are not limited", lambda call: call.by(_decode_unlimited), _CLAMP_HINT
        ),
        "factors_limited": Mistake(
            "the factors are limited instead of dw and dh",
            lambda call: _stretched(call, call.rel_codes[:, 2:].exp().clamp(max=_LIMIT)),
            _CLAMP_HINT,
        ),
        "no_exp": Mistake(
            "the sides are multiplied by dw and dh without exp",
            lambda call: _stretched(call, call.rel_codes[:, 2:]),
            "dw is a logarithm: the width is multiplied by exp(dw), so 0 leaves it as it is.",
        ),
        "one_plus_delta": Mistake(
            "the sides are multiplied by 1 + dw and 1 + dh",
            lambda call: _stretched(call, 1 + call.rel_codes[:, 2:]),
            "dw is a logarithm: the width is multiplied by exp(dw), which is always positive.",
        ),
        "limited_from_below": Mistake(
            "dw and dh are limited from below as well",
            lambda call: call(rel_codes=call.rel_codes.maximum(_LOWEST)),
            "only large values are dangerous in exp; torchvision holds them from above alone.",
        ),
        "all_limited": Mistake(
            "all four deltas are limited",
            lambda call: call(rel_codes=call.rel_codes.clamp(max=_LIMIT)),
            "only dw and dh go through exp; dx and dy need no limit.",
        ),
        "moves_in_pixels": Mistake(
            "dx and dy are added in pixels",
            lambda call: (
                _moved(call, 0 * call.rel_codes[:, :2]) + call.rel_codes[:, :2].repeat(1, 2)
            ),
            _SHIFT_HINT,
        ),
        "moves_by_new_size": Mistake(
            "dx and dy are multiplied by the new width and height",
            lambda call: _moved(call, call.rel_codes[:, :2] * _growth(call)),
            "dx counts in widths of the anchor, before it is stretched.",
        ),
        "from_the_corner": Mistake(
            "the moves start from the corner instead of the centre",
            lambda call: call(rel_codes=call.rel_codes - torch.tensor([0.5, 0.5, 0, 0])),
            _SHIFT_HINT,
        ),
        "dx_and_dy_swapped": Mistake(
            "dx and dy are swapped",
            lambda call: call(rel_codes=call.rel_codes[:, [1, 0, 2, 3]]),
            _ORDER_HINT,
        ),
        "dw_and_dh_swapped": Mistake(
            "dw and dh are swapped",
            lambda call: call(rel_codes=call.rel_codes[:, [0, 1, 3, 2]]),
            _ORDER_HINT,
        ),
        "centre_and_size": Mistake(
            "the result is (centre, size) instead of two corners",
            lambda call: box_convert(call(), "xyxy", "cxcywh"),
            _CORNERS_HINT,
        ),
        "corner_and_size": Mistake(
            "the result is (corner, size) instead of two corners",
            lambda call: box_convert(call(), "xyxy", "xywh"),
            _CORNERS_HINT,
        ),
        "twice_as_large": Mistake(
            "the stretched box reaches a whole width and height from its centre",
            lambda call: _stretched(call, 2 * _growth(call)),
            "from the centre to a side it is half the width or height.",
        ),
    },
)
