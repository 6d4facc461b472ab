"""Right answers of notebook 05, through NumPy where no gradient is asked for."""

import itertools

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torchvision import ops


def cell_anchors(scales, aspect_ratios, dtype=torch.float32, device="cpu"):
    ratio, scale = np.meshgrid(aspect_ratios, scales, indexing="ij")
    half = np.stack([scale / np.sqrt(ratio), scale * np.sqrt(ratio)], axis=-1).reshape(-1, 2) / 2
    return torch.from_numpy(np.rint(np.concatenate([-half, half], axis=1))).to(dtype).to(device)


def grid_anchors(grid_sizes, strides, cell_anchors):
    levels = []
    for size, stride, base in zip(grid_sizes, strides, cell_anchors, strict=True):
        row, column = np.indices(tuple(size)).reshape(2, -1)
        shift = np.stack([column * int(stride[1]), row * int(stride[0])] * 2, axis=1)
        boxes = shift[:, None, :] + base.numpy()[None, :, :]
        levels.append(torch.from_numpy(boxes.reshape(-1, 4)).to(base.dtype))
    return levels


class RPNHead(nn.Module):
    def __init__(self, in_channels, num_anchors, conv_depth=1):
        super().__init__()
        same = {"kernel_size": 3, "padding": "same"}
        self.conv = nn.ModuleList(
            nn.ModuleList([nn.Conv2d(in_channels, in_channels, **same)]) for _ in range(conv_depth)
        )
        self.cls_logits = nn.Conv2d(in_channels, num_anchors, (1, 1))
        self.bbox_pred = nn.Conv2d(in_channels, 4 * num_anchors, (1, 1))

    def forward(self, x):
        levels = list(x)
        for (layer,) in self.conv:
            levels = [F.relu(layer(level)) for level in levels]
        return list(map(self.cls_logits, levels)), list(map(self.bbox_pred, levels))


def decode_boxes(rel_codes, boxes):
    d, b = rel_codes.double().numpy(), boxes.double().numpy()
    w, h = b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]
    x = (b[:, 0] + b[:, 2]) / 2 + d[:, 0] * w
    y = (b[:, 1] + b[:, 3]) / 2 + d[:, 1] * h
    w = w * np.exp(np.minimum(d[:, 2], np.log(62.5)))
    h = h * np.exp(np.minimum(d[:, 3], np.log(62.5)))
    corners = np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], axis=1)
    return torch.from_numpy(corners).to(rel_codes.dtype)


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


def match_anchors(
    match_quality_matrix, high_threshold, low_threshold, allow_low_quality_matches=False
):
    iou = match_quality_matrix.numpy()
    best, index = iou.max(axis=0), iou.argmax(axis=0)
    kinds = [best < low_threshold, best < high_threshold]
    matches = np.select(kinds, [-1, -2], default=index)
    if allow_low_quality_matches:
        anchors = np.unique(np.nonzero(iou == iou.max(axis=1)[:, None])[1])
        matches[anchors] = index[anchors]
    return torch.from_numpy(matches)


def rpn_loss(objectness, pred_bbox_deltas, labels, regression_targets, fg_bg_sampler):
    masks = fg_bg_sampler(labels)
    positive, negative = (torch.where(torch.cat(mask))[0] for mask in masks)
    sampled = torch.cat([positive, negative])
    probability = torch.sigmoid(objectness[sampled, 0])
    label = torch.cat(labels)[sampled]
    objectness_loss = F.binary_cross_entropy(probability, label)
    difference = pred_bbox_deltas[positive] - torch.cat(regression_targets)[positive]
    box_loss = F.huber_loss(difference, torch.zeros_like(difference), delta=1 / 9, reduction="sum")
    return objectness_loss, 9 * box_loss / len(sampled)
