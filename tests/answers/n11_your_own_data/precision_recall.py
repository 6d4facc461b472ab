"""Right answers to `precision_recall`, one for each style."""

import torch
from torchvision import ops


def precision_recall_loops(targets, outputs, label, iou_threshold=0.5):
    entries, count = [], 0
    for target, output in zip(targets, outputs, strict=True):
        truth = list(target["boxes"][target["labels"] == label])
        count += len(truth)
        taken = set()
        rows = [i for i in range(len(output["labels"])) if output["labels"][i] == label]
        for i in sorted(rows, key=lambda i: -output["scores"][i].item()):
            best, best_iou = None, iou_threshold
            for g, box in enumerate(truth):
                iou = ops.box_iou(output["boxes"][i, None], box[None]).item()
                if g not in taken and iou >= best_iou:
                    best, best_iou = g, iou
            if best is not None:
                taken.add(best)
            entries.append((output["scores"][i].item(), best is not None))
    entries.sort(reverse=True)
    found, walk = 0, []
    for place, (score, hit) in enumerate(entries, start=1):
        found += hit
        walk.append((found / count, found / place, score))
    precision, scores = [], []
    for step in range(101):
        later = [(p, s) for r, p, s in walk if r >= step / 100]
        precision.append(max((p for p, _ in later), default=0.0))
        scores.append(later[0][1] if later else 0.0)
    return torch.tensor(precision), torch.tensor(scores), sum(precision) / 101


def precision_recall_arrays(targets, outputs, label, iou_threshold=0.5):
    import numpy as np

    def overlap(box, boxes):
        low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
        shared = np.clip(high - low, 0, None).prod(1)
        areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
        return shared / (areas + (box[2:] - box[:2]).prod() - shared)

    truths = [t["boxes"].numpy()[t["labels"].numpy() == label] for t in targets]
    rows = [
        (score, picture, box)
        for picture, o in enumerate(outputs)
        for score, name, box in zip(
            o["scores"].numpy(), o["labels"].numpy(), o["boxes"].numpy(), strict=True
        )
        if name == label
    ]
    rows.sort(key=lambda row: row[0], reverse=True)
    free = [np.ones(len(truth), bool) for truth in truths]
    hits = np.zeros(len(rows), bool)
    for place, (_, picture, box) in enumerate(rows):
        iou = overlap(box, truths[picture]) * free[picture]
        if len(iou) and iou.max() >= iou_threshold:
            free[picture][iou.argmax()] = False
            hits[place] = True
    recall = np.cumsum(hits) / sum(map(len, truths))
    precision = np.cumsum(hits) / np.maximum(np.arange(len(rows)) + 1, 1)
    reached = recall[None] >= np.linspace(0, 1, 101)[:, None]
    curve = np.where(reached, precision, 0).max(axis=1, initial=0)
    scores = np.array([row[0] for row in rows] + [0.0])
    first = np.where(reached.any(1), reached.argmax(1) if len(rows) else 0, len(rows))
    return torch.from_numpy(curve), torch.from_numpy(scores[first]), float(curve.mean())


def precision_recall_matrices(targets, outputs, label, iou_threshold=0.5):
    def hits_of(output, target):
        boxes = output["boxes"][output["labels"] == label]
        scores = output["scores"][output["labels"] == label]
        order = scores.sort(descending=True).indices
        iou = ops.box_iou(boxes[order], target["boxes"][target["labels"] == label])
        hit = torch.zeros(len(iou))
        for row in range(len(iou) if iou.numel() else 0):
            value, column = iou[row].max(0)
            if value >= iou_threshold:
                hit[row], iou[:, column] = 1, -1
        return scores[order], hit

    pairs = [hits_of(o, t) for o, t in zip(outputs, targets, strict=True)]
    scores, order = torch.cat([s for s, _ in pairs]).sort(descending=True)
    hit = torch.cat([h for _, h in pairs])[order]
    count = sum(int((t["labels"] == label).sum()) for t in targets)
    recall = hit.cumsum(0).double() / count
    precision = hit.cumsum(0) / torch.arange(1, len(hit) + 1)
    curve, needed = torch.zeros(101), torch.zeros(101)
    for step, level in enumerate(torch.linspace(0, 1, 101, dtype=torch.float64)):
        there = recall >= level
        if there.any():
            curve[step], needed[step] = precision[there].max(), scores[there].max()
    return curve, needed, curve.mean()
