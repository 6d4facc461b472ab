"""Right answers of notebook 07, written as plain loops."""

import torch
import torch.nn.functional as F
from torch import nn
from torchvision import ops


class TwoMLPHead(nn.Module):
    def __init__(self, in_channels, representation_size):
        super().__init__()
        self.fc6 = nn.Linear(in_channels, representation_size)
        self.fc7 = nn.Linear(representation_size, representation_size)

    def forward(self, x):
        rows = [self.fc7(self.fc6(roi.reshape(-1)).clamp(min=0)).clamp(min=0) for roi in x]
        return torch.stack(rows) if rows else x.new_zeros(0, self.fc7.out_features)


class FastRCNNPredictor(nn.Module):
    def __init__(self, in_channels, num_classes):
        super().__init__()
        self.cls_score = nn.Linear(in_channels, num_classes)
        self.bbox_pred = nn.Linear(in_channels, num_classes * 4)

    def forward(self, x):
        if x.dim() == 4:
            x = x[:, :, 0, 0]
        scores = [self.cls_score(roi) for roi in x]
        deltas = [self.bbox_pred(roi) for roi in x]
        if not scores:
            classes = self.cls_score.out_features
            return x.new_zeros(0, classes), x.new_zeros(0, 4 * classes)
        return torch.stack(scores), torch.stack(deltas)


def encode_boxes(reference_boxes, proposals, weights):
    import math

    wx, wy, ww, wh = weights.tolist()
    rows = []
    for (gx1, gy1, gx2, gy2), (px1, py1, px2, py2) in zip(
        reference_boxes.tolist(), proposals.tolist(), strict=True
    ):
        pw, ph, gw, gh = px2 - px1, py2 - py1, gx2 - gx1, gy2 - gy1
        rows.append(
            [
                wx * ((gx1 + gx2) - (px1 + px2)) / 2 / pw,
                wy * ((gy1 + gy2) - (py1 + py2)) / 2 / ph,
                ww * math.log(gw / pw),
                wh * math.log(gh / ph),
            ]
        )
    return torch.tensor(rows, dtype=proposals.dtype).reshape(-1, 4)


def fastrcnn_loss(class_logits, box_regression, labels, regression_targets):
    class_loss, box_loss, row = 0.0, box_regression.sum() * 0, 0
    for image_labels, image_targets in zip(labels, regression_targets, strict=True):
        for label, target in zip(image_labels.tolist(), image_targets, strict=True):
            logits = class_logits[row]
            class_loss = class_loss + torch.logsumexp(logits, dim=0) - logits[label]
            if label > 0:
                for k in range(4):
                    d = (box_regression[row, 4 * label + k] - target[k]).abs()
                    box_loss = box_loss + (4.5 * d * d if d < 1 / 9 else d - 1 / 18)
            row += 1
    return class_loss / row, box_loss / row


def postprocess_detections(
    class_logits,
    box_regression,
    proposals,
    image_shapes,
    score_thresh=0.05,
    nms_thresh=0.5,
    detections_per_img=100,
):
    all_boxes, all_scores, all_labels = [], [], []
    start = 0
    for of_image, (height, width) in zip(proposals, image_shapes, strict=True):
        found = []
        stop = start + len(of_image)
        scores = F.softmax(class_logits[start:stop], dim=-1)
        boxes = decode(box_regression[start:stop], [of_image])  # noqa: F821
        start = stop
        for label in range(1, class_logits.shape[1]):
            of_class = boxes[:, label].clone()
            of_class[:, 0::2] = of_class[:, 0::2].clamp(0, width)
            of_class[:, 1::2] = of_class[:, 1::2].clamp(0, height)
            good = scores[:, label] > score_thresh
            good &= of_class[:, 2] - of_class[:, 0] >= 0.01
            good &= of_class[:, 3] - of_class[:, 1] >= 0.01
            candidates, of_these = of_class[good], scores[good, label]
            for i in ops.nms(candidates, of_these, nms_thresh).tolist():
                found.append((of_these[i].item(), label, candidates[i]))
        found.sort(key=lambda detection: -detection[0])
        found = found[:detections_per_img]
        all_boxes.append(torch.stack([f[2] for f in found]) if found else boxes.new_zeros(0, 4))
        all_scores.append(torch.tensor([f[0] for f in found], dtype=class_logits.dtype))
        all_labels.append(torch.tensor([f[1] for f in found], dtype=torch.int64))
    return all_boxes, all_scores, all_labels
