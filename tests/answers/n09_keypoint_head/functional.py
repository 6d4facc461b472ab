"""Right answers of notebook 09, from parameters, masks and indices."""

import torch
import torch.nn.functional as F
from torch import nn


class KeypointRCNNHeads(nn.ModuleList):
    def __init__(self, in_channels, layers):
        super().__init__()
        for after in layers:
            self.extend([nn.Conv2d(in_channels, after, kernel_size=3, padding="same"), nn.ReLU()])
            in_channels = after

    def forward(self, x):
        for layer in self:
            x = layer(x)
        return x


class KeypointRCNNPredictor(nn.Module):
    def __init__(self, in_channels, num_keypoints):
        super().__init__()
        self.kps_score_lowres = nn.Module()
        self.kps_score_lowres.weight = nn.Parameter(torch.zeros(in_channels, num_keypoints, 4, 4))
        self.kps_score_lowres.bias = nn.Parameter(torch.zeros(num_keypoints))

    def forward(self, x):
        layer = self.kps_score_lowres
        x = F.conv_transpose2d(x, layer.weight, layer.bias, stride=2, padding=1)
        size = [2 * side for side in x.shape[2:]]
        return F.interpolate(x, size=size, mode="bilinear", align_corners=False)


def keypoints_to_heatmap(keypoints, rois, heatmap_size):
    corner, opposite = rois[:, None, :2], rois[:, None, 2:]
    places = keypoints[:, :, :2]
    cells = ((places - corner) / (opposite - corner) * heatmap_size).floor()
    cells = torch.where(places == opposite, heatmap_size - 1, cells).long()
    inside = ((cells >= 0) & (cells < heatmap_size)).all(dim=2)
    valid = inside & (keypoints[:, :, 2] != 0)
    index = cells[..., 1] * heatmap_size + cells[..., 0]
    return index.masked_fill(~valid, 0), valid.to(torch.int64)


def keypointrcnn_loss(keypoint_logits, proposals, gt_keypoints, keypoint_matched_idxs):
    people = torch.cat([k[i] for k, i in zip(gt_keypoints, keypoint_matched_idxs, strict=True)])
    index, valid = keypoints_to_heatmap(people, torch.cat(proposals), keypoint_logits.shape[-1])
    if valid.sum() == 0:
        return keypoint_logits.sum() * 0
    index = torch.where(valid == 1, index, -100)
    return F.cross_entropy(keypoint_logits.flatten(2).flatten(0, 1), index.flatten())


def heatmaps_to_keypoints(maps, rois):
    corners, sizes = rois[:, :2], (rois[:, 2:] - rois[:, :2]).clamp(min=1)
    grids = sizes.ceil()
    keypoints, scores = [], []
    for heatmaps, corner, size, grid in zip(maps, corners, sizes, grids, strict=True):
        width, height = grid.int().tolist()
        large = F.interpolate(heatmaps[None], size=(height, width), mode="bicubic")[0]
        score, place = large.reshape(len(heatmaps), -1).max(dim=1)
        row, column = torch.unravel_index(place, (height, width))
        xy = (torch.stack([column, row], dim=1) + 0.5) * (size / grid) + corner
        keypoints.append(F.pad(xy, (0, 1), value=1.0))
        scores.append(score)
    if not keypoints:
        return maps.new_zeros(0, maps.shape[1], 3), maps.new_zeros(0, maps.shape[1])
    return torch.stack(keypoints), torch.stack(scores)


def object_keypoint_similarity(pred_keypoints, gt_keypoints, gt_areas, sigmas):
    x, y, visibility = gt_keypoints.unbind(dim=-1)
    dx = pred_keypoints[:, None, :, 0] - x
    dy = pred_keypoints[:, None, :, 1] - y
    exponent = -(dx**2 + dy**2) / (2 * (2 * sigmas) ** 2 * gt_areas[:, None])
    similarity = exponent.exp().masked_fill(visibility <= 0, 0.0)
    return similarity.sum(dim=-1) / (visibility > 0).sum(dim=-1)
