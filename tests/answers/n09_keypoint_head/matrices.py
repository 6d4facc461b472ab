"""Right answers of notebook 09, with matrices, NumPy where no gradient is asked, and einsum."""

import math

import torch
import torch.nn.functional as F
from torch import nn


class KeypointRCNNHeads(nn.Module):
    def __init__(self, in_channels, layers):
        super().__init__()
        for index, out_channels in enumerate(layers):
            setattr(self, str(2 * index), nn.Conv2d(in_channels, out_channels, 3))
            in_channels = out_channels

    def forward(self, x):
        for layer in self.children():
            rows, columns = x.shape[2:]
            patches = F.unfold(x, kernel_size=3, padding=1)
            x = torch.einsum("oi,ril->rol", layer.weight.flatten(1), patches)
            x = (x + layer.bias[:, None]).clamp(min=0).unflatten(2, (rows, columns))
        return x


class KeypointRCNNPredictor(nn.Module):
    def __init__(self, in_channels, num_keypoints):
        super().__init__()
        self.kps_score_lowres = nn.ConvTranspose2d(in_channels, num_keypoints, 4, 2, 1)

    def forward(self, x):
        if not len(x):
            height, width = x.shape[2:]
            channels = self.kps_score_lowres.out_channels
            return x.new_zeros(0, channels, 4 * height, 4 * width)
        x = self.kps_score_lowres(x)
        rows, columns = (self.doubling(side).to(x.dtype) for side in x.shape[2:])
        return rows @ x @ columns.t()

    @staticmethod
    def doubling(side):
        places = ((torch.arange(2 * side) + 0.5) / 2 - 0.5).clamp(0, side - 1)
        return (1 - (places[:, None] - torch.arange(side)).abs()).clamp(min=0)


def keypoints_to_heatmap(keypoints, rois, heatmap_size):
    import numpy as np

    points, boxes = keypoints.double().numpy(), rois.double().numpy()[:, None]
    relative = (points[..., :2] - boxes[..., :2]) / (boxes[..., 2:] - boxes[..., :2])
    inside = ((relative >= 0) & (relative <= 1)).all(axis=2)
    valid = inside & (points[..., 2] > 0)
    cells = np.clip(np.floor(relative * heatmap_size), 0, heatmap_size - 1).astype(np.int64)
    index = np.where(valid, cells @ np.array([1, heatmap_size]), 0)
    return torch.from_numpy(index), torch.from_numpy(valid.astype(np.int64))


def keypointrcnn_loss(keypoint_logits, proposals, gt_keypoints, keypoint_matched_idxs):
    number, keypoints, size, _ = keypoint_logits.shape
    one_hot = keypoint_logits.new_zeros(number, keypoints, size * size)
    first = 0
    for rois, people, match in zip(proposals, gt_keypoints, keypoint_matched_idxs, strict=True):
        cells, valid = keypoints_to_heatmap(people[match], rois, size)
        part = one_hot[first : first + len(rois)]
        part.scatter_(2, cells[..., None], valid[..., None].to(one_hot.dtype))
        first += len(rois)
    logs = F.log_softmax(keypoint_logits.flatten(2), dim=2)
    return -(logs * one_hot).sum() / one_hot.sum().clamp(min=1)


def heatmaps_to_keypoints(maps, rois):
    def cubic(cells, pixels):
        """Keys's kernel with a = -0.75, as a matrix [pixels, cells]; borders are repeated."""
        places = (torch.arange(pixels, dtype=torch.float64) + 0.5) * cells / pixels - 0.5
        taps = places.floor()[:, None] + torch.arange(-1, 3)
        d, a = (places[:, None] - taps).abs(), -0.75
        near = (a + 2) * d**3 - (a + 3) * d**2 + 1
        far = a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a
        weights = torch.where(d <= 1, near, far)
        matrix = torch.zeros(pixels, cells, dtype=torch.float64)
        return matrix.scatter_add_(1, taps.clamp(0, cells - 1).long(), weights)

    found = torch.ones(*maps.shape[:2], 3)
    scores = torch.zeros(maps.shape[:2])
    sizes = (rois[:, 2:] - rois[:, :2]).clamp(min=1).tolist()
    for index, (width, height) in enumerate(sizes):
        columns, rows = math.ceil(width), math.ceil(height)
        down, across = cubic(maps.shape[2], rows), cubic(maps.shape[3], columns)
        large = torch.einsum("ij,kjl,ml->kim", down, maps[index].double(), across)
        scores[index], place = large.flatten(1).max(dim=1)
        found[index, :, 0] = rois[index, 0] + (place % columns + 0.5) * width / columns
        found[index, :, 1] = (
            rois[index, 1] + (place.div(columns, rounding_mode="floor") + 0.5) * height / rows
        )
    return found, scores


def object_keypoint_similarity(pred_keypoints, gt_keypoints, gt_areas, sigmas):
    labelled = (gt_keypoints[..., 2] > 0).to(pred_keypoints.dtype)
    apart = pred_keypoints[:, None, :, :2] - gt_keypoints[None, :, :, :2]
    scaled = torch.einsum("dgkc,k->dgkc", apart, 1 / sigmas)
    exponent = torch.einsum("dgkc,dgkc,g->dgk", scaled, scaled, 1 / (8 * gt_areas))
    weights = labelled / labelled.sum(dim=1, keepdim=True)
    return torch.einsum("dgk,gk->dg", torch.exp(-exponent), weights)
