"""Anchors by k-means over the boxes of a data set (Redmon & Farhadi 2016, YOLOv2, section 2).

Letters: `N` boxes, `K` anchors.
"""

from collections.abc import Callable

import torch
from torch import Tensor


def _mean(group: Tensor) -> Tensor:
    return group.mean(dim=0)


def centred_iou(sizes: Tensor, centres: Tensor) -> Tensor:
    """Return the IoU of boxes that share their middle.

    Args:
        sizes (Tensor[N, 2]): widths and heights, in pixels.
        centres (Tensor[K, 2]): widths and heights, in pixels.

    Returns:
        Tensor[N, K].
    """
    shared = torch.minimum(sizes[:, None], centres).prod(dim=2)
    return shared / (sizes.prod(dim=1)[:, None] + centres.prod(dim=1) - shared)


def kmeans_anchors(
    sizes: Tensor,
    start: Tensor,
    rounds: int = 10,
    *,
    nearness: Callable[[Tensor, Tensor], Tensor] = centred_iou,
    middle: Callable[[Tensor], Tensor] = _mean,
    keeps_empty: bool = True,
) -> Tensor:
    """Find sizes of anchors that lie near the boxes of a data set, by a distance of 1 - IoU.

    No function of torchvision does it.

    Args:
        sizes (Tensor[N, 2]): widths and heights of the boxes, in pixels.
        start (Tensor[K, 2]): the anchors before the first round.
        rounds: of grouping and averaging.
        nearness: takes sizes and anchors and returns Tensor[N, K], larger where nearer.
        middle: makes the new anchor Tensor[2] of the sizes of a group.
        keeps_empty: whether a group without boxes keeps its anchor.

    Returns:
        Tensor[K, 2]: in the order of `start`.

    Source: Redmon & Farhadi 2016, YOLO9000, section 2, dimension clusters.
    """
    anchors = start.clone()
    for _ in range(rounds):
        nearest = nearness(sizes, anchors).argmax(dim=1)
        for number in range(len(anchors)):
            group = sizes[nearest == number]
            if len(group) > 0 or not keeps_empty:
                anchors[number] = middle(group)
    return anchors
