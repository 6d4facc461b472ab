"""Exercise `top_down_merge`: the coarser map joins the finer one (Lin et al. 2017, section 3)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.reference.fpn import top_down_merge

_interpolate = F.interpolate


def _cases(normal: Draw, _: Draw) -> Cases:
    yield Case(
        "maps of 6 x 10 and 3 x 5 cells, two images",
        (normal(2, 4, 6, 10), normal(2, 4, 3, 5)),
        hint="every cell of the coarser map covers 2 x 2 cells of the finer one.",
    )
    codes = 10 * torch.arange(2.0)[:, None] + torch.arange(3.0)
    yield Case(
        "a coarser map whose values are 10 * row + column",
        (normal(1, 1, 4, 6) / 100, codes[None, None]),
        hint="every cell of the coarser map covers 2 x 2 cells of the finer one.",
    )
    yield Case(
        "maps of 7 x 9 and 4 x 5 cells",
        (normal(1, 2, 7, 9), normal(1, 2, 4, 5)),
        hint="twice the coarser map is one row and column too large here: ask for the size of "
        "the finer map, not for a factor.",
    )
    yield Case(
        "maps of 8 x 12 and 2 x 3 cells, two levels apart",
        (normal(1, 2, 8, 12), normal(1, 2, 2, 3)),
        hint="ask for the size of the finer map, not for a factor of 2.",
    )
    yield Case("maps of one size", (normal(1, 2, 5, 4), normal(1, 2, 5, 4)))
    yield Case("a coarser map of one cell", (normal(1, 4, 2, 1), normal(1, 4, 1, 1)))


def _by(call: Call, mode: str, **options: bool) -> Tensor:
    """Enlarge the coarser map in another mode of interpolation."""
    size = call.lateral.shape[-2:]
    return call.lateral + _interpolate(call.top, size=size, mode=mode, **options)


def _scaled(call: Call) -> Tensor:
    """Return the coarser map alone, in the size of the finer one."""
    return call(lateral=torch.zeros_like(call.lateral))


def _tiled(call: Call) -> Tensor:
    height, width = call.lateral.shape[-2:]
    copies = -(-height // call.top.shape[-2]), -(-width // call.top.shape[-1])
    return call.lateral + call.top.tile(1, 1, *copies)[..., :height, :width]


def _ratio_of_rows(call: Call) -> Tensor:
    (height, width), (rows, columns) = call.lateral.shape[-2:], call.top.shape[-2:]
    i, j = (torch.arange(size) * rows // height for size in (height, width))
    return call.lateral + call.top[..., i[:, None], j.clamp(max=columns - 1)]


_REPEAT_HINT = "every cell of the coarser map is repeated over the 2 x 2 finer cells it covers."
_NEAREST_HINT = f"FPN takes the nearest cell and mixes none: {_REPEAT_HINT}"

TOP_DOWN_MERGE = Exercise(
    name="top_down_merge",
    reference=top_down_merge,
    source="the merge in torchvision.ops.FeaturePyramidNetwork",
    picture="map",
    steps=(
        "The coarser map has to become as large as the finer one before they can be added.",
        "Copy cells, do not mix them: the docstring says which cell of `top` belongs to cell "
        "(i, j).",
        "Give the size of `lateral`, not a factor of 2: sizes may be odd. Add into a new tensor.",
    ),
    own_cases=_cases,
    odd=Odd(length=["lateral", "top"], empty=False, gradient=["lateral", "top"]),
    refused=(works.FEATURE_PYRAMID,),
    mistakes={
        "bilinear": Mistake(
            "the coarser map is scaled up bilinearly",
            lambda call: _by(call, "bilinear"),
            _NEAREST_HINT,
        ),
        "bilinear_aligned": Mistake(
            "the coarser map is scaled up bilinearly, with align_corners=True",
            lambda call: _by(call, "bilinear", align_corners=True),
            _NEAREST_HINT,
        ),
        "nearest_centre": Mistake(
            "each cell reads the cell of `top` whose centre is nearest",
            lambda call: _by(call, "nearest-exact"),
            "the docstring rounds i * h / H down: that is torch's mode 'nearest'. The newer mode "
            "'nearest-exact' compares centres.",
        ),
        "tiled": Mistake(
            "the coarser map is laid out again and again, like tiles",
            _tiled,
            f"a cell must stay at its place in the picture: {_REPEAT_HINT}",
        ),
        "lateral_missing": Mistake(
            "the finer map is missing",
            _scaled,
            "the pathway brings the meaning, but only the lateral map knows the exact place: add.",
        ),
        "top_missing": Mistake(
            "the coarser map is missing",
            lambda call: call.lateral,
            "the lateral map alone lacks the meaning that the coarser map brings: add.",
        ),
        "averaged": Mistake(
            "the maps are averaged",
            lambda call: call() / 2,
            "FPN adds the two maps, cell by cell, as they are.",
        ),
        "concatenated": Mistake(
            "the maps are stacked as channels",
            lambda call: torch.cat([call.lateral, _scaled(call)], dim=1),
            "U-Net concatenates; FPN adds, so the number of channels stays the same.",
        ),
        "ratio_of_rows": Mistake(
            "columns are read as if their ratio were that of the rows",
            _ratio_of_rows,
            "height and width each have their own ratio, h / H and w / W.",
        ),
        "scaled_down": Mistake(
            "the finer map is scaled down to the coarser one",
            lambda call: call(lateral=call.top, top=call.lateral),
            "the result has the size of the finer map, or its detail would be lost.",
        ),
    },
)
