"""Exercise `top_down_merge`: the coarser map joins the finer one (Lin et al. 2017, section 3)."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.ops import feature_pyramid_network

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors

_interpolate = F.interpolate


def reference(lateral: Tensor, top: Tensor) -> Tensor:
    """Merge as torchvision's FeaturePyramidNetwork does."""
    return lateral + scaled(top, lateral)


def scaled(source: Tensor, target: Tensor, mode: str = "nearest", **options: bool) -> Tensor:
    """Return `source` in the height and width of `target`."""
    return _interpolate(source, size=target.shape[-2:], mode=mode, **options)


def _merge_cases(seed: int) -> Iterator[Case]:
    normal, _ = random_tensors(seed)
    yield Case(
        "maps of 6 x 10 and 3 x 5 cells, two images",
        (normal(2, 3, 6, 10), normal(2, 3, 3, 5)),
        hint="every cell of the coarser map covers 2 x 2 cells of the finer one.",
    )
    rows, columns = torch.meshgrid(torch.arange(2.0), torch.arange(3.0), indexing="ij")
    codes = (10 * rows + columns).expand(1, 1, 2, 3)
    yield Case(
        "a coarser map whose values are 10 * row + column",
        (normal(1, 1, 4, 6) / 100, codes.clone()),
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
    yield Case(
        "float64",
        (
            normal(1, 2, 4, 6, dtype=torch.float64),
            normal(1, 2, 2, 3, dtype=torch.float64),
        ),
    )
    yield Case(
        "maps that are not contiguous in memory",
        (normal(1, 6, 4, 2).permute(0, 3, 2, 1), normal(1, 3, 2, 2).permute(0, 3, 2, 1)),
    )
    yield Case(
        "the gradient that flows back to both maps",
        (normal(1, 2, 5, 6).requires_grad_(), normal(1, 2, 3, 3).requires_grad_()),
    )


def _tiled(lateral: Tensor, top: Tensor) -> Tensor:
    height, width = lateral.shape[-2:]
    copies = -(-height // top.shape[-2]), -(-width // top.shape[-1])
    return lateral + top.tile(1, 1, *copies)[..., :height, :width]


_REPEAT_HINT = "every cell of the coarser map is repeated over the 2 x 2 finer cells it covers."

TOP_DOWN_MERGE = Exercise(
    name="top_down_merge",
    reference=reference,
    source="the merge in torchvision.ops.FeaturePyramidNetwork",
    own_cases=_merge_cases,
    refused_code=(feature_pyramid_network, reference, scaled),
    mistakes=(
        Mistake(
            "the coarser map is scaled up bilinearly",
            lambda lateral, top: lateral + scaled(top, lateral, "bilinear"),
            f"FPN takes the nearest cell and mixes none: {_REPEAT_HINT}",
        ),
        Mistake(
            "the coarser map is scaled up bilinearly, with align_corners=True",
            lambda lateral, top: lateral + scaled(top, lateral, "bilinear", align_corners=True),
            f"FPN takes the nearest cell and mixes none: {_REPEAT_HINT}",
        ),
        Mistake(
            "the coarser map is laid out again and again, like tiles",
            _tiled,
            f"a cell must stay at its place in the picture: {_REPEAT_HINT}",
        ),
        Mistake(
            "the finer map is missing",
            lambda lateral, top: scaled(top, lateral),
            "the pathway brings the meaning, but only the lateral map knows the exact place: add.",
        ),
        Mistake(
            "the coarser map is missing",
            lambda lateral, top: lateral.clone(),
            "the lateral map alone lacks the meaning that the coarser map brings: add.",
        ),
        Mistake(
            "the maps are averaged",
            lambda lateral, top: (lateral + scaled(top, lateral)) / 2,
            "FPN adds the two maps, cell by cell, as they are.",
        ),
        Mistake(
            "the maps are stacked as channels",
            lambda lateral, top: torch.cat([lateral, scaled(top, lateral)], dim=1),
            "U-Net concatenates; FPN adds, so the number of channels stays the same.",
        ),
        Mistake(
            "the finer map is scaled down to the coarser one",
            lambda lateral, top: top + scaled(lateral, top),
            "the result has the size of the finer map, or its detail would be lost.",
        ),
    ),
)
