"""The feature pyramid's parts (Lin et al. 2017, Feature Pyramid Networks), as functions.

Letters: `N` images, `C` channels, `H` and `W` the height and width of a map in cells, `L` boxes of
an image.
"""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool
from torchvision.ops.poolers import LevelMapper

Levels = tuple[list[Tensor], list[str]]

_interpolate, _relu = F.interpolate, F.relu
_LastLevelMaxPool, _LevelMapper = LastLevelMaxPool, LevelMapper


def top_down_merge(lateral: Tensor, top: Tensor) -> Tensor:
    """Add the coarser map, its cells repeated, to the finer one.

    Args:
        lateral (Tensor[N, C, H, W]): a map of the backbone after its lateral convolution.
        top (Tensor[N, C, h, w]): the merged map of the next coarser level.

    Returns:
        Tensor[N, C, H, W]: the merged map.

    Source: Lin et al. 2017, section 3; the merge in torchvision's `FeaturePyramidNetwork`.
    """
    return lateral + _interpolate(top, size=lateral.shape[-2:], mode="nearest")


def last_level_max_pool(x: list[Tensor], y: list[Tensor], names: list[str]) -> Levels:
    """Append a level to `x`, and its name, as torchvision's `LastLevelMaxPool` does: in place.

    Args:
        x (list[Tensor[N, C, H, W]]): the levels of the pyramid, finest first.
        y (list[Tensor]): the backbone's maps; not used.
        names: of the levels.

    Source: Lin et al. 2017, section 4.1.
    """
    return _LastLevelMaxPool()(x, y, names)


def assign_levels(
    boxes: list[Tensor],
    k_min: int = 2,
    k_max: int = 5,
    canonical_scale: float = 224,
    canonical_level: int = 4,
    eps: float = 1e-6,
) -> Tensor:
    """Find the level that each box is read from, as torchvision's `LevelMapper` does.

    Args:
        boxes (list[Tensor[L, 4]]): of each image, xyxy in pixels.
        k_min: the finest level.
        k_max: the coarsest level.
        canonical_scale: side of a square, in pixels, that belongs to ...
        canonical_level: ... this level.
        eps: added to the level before it is rounded down.

    Returns:
        Tensor[L of all images], int64: 0 for `k_min`, 1 for the next coarser level, and so on.

    Source: Lin et al. 2017, equation 1.
    """
    return _LevelMapper(k_min, k_max, canonical_scale, canonical_level, eps)(boxes)


def bottom_up_path(
    features: Sequence[Tensor],
    downs: Sequence[nn.Module],
    outs: Sequence[nn.Module],
    *,
    is_chained: bool = True,
    is_added: bool = True,
    relus: tuple[bool, bool] = (True, True),
) -> list[Tensor]:
    """Lead the finest level of a pyramid back up to the coarsest one.

    No function of torchvision does it.

    Args:
        features (Sequence[Tensor[N, C, H, W]]): L levels, finest first; each has half the height
            and width of the one before.
        downs: L - 1 convolutions that halve height and width.
        outs: L - 1 convolutions that keep them.
        is_chained: whether each level is made of the result of the one before.
        is_added: whether the pyramid's own levels are added.
        relus: whether there is a ReLU behind `downs`, and one behind `outs`.

    Returns:
        list[Tensor]: L levels, finest first.

    Source: Liu et al. 2018, Path Aggregation Network, section 3.1.
    """
    after_down, after_out = (_relu if used else lambda x: x for used in relus)
    results = list(features[:1])
    for number, (down, out, feature) in enumerate(zip(downs, outs, features[1:], strict=True)):
        below = results[-1] if is_chained else features[number]
        halved = after_down(down(below))
        results.append(after_out(out(halved + feature if is_added else halved)))
    return results
