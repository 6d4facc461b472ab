"""Right answers to `postprocess_detections`, one for each style."""

import torch
import torch.nn.functional as F
from torch import nn
from torchvision import ops


def postprocess_detections_loops(
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
        boxes = decode(box_regression[start:stop], [of_image])
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


def postprocess_detections_matrices(
    class_logits,
    box_regression,
    proposals,
    image_shapes,
    score_thresh=0.05,
    nms_thresh=0.5,
    detections_per_img=100,
):
    results = [], [], []
    sizes = [p.shape[0] for p in proposals]
    exp = (class_logits - class_logits.logsumexp(dim=1, keepdim=True)).exp()
    boxes = decode(box_regression, proposals)
    for b, s, (h, w) in zip(boxes.split(sizes), exp.split(sizes), image_shapes, strict=True):
        limit = torch.tensor([w, h, w, h]).to(b)
        b = torch.minimum(b.clamp(min=0), limit)
        sides = b[..., 2:] - b[..., :2]
        good = (s > score_thresh) & (sides >= 0.01).all(dim=-1)
        good[:, 0] = False
        rois, labels = good.nonzero(as_tuple=True)
        b, s = b[rois, labels], s[rois, labels]
        apart = labels[:, None].to(b) * (2 * max(h, w) + 1)
        keep = ops.nms(b + apart, s, nms_thresh)[:detections_per_img]
        for part, values in zip(results, (b, s, labels), strict=True):
            part.append(values[keep])
    return results


def postprocess_detections_modules(
    class_logits,
    box_regression,
    proposals,
    image_shapes,
    score_thresh=0.05,
    nms_thresh=0.5,
    detections_per_img=100,
):
    softmax, results = nn.Softmax(dim=1), []
    splits = torch.tensor([0, *(len(p) for p in proposals)]).cumsum(0).tolist()
    for first, last, of_image, size in zip(
        splits, splits[1:], proposals, image_shapes, strict=False
    ):
        scores = softmax(class_logits[first:last])
        boxes = decode(box_regression[first:last], [of_image])
        boxes = ops.clip_boxes_to_image(boxes, size)
        kept = []
        for label in range(1, scores.shape[1]):
            rows = (scores[:, label] > score_thresh).nonzero()[:, 0]
            rows = rows[ops.remove_small_boxes(boxes[rows, label], 0.01)]
            rows = rows[ops.nms(boxes[rows, label], scores[rows, label], nms_thresh)]
            kept.append(torch.stack([rows, torch.full_like(rows, label)], dim=1))
        rows, labels = torch.cat(kept).unbind(1)
        order = scores[rows, labels].sort(descending=True).indices[:detections_per_img]
        rows, labels = rows[order], labels[order]
        results.append([boxes[rows, labels], scores[rows, labels], labels])
    return [list(part) for part in zip(*results, strict=True)]
