"""Right answers of notebook 01, written as plain loops."""

import torch


def xywh_to_xyxy(boxes):
    rows = [[x, y, x + w, y + h] for x, y, w, h in boxes.tolist()]
    return torch.tensor(rows, dtype=boxes.dtype).reshape(-1, 4)


def box_iou(boxes1, boxes2):
    table = boxes1.new_zeros(len(boxes1), len(boxes2))
    for i, (ax1, ay1, ax2, ay2) in enumerate(boxes1.tolist()):
        for j, (bx1, by1, bx2, by2) in enumerate(boxes2.tolist()):
            width = min(ax2, bx2) - max(ax1, bx1)
            height = min(ay2, by2) - max(ay1, by1)
            if width <= 0 or height <= 0:
                continue
            shared = width * height
            both = (ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1)
            table[i, j] = shared / (both - shared)
    return table


def nms(boxes, scores, iou_threshold):
    left = sorted(range(len(boxes)), key=lambda row: -scores[row].item())
    kept = []
    while left:
        best = left.pop(0)
        kept.append(best)
        left = [i for i in left if box_iou(boxes[best, None], boxes[i, None]) <= iou_threshold]
    return torch.tensor(kept, dtype=torch.int64)


def select_detections(detections, score_threshold, labels=None):
    rows = []
    for row in range(len(detections["scores"])):
        sure = detections["scores"][row] >= score_threshold
        wanted = labels is None or detections["labels"][row].item() in labels
        if sure and wanted:
            rows.append(row)
    rows = torch.tensor(rows, dtype=torch.int64)
    return {name: values[rows] for name, values in detections.items()}
