"""Exercise `cell_anchors`: the anchors of one cell (Ren et al. 2015, section 3.1.1)."""

from collections.abc import Iterable
from itertools import product

import torch
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake
from rcnn_course.checks.exercises import works
from rcnn_course.reference.rpn import cell_anchors

_ROUNDING_HINT = "torchvision rounds the four corners to whole pixels, once, at the very end."
_ORDER_HINT = "the ratio changes slowest: all sizes with the first ratio, then all with the second."
_AREA_HINT = "height / width is the ratio, and width x height is the size squared: solve for both."


def _cases(_: Draw, uniform: Draw) -> Cases:
    def numbers(count: int, low: float, high: float) -> tuple[float, ...]:
        """Return numbers of which no anchor has a corner near the middle between two pixels."""
        return tuple(round(x, 2) for x in uniform(count, low=low, high=high).tolist())

    def chosen(sizes: int, ratios: int) -> tuple[tuple, tuple]:
        while True:
            drawn = numbers(sizes, 20.0, 300.0), numbers(ratios, 0.3, 3.0)
            s, r = (torch.tensor(values, dtype=torch.float64) for values in drawn)
            factors = torch.cat([r.sqrt(), r])[:, None]  # with and without the square root
            sides = torch.cat([s / factors, s * factors]) / 2
            if (sides.frac() - 0.5).abs().min() > 0.01 and r.unique().numel() == ratios:
                return drawn

    yield Case(
        "one size, ratios 0.5, 1 and 2, as in torchvision's detectors",
        ((32,), (0.5, 1.0, 2.0)),
        hint=_AREA_HINT,
    )
    yield Case("one size, one ratio", chosen(1, 1), hint=_AREA_HINT)
    yield Case("three sizes, two ratios", chosen(3, 2), hint=_ORDER_HINT)
    yield Case("two sizes, two ratios", chosen(2, 2), hint=_ORDER_HINT)
    yield Case(
        "sizes of whole pixels, ratio 1",
        ((16, 64, 128, 512), (1.0,)),
        hint="a square anchor of 16 goes from -8 to 8.",
    )
    yield Case("very long anchors", ((100,), (0.1, 10.0)), hint=_AREA_HINT)
    yield Case(
        "float64",
        (*chosen(2, 3), torch.float64),
        hint="the result has the dtype that was asked for.",
    )


def _scaled(call: Call, factor: float) -> Tensor:
    return call(scales=[factor * size for size in call.scales])


def _of_pairs(call: Call, pairs: Iterable[tuple[float, float]]) -> Tensor:
    """Return the anchors of pairs of a size and a ratio, one of each pair."""
    return torch.cat([call(scales=[size], aspect_ratios=[ratio]) for size, ratio in pairs])


CELL_ANCHORS = Exercise(
    name="cell_anchors",
    reference=cell_anchors,
    source="torchvision's AnchorGenerator.generate_anchors",
    picture="boxes",
    steps=(
        "Width times height is the square of the scale, and height over width is the ratio. "
        "Solve for both.",
        "The root of the ratio makes an anchor higher; the same root makes it narrower.",
        "All scales with the first ratio come first: ratios along the rows, scales along the "
        "columns, then flatten.",
        "Half a width to the left of 0, half a width to the right, and rounded at the very end.",
    ),
    own_cases=_cases,
    refused=(works.ANCHORS,),
    mistakes={
        "width_and_height_swapped": Mistake(
            "width and height are swapped",
            lambda call: call(aspect_ratios=[1 / ratio for ratio in call.aspect_ratios]),
            "a ratio is height / width: 2 is a tall anchor, such as a standing person's.",
        ),
        "not_rounded": Mistake(
            "the corners are not rounded",
            lambda call: _scaled(call, 1e3) / 1e3,
            _ROUNDING_HINT,
        ),
        "sides_rounded": Mistake(
            "width and height are rounded instead of the corners",
            lambda call: _scaled(call, 2) / 2,
            _ROUNDING_HINT,
        ),
        "rounded_down": Mistake(
            "the corners are rounded down",
            lambda call: (_scaled(call, 1e3) / 1e3).floor(),
            "round to the nearest whole pixel: an anchor stays centred on (0, 0).",
        ),
        "from_the_corner": Mistake(
            "the anchors start at (0, 0) instead of being centred there",
            lambda call: _scaled(call, 2).clamp(min=0),
            "half of an anchor lies left of (0, 0) and half of it right, likewise above and below.",
        ),
        "twice_as_large": Mistake(
            "the anchors are twice as large",
            lambda call: _scaled(call, 2),
            "from the centre to a side it is half the width or height.",
        ),
        "size_slowest": Mistake(
            "the size changes slowest",
            lambda call: _of_pairs(call, product(call.scales, call.aspect_ratios)),
            _ORDER_HINT,
        ),
        "width_fixed": Mistake(
            "only the height follows the ratio",
            lambda call: _of_pairs(
                call, [(s * r**0.5, r) for r in call.aspect_ratios for s in call.scales]
            ),
            "all ratios of a size cover the same area, so the width changes too.",
        ),
        "ratio_without_root": Mistake(
            "the ratio is used without its square root",
            lambda call: call(aspect_ratios=[ratio**2 for ratio in call.aspect_ratios]),
            _AREA_HINT,
        ),
        "sizes_paired": Mistake(
            "each size is paired with one ratio",
            lambda call: _of_pairs(call, zip(call.scales, call.aspect_ratios, strict=False)),
            "every size comes with every ratio: len(scales) x len(aspect_ratios) anchors.",
        ),
    },
)
