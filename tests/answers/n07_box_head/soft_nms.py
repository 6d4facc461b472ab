"""Right answers to `soft_nms`, one for each style."""

import math

import torch
from torchvision.ops import box_iou


def soft_nms_lists(boxes, scores, sigma=0.5, score_threshold=0.001):
    iou = box_iou(boxes, boxes).tolist()
    left = dict(enumerate(scores.tolist()))
    kept, final = [], []
    while left:
        best = max(left, key=left.get)
        score = left.pop(best)
        if score < score_threshold:
            break
        kept.append(best)
        final.append(score)
        left = {i: s * math.exp(-(iou[best][i] ** 2) / sigma) for i, s in left.items()}
    return torch.tensor(kept, dtype=torch.int64), torch.tensor(final, dtype=scores.dtype)


def soft_nms_swaps(boxes, scores, sigma=0.5, score_threshold=0.001):
    order, now, boxes = torch.arange(len(scores)), scores.clone(), boxes.clone()
    for i in range(len(scores)):
        best = i + int(now[i:].argmax())
        for values in (order, now, boxes):
            values[[i, best]] = values[[best, i]]
        now[i + 1 :] *= torch.exp(-(box_iou(boxes[i : i + 1], boxes[i + 1 :])[0].square() / sigma))
    stays = now >= score_threshold
    return order[stays], now[stays]


def soft_nms_recursive(boxes, scores, sigma=0.5, score_threshold=0.001):
    def take(left, now):
        if len(left) == 0 or now.max() < score_threshold:
            return []
        best = now.argmax()
        others = torch.arange(len(left)) != best
        overlap = box_iou(boxes[left[best]][None], boxes[left[others]])[0]
        rest = take(left[others], now[others] * torch.exp(-(overlap**2) / sigma))
        return [(left[best], now[best]), *rest]

    taken = take(torch.arange(len(scores)), scores)
    indices = torch.tensor([int(index) for index, _ in taken], dtype=torch.int64)
    return indices, torch.stack([score for _, score in taken]) if taken else scores[:0]
