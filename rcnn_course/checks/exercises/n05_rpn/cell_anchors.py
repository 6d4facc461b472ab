"""Exercise `cell_anchors`: the anchors of one cell (Ren et al. 2015, section 3.1.1)."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torchvision.models.detection.anchor_utils import AnchorGenerator

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors

_generate_anchors = AnchorGenerator().generate_anchors

ORDER_HINT = "the ratio changes slowest: all sizes with the first ratio, then all with the second."
AREA_HINT = "height / width is the ratio, and width x height is the size squared: solve for both."


def reference(
    scales: Sequence[float],
    aspect_ratios: Sequence[float],
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> Tensor:
    """Call torchvision's generator."""
    return _generate_anchors(list(scales), list(aspect_ratios), dtype, device)


def _cell_anchors_cases(seed: int) -> Iterator[Case]:
    _, uniform = random_tensors(seed)

    def numbers(count: int, low: float, high: float) -> tuple[float, ...]:
        """Return numbers of which no anchor has a corner near the middle between two pixels."""
        return tuple(round(x, 2) for x in uniform(count, low=low, high=high).tolist())

    def chosen(sizes: int, ratios: int, high: float = 300.0) -> tuple[tuple, tuple]:
        while True:
            drawn = numbers(sizes, 20.0, high), numbers(ratios, 0.3, 3.0)
            s, r = (torch.tensor(values, dtype=torch.float64) for values in drawn)
            sides = torch.cat([s / r[:, None].sqrt(), s * r[:, None].sqrt()]) / 2
            if (sides.frac() - 0.5).abs().min() > 0.01 and r.unique().numel() == ratios:
                return drawn

    yield Case(
        "one size, ratios 0.5, 1 and 2, as in torchvision's detectors",
        ((32,), (0.5, 1.0, 2.0)),
        hint=AREA_HINT,
    )
    yield Case("one size, one ratio", chosen(1, 1), hint=AREA_HINT)
    yield Case("three sizes, two ratios", chosen(3, 2), hint=ORDER_HINT)
    yield Case("two sizes, two ratios", chosen(2, 2), hint=ORDER_HINT)
    yield Case(
        "sizes of whole pixels, ratio 1",
        ((16, 64, 128, 512), (1.0,)),
        hint="a square anchor of 16 goes from -8 to 8.",
    )
    yield Case("very long anchors", ((100,), (0.1, 10.0)), hint=AREA_HINT)
    yield Case(
        "float64",
        (*chosen(2, 3), torch.float64),
        hint="the result has the dtype that was asked for.",
    )


def _per_ratio(change: Callable[[float, float], tuple[float, float]]) -> Callable[..., Tensor]:
    """Make the mistake of using another size and ratio in the place of each pair."""

    def wrong(scales: Sequence[float], aspect_ratios: Sequence[float], *args) -> Tensor:
        pairs = [change(size, ratio) for ratio in aspect_ratios for size in scales]
        return torch.cat([reference([size], [ratio], *args) for size, ratio in pairs])

    return wrong


def _unrounded(scales: Sequence[float], aspect_ratios: Sequence[float], *args) -> Tensor:
    thousandfold = reference([1e3 * size for size in scales], aspect_ratios, *args)
    return thousandfold / 1e3


def _sides_rounded_first(scales: Sequence[float], aspect_ratios: Sequence[float], *args) -> Tensor:
    return reference([2 * size for size in scales], aspect_ratios, *args) / 2


def _rounded_down(scales: Sequence[float], aspect_ratios: Sequence[float], *args) -> Tensor:
    return _unrounded(scales, aspect_ratios, *args).floor()


def _from_the_corner(scales: Sequence[float], aspect_ratios: Sequence[float], *args) -> Tensor:
    anchors = reference([2 * size for size in scales], aspect_ratios, *args)
    return torch.cat([torch.zeros_like(anchors[:, :2]), anchors[:, 2:]], dim=1)


def _size_slowest(scales: Sequence[float], aspect_ratios: Sequence[float], *args) -> Tensor:
    return torch.cat([reference([size], aspect_ratios, *args) for size in scales])


def _paired(scales: Sequence[float], aspect_ratios: Sequence[float], *args) -> Tensor:
    pairs = zip(scales, aspect_ratios, strict=False)
    return torch.cat([reference([size], [ratio], *args) for size, ratio in pairs])


CELL_ANCHORS = Exercise(
    name="cell_anchors",
    reference=reference,
    source="torchvision's AnchorGenerator.generate_anchors",
    own_cases=_cell_anchors_cases,
    refused_code=(AnchorGenerator,),
    mistakes=(
        Mistake(
            "width and height are swapped",
            _per_ratio(lambda size, ratio: (size, 1 / ratio)),
            "a ratio is height / width: 2 is a tall anchor, such as a standing person's.",
        ),
        Mistake(
            "the corners are not rounded",
            _unrounded,
            "torchvision rounds the four corners to whole pixels, once, at the very end.",
        ),
        Mistake(
            "width and height are rounded instead of the corners",
            _sides_rounded_first,
            "torchvision rounds the four corners to whole pixels, once, at the very end.",
        ),
        Mistake(
            "the corners are rounded down",
            _rounded_down,
            "round to the nearest whole pixel: an anchor stays centred on (0, 0).",
        ),
        Mistake(
            "the anchors start at (0, 0) instead of being centred there",
            _from_the_corner,
            "half of an anchor lies left of (0, 0) and half of it right, likewise above and below.",
        ),
        Mistake(
            "the anchors are twice as large",
            _per_ratio(lambda size, ratio: (2 * size, ratio)),
            "from the centre to a side it is half the width or height.",
        ),
        Mistake(
            "the size changes slowest",
            _size_slowest,
            ORDER_HINT,
        ),
        Mistake(
            "only the height follows the ratio",
            _per_ratio(lambda size, ratio: (size * ratio**0.5, ratio)),
            "all ratios of a size cover the same area, so the width changes too.",
        ),
        Mistake(
            "the ratio is used without its square root",
            _per_ratio(lambda size, ratio: (size, ratio**2)),
            AREA_HINT,
        ),
        Mistake(
            "each size is paired with one ratio",
            _paired,
            "every size comes with every ratio: len(scales) x len(aspect_ratios) anchors.",
        ),
    ),
)
