"""Right answers of notebook 01, written with matrices and as fixed points."""

import torch


def xywh_to_xyxy(boxes):
    matrix = torch.tensor([[1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1]])
    return torch.einsum("nk,kc->nc", boxes, matrix.to(boxes.dtype))


def box_iou(boxes1, boxes2):
    corners1 = boxes1.reshape(-1, 1, 2, 2)
    corners2 = boxes2.reshape(1, -1, 2, 2)
    ends = torch.minimum(corners1[:, :, 1], corners2[:, :, 1])
    starts = torch.maximum(corners1[:, :, 0], corners2[:, :, 0])
    sides = torch.where(ends > starts, ends - starts, torch.zeros_like(ends))
    shared = torch.einsum("nm,nm->nm", sides[..., 0], sides[..., 1])
    area1 = (corners1[:, :, 1] - corners1[:, :, 0]).prod(-1)
    area2 = (corners2[:, :, 1] - corners2[:, :, 0]).prod(-1)
    return torch.nan_to_num(shared / (area1 + area2 - shared))


def nms(boxes, scores, iou_threshold):
    better = scores[:, None] > scores[None]
    suppresses = better & (box_iou(boxes, boxes) > iou_threshold)
    kept = torch.ones(len(boxes), dtype=torch.bool)
    for _ in range(len(boxes)):
        kept = ~(suppresses & kept[:, None]).any(dim=0)
    rows = kept.nonzero().flatten()
    return rows[scores[rows].sort(descending=True).indices]


def select_detections(detections, score_threshold, labels=None):
    keep = detections["scores"] >= score_threshold
    if labels is not None:
        wanted = torch.as_tensor(labels, dtype=torch.int64)
        keep = keep & (detections["labels"][:, None] == wanted[None]).any(dim=1)
    return dict(zip(detections, (values[keep] for values in detections.values()), strict=True))
