"""Right answers of notebook 05, written as plain loops."""

import math

import torch
import torch.nn.functional as F
from torch import nn
from torchvision import ops


def cell_anchors(scales, aspect_ratios, dtype=torch.float32, device="cpu"):
    anchors = []
    for ratio in aspect_ratios:
        for scale in scales:
            width, height = scale / math.sqrt(ratio), scale * math.sqrt(ratio)
            corners = (-width / 2, -height / 2, width / 2, height / 2)
            anchors.append([float(round(corner)) for corner in corners])
    return torch.tensor(anchors, dtype=dtype, device=device)


def grid_anchors(grid_sizes, strides, cell_anchors):
    levels = []
    for level, (rows, columns) in enumerate(grid_sizes):
        down, across = int(strides[level][0]), int(strides[level][1])
        boxes = []
        for row in range(rows):
            for column in range(columns):
                for x1, y1, x2, y2 in cell_anchors[level].tolist():
                    x, y = column * across, row * down
                    boxes.append([x1 + x, y1 + y, x2 + x, y2 + y])
        levels.append(torch.tensor(boxes, dtype=cell_anchors[level].dtype))
    return levels


class RPNHead(nn.Module):
    def __init__(self, in_channels, num_anchors, conv_depth=1):
        super().__init__()
        self.conv = nn.Sequential()
        for number in range(conv_depth):
            block = nn.Sequential(nn.Conv2d(in_channels, in_channels, 3, 1, 1), nn.ReLU(True))
            self.conv.add_module(str(number), block)
        self.cls_logits = nn.Conv2d(in_channels, num_anchors, 1)
        self.bbox_pred = nn.Conv2d(in_channels, num_anchors * 4, 1)

    def forward(self, x):
        logits, deltas = [], []
        for feature in x:
            hidden = self.conv(feature)
            logits.append(self.cls_logits(hidden))
            deltas.append(self.bbox_pred(hidden))
        return logits, deltas


def decode_boxes(rel_codes, boxes):
    decoded = []
    for (dx, dy, dw, dh), (x1, y1, x2, y2) in zip(rel_codes.tolist(), boxes.tolist(), strict=True):
        width, height = x2 - x1, y2 - y1
        x, y = x1 + width / 2 + dx * width, y1 + height / 2 + dy * height
        width *= min(math.exp(min(dw, 50)), 1000 / 16)
        height *= min(math.exp(min(dh, 50)), 1000 / 16)
        decoded.append([x - width / 2, y - height / 2, x + width / 2, y + height / 2])
    return torch.tensor(decoded, dtype=rel_codes.dtype).reshape(-1, 4)


def filter_proposals(
    proposals,
    objectness,
    image_shapes,
    num_anchors_per_level,
    pre_nms_top_n,
    post_nms_top_n,
    nms_thresh,
    score_thresh=0.0,
    min_size=1e-3,
):
    count = sum(num_anchors_per_level)
    all_boxes, all_scores = [], []
    for n, (height, width) in enumerate(image_shapes):
        logits = objectness[n * count : (n + 1) * count, 0].tolist()
        kept, start = [], 0
        for size in num_anchors_per_level:
            numbers = sorted(range(start, start + size), key=lambda i: -logits[i])[:pre_nms_top_n]
            start += size
            stay = []
            for i in numbers:
                x1, y1, x2, y2 = proposals[n, i].tolist()
                box = [min(max(x1, 0), width), min(max(y1, 0), height)]
                box += [min(max(x2, 0), width), min(max(y2, 0), height)]
                score = 1 / (1 + math.exp(-logits[i]))
                small = box[2] - box[0] < min_size or box[3] - box[1] < min_size
                if small or score < score_thresh:
                    continue
                if all(_iou(box, other) <= nms_thresh for _, other in stay):
                    stay.append((score, box))
            kept += stay
        kept = sorted(kept, key=lambda pair: -pair[0])[:post_nms_top_n]
        boxes = [box for _, box in kept]
        all_boxes.append(torch.tensor(boxes, dtype=proposals.dtype).reshape(-1, 4))
        all_scores.append(torch.tensor([score for score, _ in kept], dtype=objectness.dtype))
    return all_boxes, all_scores


def match_anchors(
    match_quality_matrix, high_threshold, low_threshold, allow_low_quality_matches=False
):
    iou = match_quality_matrix
    truths, anchors = iou.shape
    saved = set()
    if allow_low_quality_matches:
        for g in range(truths):
            highest = max(iou[g, a].item() for a in range(anchors))
            saved |= {a for a in range(anchors) if iou[g, a].item() == highest}
    result = []
    for a in range(anchors):
        column = iou[:, a].tolist()
        best = max(column)
        if a in saved or best >= high_threshold:
            result.append(column.index(best))
        elif best < low_threshold:
            result.append(-1)
        else:
            result.append(-2)
    return torch.tensor(result)


def rpn_loss(objectness, pred_bbox_deltas, labels, regression_targets, fg_bg_sampler):
    positives, negatives = fg_bg_sampler(labels)
    start, count, box_loss, objectness_loss = 0, 0, 0.0, 0.0
    for image, of_image in enumerate(labels):
        for a in range(len(of_image)):
            if not positives[image][a] and not negatives[image][a]:
                continue
            count += 1
            logit = objectness[start + a, 0]
            objectness_loss = objectness_loss + F.softplus(logit) - logit * of_image[a]
            if positives[image][a]:
                error = (pred_bbox_deltas[start + a] - regression_targets[image][a]).abs()
                for e in error:
                    box_loss = box_loss + (4.5 * e * e if e < 1 / 9 else e - 1 / 18)
        start += len(of_image)
    if isinstance(box_loss, float):
        box_loss = pred_bbox_deltas.sum() * 0
    return objectness_loss / count, box_loss / count


def _iou(a, b):
    boxes = torch.tensor([a, b], dtype=torch.float64)
    return ops.box_iou(boxes[:1], boxes[1:]).item()
