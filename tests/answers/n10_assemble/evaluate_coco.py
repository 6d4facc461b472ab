"""Right answers to `evaluate_coco`, one for each style."""

import torch
from torchvision import ops


def evaluate_coco_arrays(targets, outputs, iou_threshold=0.5):
    import numpy as np

    def overlap(box, boxes):
        low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
        shared = np.clip(high - low, 0, None).prod(1)
        areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
        return shared / (areas + (box[2:] - box[:2]).prod() - shared)

    classes = np.unique(np.concatenate([t["labels"].numpy() for t in targets]))
    values = []
    for c in classes:
        truths = [t["boxes"].double().numpy()[t["labels"].numpy() == c] for t in targets]
        rows = [
            (score, picture, box)
            for picture, o in enumerate(outputs)
            for score, label, box in zip(
                o["scores"].numpy(), o["labels"].numpy(), o["boxes"].double().numpy(), strict=True
            )
            if label == c
        ]
        rows.sort(key=lambda row: row[0], reverse=True)
        free = [np.ones(len(truth), bool) for truth in truths]
        hits = np.zeros(len(rows), bool)
        for place, (_, picture, box) in enumerate(rows):
            iou = overlap(box, truths[picture]) * free[picture]
            if len(iou) and iou.max() >= iou_threshold:
                free[picture][iou.argmax()] = False
                hits[place] = True
        true_positives = np.cumsum(hits)
        recall = true_positives / sum(map(len, truths))
        precision = true_positives / np.maximum(np.arange(len(rows)) + 1, 1)
        levels = np.linspace(0, 1, 101)
        reached = recall[None] >= levels[:, None]
        values.append(np.where(reached, precision, 0).max(axis=1, initial=0).mean())
    return np.mean(values).item()


def evaluate_coco_functions(targets, outputs, iou_threshold=0.5):
    def of_class(picture, label):
        chosen = picture["labels"] == label
        return {name: values[chosen] for name, values in picture.items()}

    def ranked(picture):
        order = picture["scores"].sort(descending=True).indices
        return {name: values[order] for name, values in picture.items()}

    def matches(found, true_boxes):
        iou = ops.box_iou(found["boxes"], true_boxes)
        hit = torch.zeros(len(iou))
        for row in range(len(iou) if iou.numel() else 0):
            value, column = iou[row].max(0)
            if value >= iou_threshold:
                hit[row], iou[:, column] = 1, -1
        return hit

    precisions = []
    for label in set(torch.cat([t["labels"] for t in targets]).tolist()):
        truths = [of_class(t, label)["boxes"] for t in targets]
        found = [ranked(of_class(o, label)) for o in outputs]
        hit = torch.cat([matches(f, t) for f, t in zip(found, truths, strict=True)])
        hit = hit[torch.cat([f["scores"] for f in found]).sort(descending=True).indices]
        place = torch.arange(1, len(hit) + 1)
        curve = hit.cumsum(0) / place
        recall = hit.cumsum(0) / sum(len(t) for t in truths)
        levels = [curve[recall >= level] for level in torch.linspace(0, 1, 101)]
        precisions.append(torch.stack([c.max() if len(c) else c.sum() for c in levels]).mean())
    return torch.stack(precisions).mean()


def evaluate_coco_loops(targets, outputs, iou_threshold=0.5):
    labels = sorted({int(label) for target in targets for label in target["labels"]})
    total = 0.0
    for label in labels:
        entries, count = [], 0
        for number, (target, output) in enumerate(zip(targets, outputs, strict=True)):
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
                entries.append((output["scores"][i].item(), best is not None, number))
        entries.sort(key=lambda entry: -entry[0])
        found, points = 0, []
        for place, (_, hit, _) in enumerate(entries, start=1):
            found += hit
            points.append((found / count, found / place))
        for step in range(101):
            total += max((p for r, p in points if r >= step / 100), default=0.0) / 101
    return total / len(labels)
