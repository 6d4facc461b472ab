"""Right answers to `filter_proposals`, one for each style."""

import itertools
import math

import numpy as np
import torch
from torchvision import ops


def filter_proposals_arrays(
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
    boundaries = np.cumsum([0, *num_anchors_per_level])
    logits = objectness.detach().numpy().reshape(len(proposals), -1)
    results = []
    for boxes, of_image, (height, width) in zip(
        proposals.numpy(), logits, image_shapes, strict=True
    ):
        boxes = np.clip(boxes, 0, np.array([width, height, width, height], dtype=boxes.dtype))
        scores = 1 / (1 + np.exp(-of_image))
        picked = []
        for first, last in itertools.pairwise(boundaries):
            best = first + np.argsort(-of_image[first:last])[:pre_nms_top_n]
            sides = boxes[best, 2:] - boxes[best, :2]
            best = best[(sides >= min_size).all(axis=1) & (scores[best] >= score_thresh)]
            level = torch.from_numpy(boxes[best]), torch.from_numpy(scores[best])
            picked.append(best[ops.nms(*level, nms_thresh).numpy()])
        picked = np.concatenate(picked)
        picked = picked[np.argsort(-scores[picked])][:post_nms_top_n]
        results.append((torch.from_numpy(boxes[picked]), torch.from_numpy(scores[picked])))
    return [boxes for boxes, _ in results], [scores for _, scores in results]


def _iou(a, b):
    boxes = torch.tensor([a, b], dtype=torch.float64)
    return ops.box_iou(boxes[:1], boxes[1:]).item()


def filter_proposals_loops(
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


def filter_proposals_tensors(
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
    images = len(image_shapes)
    scores = objectness.detach().view(images, -1).sigmoid()
    tops, groups, start = [], [], 0
    for level, part in enumerate(scores.split(num_anchors_per_level, dim=1)):
        top = part.topk(min(pre_nms_top_n, part.shape[1]), dim=1).indices
        tops.append(top + start)
        groups.append(torch.full_like(top, level))
        start += part.shape[1]
    tops, groups = torch.cat(tops, dim=1), torch.cat(groups, dim=1)
    boxes = proposals.gather(1, tops[..., None].expand(-1, -1, 4))
    scores = scores.gather(1, tops)
    results = []
    for n in range(images):
        b = ops.clip_boxes_to_image(boxes[n], image_shapes[n])
        w, h = (b[:, 2:] - b[:, :2]).unbind(1)
        stay = (w >= min_size) & (h >= min_size) & (scores[n] >= score_thresh)
        b, s, g = b[stay], scores[n][stay], groups[n][stay]
        far = g[:, None].to(b.dtype) * (max(image_shapes[n]) + 1)
        keep = ops.nms(b + far, s, nms_thresh)[:post_nms_top_n]
        results.append((b[keep], s[keep]))
    boxes, scores = zip(*results, strict=True)
    return list(boxes), list(scores)
