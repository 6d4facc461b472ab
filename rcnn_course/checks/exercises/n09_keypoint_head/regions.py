"""Random regions of interest, and keypoints at known places on them, for the cases."""

from collections.abc import Callable

import torch
from torch import Tensor


def random_rois(uniform: Callable[..., Tensor], *sizes: tuple[float, float]) -> Tensor:
    """Return boxes of these widths and heights at random places, xyxy in pixels."""
    corners = uniform(len(sizes), 2, low=-5.0, high=40.0)
    return torch.cat([corners, corners + torch.tensor(sizes)], dim=1)


def keypoints_in_cells(
    rois: Tensor, cells: Tensor, size: int, uniform: Callable[..., Tensor]
) -> Tensor:
    """Place a keypoint into each cell, well away from its borders.

    Args:
        rois (Tensor[R, 4]): xyxy in pixels.
        cells (Tensor[R, K, 2]): column and row of the heatmap, which may lie outside.
        size (int): of the heatmap.
        uniform: makes random numbers.

    Returns:
        Tensor[R, K, 3]: x, y in pixels, and visibility 1 or 2 in turn.
    """
    within = uniform(*cells.shape, low=0.2, high=0.8)
    sides = rois[:, None, 2:] - rois[:, None, :2]
    places = rois[:, None, :2] + (cells + within) / size * sides
    visibility = 1.0 + torch.arange(cells.shape[1]).remainder(2)
    return torch.cat([places, visibility.expand(cells.shape[:2])[..., None]], dim=2)


def random_cells(uniform: Callable[..., Tensor], regions: int, keypoints: int, size: int) -> Tensor:
    """Return the columns and rows of random cells [R, K, 2] of a heatmap."""
    return uniform(regions, keypoints, 2, high=float(size)).floor().clamp(max=size - 1)
