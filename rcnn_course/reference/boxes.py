"""Boxes and what belongs to them: their form, and which of them stay.

Letters: `N` boxes, `K` of them kept, `R` detections.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torchvision import ops

Detections = dict[str, Tensor]

_box_convert, _nms = ops.box_convert, torch.ops.torchvision.nms.default
_box_iou = ops.box_iou


def _gaussian(iou: Tensor, sigma: float) -> Tensor:
    return torch.exp(-iou.square() / sigma)


def xywh_to_xyxy(boxes: Tensor, in_fmt: str = "xywh", out_fmt: str = "xyxy") -> Tensor:
    """Bring boxes into another form as torchvision's `box_convert` does.

    Args:
        boxes (Tensor[N, 4]): in pixels.
        in_fmt: the form that they have: 'xywh', 'xyxy' or 'cxcywh'.
        out_fmt: the form that they get.

    Returns:
        Tensor[N, 4]: in pixels.

    Source: Lin et al. 2014, Microsoft COCO; torchvision.ops.box_convert.
    """
    return _box_convert(boxes, in_fmt, out_fmt)


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """Suppress boxes beside better ones as torchvision's operator does.

    Args:
        boxes (Tensor[N, 4]): xyxy in pixels.
        scores (Tensor[N]): the more, the better.
        iou_threshold: IoU above which of two boxes only the better one stays.

    Returns:
        Tensor[K], int64: indices of the boxes that stay, the best first.

    Source: torchvision.ops.nms.
    """
    return _nms(boxes, scores, iou_threshold)


def select_detections(
    detections: Detections, score_threshold: float, labels: Sequence[int] | None = None
) -> Detections:
    """Keep the detections that are sure enough and of a wanted category.

    No single function of torchvision does it.

    Args:
        detections (dict[str, Tensor[R, ...]]): what a detector returns for one picture: `scores`,
            `labels` and further entries with as many rows.
        score_threshold: least score of a detection that stays.
        labels: which of them may stay; all where it is None, none where it is empty.

    Returns:
        dict[str, Tensor]: the rows that stay of every entry, in the order in which they came.
    """
    stays = detections["scores"].ge(score_threshold)
    if labels is not None:
        wanted = torch.tensor(labels, dtype=torch.int64)
        stays = stays.logical_and(torch.isin(detections["labels"], wanted))
    rows = stays.nonzero()[:, 0]
    return {name: values.index_select(0, rows) for name, values in detections.items()}


def soft_nms(
    boxes: Tensor,
    scores: Tensor,
    sigma: float = 0.5,
    score_threshold: float = 0.001,
    *,
    decay: Callable[[Tensor, float], Tensor] = _gaussian,
    is_sorted_anew: bool = True,
) -> tuple[Tensor, Tensor]:
    """Lower the scores of boxes beside better ones, instead of dropping them.

    No function of torchvision does it.

    Args:
        boxes (Tensor[N, 4]): xyxy in pixels.
        scores (Tensor[N]): the more, the better.
        sigma: the smaller, the more a score falls.
        score_threshold: boxes whose score has fallen below are left out.
        decay: takes IoUs and sigma, and returns what scores are multiplied by.
        is_sorted_anew: whether the next box is the best one now, not the best one at first.

    Returns:
        tuple: indices Tensor[K] (int64) of the boxes, in the order in which they were taken, and
        their scores Tensor[K] as they have become.

    Source: Bodla et al. 2017, Soft-NMS, section 3.
    """
    overlaps = _box_iou(boxes, boxes)
    now, rank = scores.clone(), scores.clone()
    waiting = torch.ones_like(scores, dtype=torch.bool)
    taken: list[int] = []
    while bool(waiting.any()):
        order = now if is_sorted_anew else rank
        best = int(order.masked_fill(~waiting, -torch.inf).argmax())
        if bool(now[best] < score_threshold):
            break
        waiting[best] = False
        taken.append(best)
        now = torch.where(waiting, now * decay(overlaps[best], sigma), now)
    kept = torch.tensor(taken, dtype=torch.int64)
    return kept, now[kept]
