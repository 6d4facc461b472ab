"""Right answers of notebook 09, in plain loops."""

import math

import torch
import torch.nn.functional as F
from torch import nn


class KeypointRCNNHeads(nn.Sequential):
    def __init__(self, in_channels, layers):
        super().__init__()
        for index, out_channels in enumerate(layers):
            self.add_module(str(2 * index), nn.Conv2d(in_channels, out_channels, 3, padding=1))
            self.add_module(str(2 * index + 1), nn.ReLU())
            in_channels = out_channels


class KeypointRCNNPredictor(nn.Module):
    def __init__(self, in_channels, num_keypoints):
        super().__init__()
        self.kps_score_lowres = nn.ConvTranspose2d(in_channels, num_keypoints, 4, 2, 1)
        self.enlarge = nn.Upsample(scale_factor=2, mode="bilinear")

    def forward(self, x):
        return self.enlarge(self.kps_score_lowres(x))


def keypoints_to_heatmap(keypoints, rois, heatmap_size):
    cells = torch.zeros(keypoints.shape[:2], dtype=torch.int64)
    valid = torch.zeros(keypoints.shape[:2], dtype=torch.int64)
    for r, (x1, y1, x2, y2) in enumerate(rois.tolist()):
        for k, (x, y, visibility) in enumerate(keypoints[r].tolist()):
            if visibility == 0 or not (x1 <= x <= x2 and y1 <= y <= y2):
                continue
            column = min(int((x - x1) / (x2 - x1) * heatmap_size), heatmap_size - 1)
            row = min(int((y - y1) / (y2 - y1) * heatmap_size), heatmap_size - 1)
            cells[r, k] = row * heatmap_size + column
            valid[r, k] = 1
    return cells, valid


def keypointrcnn_loss(keypoint_logits, proposals, gt_keypoints, keypoint_matched_idxs):
    total, count, row = keypoint_logits.sum() * 0, 0, 0
    for image, rois in enumerate(proposals):
        for r in range(len(rois)):
            person = gt_keypoints[image][keypoint_matched_idxs[image][r]]
            cells, valid = keypoints_to_heatmap(
                person[None], rois[r : r + 1], keypoint_logits.shape[-1]
            )
            for k in range(len(person)):
                if valid[0, k]:
                    logits = keypoint_logits[row, k].flatten()
                    total = total + torch.logsumexp(logits, dim=0) - logits[cells[0, k]]
                    count += 1
            row += 1
    return total / max(count, 1)


def heatmaps_to_keypoints(maps, rois):
    keypoints = torch.ones(len(maps), maps.shape[1], 3)
    scores = torch.zeros(len(maps), maps.shape[1])
    for r, (x1, y1, x2, y2) in enumerate(rois.tolist()):
        width, height = max(x2 - x1, 1.0), max(y2 - y1, 1.0)
        size = math.ceil(height), math.ceil(width)
        for k in range(maps.shape[1]):
            large = F.interpolate(maps[r : r + 1, k : k + 1], size=size, mode="bicubic")[0, 0]
            row, column = divmod(int(large.argmax()), size[1])
            keypoints[r, k, 0] = x1 + (column + 0.5) / size[1] * width
            keypoints[r, k, 1] = y1 + (row + 0.5) / size[0] * height
            scores[r, k] = large[row, column]
    return keypoints, scores


def object_keypoint_similarity(pred_keypoints, gt_keypoints, gt_areas, sigmas):
    result = pred_keypoints.new_zeros(len(pred_keypoints), len(gt_keypoints))
    for d, predicted in enumerate(pred_keypoints.tolist()):
        for g, true in enumerate(gt_keypoints.tolist()):
            similarities = [
                math.exp(-((px - x) ** 2 + (py - y) ** 2) / (8 * gt_areas[g].item() * sigma**2))
                for (px, py, _), (x, y, v), sigma in zip(
                    predicted, true, sigmas.tolist(), strict=True
                )
                if v > 0
            ]
            result[d, g] = sum(similarities) / len(similarities)
    return result
