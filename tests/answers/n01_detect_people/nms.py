"""Right answers to `nms`, one for each style."""

import torch


def nms_loops(boxes, scores, iou_threshold):
    left = sorted(range(len(boxes)), key=lambda row: -scores[row].item())
    kept = []
    while left:
        best = left.pop(0)
        kept.append(best)
        left = [i for i in left if box_iou(boxes[best, None], boxes[i, None]) <= iou_threshold]
    return torch.tensor(kept, dtype=torch.int64)


def nms_matrices(boxes, scores, iou_threshold):
    better = scores[:, None] > scores[None]
    suppresses = better & (box_iou(boxes, boxes) > iou_threshold)
    kept = torch.ones(len(boxes), dtype=torch.bool)
    for _ in range(len(boxes)):
        kept = ~(suppresses & kept[:, None]).any(dim=0)
    rows = kept.nonzero().flatten()
    return rows[scores[rows].sort(descending=True).indices]


def nms_slices(boxes, scores, iou_threshold):
    order = torch.argsort(scores, descending=True)
    kept = torch.empty(0, dtype=torch.long)
    while order.numel():
        kept = torch.cat([kept, order[:1]])
        overlaps = box_iou(boxes[order[:1]], boxes[order[1:]]).squeeze(0)
        order = order[1:][overlaps <= iou_threshold]
    return kept


def nms_with_numpy(boxes, scores, iou_threshold):
    import numpy as np

    x1, y1, x2, y2 = boxes.numpy().T
    area = (x2 - x1) * (y2 - y1)
    order = scores.numpy().argsort()[::-1]
    kept = []
    while order.size > 0:
        i, rest = order[0], order[1:]
        kept.append(int(i))
        width = np.maximum(0, np.minimum(x2[i], x2[rest]) - np.maximum(x1[i], x1[rest]))
        height = np.maximum(0, np.minimum(y2[i], y2[rest]) - np.maximum(y1[i], y1[rest]))
        shared = width * height
        iou = shared / (area[i] + area[rest] - shared)
        order = rest[np.where(iou <= iou_threshold)[0]]
    return torch.LongTensor(kept)


def nms_recursion(boxes, scores, iou_threshold):
    def kept_of(order):
        if len(order) == 0:
            return []
        best, rest = order[:1], order[1:]
        return [best, *kept_of(rest[box_iou(boxes[best], boxes[rest])[0] <= iou_threshold])]

    kept = kept_of(scores.argsort(descending=True))
    return torch.cat(kept) if kept else torch.zeros(0, dtype=torch.int64)
