"""Exercise `assign_levels`: the level that a box is read from.

Source: Lin et al. 2017, Feature Pyramid Networks, equation 1; torchvision `LevelMapper`.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.reference.fpn import assign_levels


def _cases(_: Draw, uniform: Draw) -> Cases:
    def boxes(*levels: float, scale: float = 224.0) -> Tensor:
        """Return boxes for these levels before rounding, in turn wide and high, anywhere."""
        steps = torch.tensor(levels) + uniform(len(levels), low=-0.04, high=0.04)
        side = scale * 2 ** (steps - 4)
        stretch = torch.tensor([1.7, 0.6]).repeat(len(levels))[: len(levels)]
        corner = uniform(len(levels), 2, low=100.0, high=500.0)
        return torch.cat([corner, corner + torch.stack([side * stretch, side / stretch], 1)], 1)

    yield Case(
        "six boxes of one image",
        ([boxes(3.3, 2.6, 4.75, 5.5, 3.7, 4.2)],),
        hint="first floor(4 + log2(sqrt(width * height) / 224)), then count from the level k_min.",
    )
    yield Case(
        "boxes of three images, the second without any",
        ([boxes(5.4, 2.4), torch.zeros(0, 4), boxes(3.6, 4.5, 2.7)],),
        hint="the result holds the boxes of all images, one after the other.",
    )
    yield Case(
        "boxes of exactly 112, 224 and 448 pixels",
        ([torch.tensor([[8.0, 8, 120, 120], [0, 0, 224, 224], [16, 32, 464, 480]])],),
        hint="a box of 224 x 224 pixels is read from the canonical level itself, 4.",
        also=(_EPS_HINT,),
    )
    yield Case(
        "boxes too small and too large for the levels there are",
        ([boxes(-1.5, 1.4, 6.3, 8.6, 4.3)],),
        hint=_LIMITS_HINT,
    )
    yield Case(
        "a box without area",
        ([torch.tensor([[50.0, 60, 50, 90], [10, 20, 310, 220]])],),
        hint="log2(0) is minus infinity, so such a box belongs to the finest level.",
    )
    hair = 224 * (1 - 4e-7)
    yield Case(
        "a box that is a hair smaller than 224 pixels, in float64",
        ([torch.tensor([[0.0, 0, hair, hair], [0, 0, 223.9, 223.9]], dtype=torch.float64)],),
        hint=_EPS_HINT,
    )
    yield Case(
        "other levels, scale and canonical level",
        ([boxes(2.6, 3.4, 5.3, 4.6, 1.4, 6.6, scale=64.0)], 3, 6),
        {"canonical_scale": 64, "canonical_level": 5},
        hint=_DEFAULTS_HINT,
        also=(_LIMITS_HINT,),
    )
    yield Case(
        "another eps",
        ([boxes(2.6, 3.8, 4.4, 4.9)],),
        {"eps": 0.3},
        hint=_EPS_HINT,
    )
    yield Case(
        "boxes smaller than one pixel, and one without area, where level 3 is the finest",
        ([torch.cat([boxes(3.5, 4.5, 5.5, scale=0.5), torch.zeros(1, 4)])], 3, 6),
        {"canonical_scale": 0.5},
        hint="only a box without area is a special case, and it belongs to k_min.",
        also=(_DEFAULTS_HINT, _LIMITS_HINT),
    )
    yield Case("a single level", ([boxes(2.3, 5.5)], 3, 3), also=(_DEFAULTS_HINT, _LIMITS_HINT))
    yield Case(
        "no boxes at all",
        ([torch.zeros(0, 4), torch.zeros(0, 4)],),
        hint="the result has the shape [0] and the dtype torch.int64.",
    )


def _with_sides(call: Call, side_of: Callable[[Tensor], Tensor]) -> Tensor:
    """Return the levels of squares whose sides, in pixels, `side_of` makes of the boxes."""
    squares = [side_of(boxes)[:, None] * torch.tensor([0.0, 0, 1, 1]) for boxes in call.boxes]
    return call(boxes=squares)


def _side(boxes: Tensor) -> Tensor:
    return (boxes[:, 2:] - boxes[:, :2]).prod(dim=1).sqrt()


def _have_area(call: Call) -> bool:
    """Tell whether each box has an area: the integer that an infinite level becomes is no rule."""
    return all(bool((_side(boxes) > 0).all()) for boxes in call.boxes)


def _unclamped(call: Call) -> Tensor | None:
    return call(k_min=-50, k_max=50) - 50 - call.k_min if _have_area(call) else None


def _inverted(call: Call) -> Tensor | None:
    scale = call.canonical_scale
    if not _have_area(call):
        return None
    return _with_sides(call, lambda boxes: scale**2 / _side(boxes))


def _natural(call: Call) -> Tensor:
    scale = call.canonical_scale
    return _with_sides(call, lambda boxes: scale * (_side(boxes) / scale) ** math.log(2))


_DEFAULTS_HINT = "224, 4, 2 and 5 are defaults; a caller may ask for others."
_LIMITS_HINT = "below k_min there is no finer map, above k_max no coarser one."
_EPS_HINT = "eps is added before rounding down, so that a rounding error costs no level."
_SQRT_HINT = "equation 1 compares sqrt(width * height) with 224."

ASSIGN_LEVELS = Exercise(
    name="assign_levels",
    reference=assign_levels,
    source="torchvision.ops.poolers.LevelMapper",
    steps=(
        "Equation 1 says it all: the square root of the area, over 224, its logarithm to base"
        " 2, plus 4.",
        "Rounded down, after eps was added. Then clamped between k_min and k_max.",
        "The result is an index: k_min becomes 0. A box without area has the logarithm of 0; "
        "see that it ends up at the finest level.",
    ),
    own_cases=_cases,
    odd=Odd(),
    refused=(works.LEVEL_MAPPING,),
    mistakes={
        "level_rounded": Mistake(
            "the level is rounded to the nearest instead of down",
            lambda call: call(canonical_level=call.canonical_level + 0.5),
            "equation 1 takes the floor.",
        ),
        "level_too_coarse": Mistake(
            "the levels are one too coarse, or rounded up",
            lambda call: call(canonical_level=call.canonical_level + 1),
            "equation 1 takes the floor; a box of exactly 224 x 224 pixels belongs to level 4.",
        ),
        "counted_from_0": Mistake(
            "the levels count from 0 instead of from k_min",
            lambda call: call() + call.k_min,
            "the result is an index into the list of levels: 0 is the finest, k_min.",
        ),
        "not_clamped": Mistake(
            "the levels are not kept between k_min and k_max",
            _unclamped,
            _LIMITS_HINT,
        ),
        "area_unrooted": Mistake(
            "the level follows from the area instead of its square root",
            lambda call: _with_sides(call, lambda boxes: _side(boxes) ** 2),
            _SQRT_HINT,
        ),
        "longer_side": Mistake(
            "the level follows from the longer side",
            lambda call: _with_sides(call, lambda boxes: (boxes[:, 2:] - boxes[:, :2]).amax(dim=1)),
            _SQRT_HINT,
        ),
        "width_alone": Mistake(
            "the level follows from the width alone",
            lambda call: _with_sides(call, lambda boxes: boxes[:, 2] - boxes[:, 0]),
            _SQRT_HINT,
        ),
        "corner_as_size": Mistake(
            "x2 and y2 are taken for width and height",
            lambda call: _with_sides(call, lambda boxes: boxes[:, 2:].prod(dim=1).sqrt()),
            "boxes are (x1, y1, x2, y2), two corners; the width is x2 - x1.",
        ),
        "natural_logarithm": Mistake(
            "the logarithm is the natural one",
            _natural,
            "twice the side is one level more, so the logarithm has the base 2.",
        ),
        "ratio_inverted": Mistake(
            "the ratio is upside down",
            _inverted,
            "larger boxes belong to coarser levels, and those have larger numbers.",
        ),
        "eps_unused": Mistake(
            "eps is not used",
            lambda call: call(eps=0.0),
            _EPS_HINT,
        ),
        "canonical_scale_unused": Mistake(
            "canonical_scale is not used",
            lambda call: call(canonical_scale=224),
            "224 is the default; a caller may ask for another size.",
        ),
        "canonical_level_unused": Mistake(
            "canonical_level is not used",
            lambda call: call(canonical_level=4),
            "4 is the default; a caller may ask for another level.",
        ),
        "k_min_and_k_max_unused": Mistake(
            "k_min and k_max are not used",
            lambda call: call(k_min=2, k_max=5),
            "2 and 5 are the defaults; a caller may have other levels.",
        ),
    },
)
