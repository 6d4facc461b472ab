"""Right answers to `keypoints_to_heatmap`, one for each style."""

import torch


def keypoints_to_heatmap_functional(keypoints, rois, heatmap_size):
    corner, opposite = rois[:, None, :2], rois[:, None, 2:]
    places = keypoints[:, :, :2]
    cells = ((places - corner) / (opposite - corner) * heatmap_size).floor()
    cells = torch.where(places == opposite, heatmap_size - 1, cells).long()
    inside = ((cells >= 0) & (cells < heatmap_size)).all(dim=2)
    valid = inside & (keypoints[:, :, 2] != 0)
    index = cells[..., 1] * heatmap_size + cells[..., 0]
    return index.masked_fill(~valid, 0), valid.to(torch.int64)


def keypoints_to_heatmap_loops(keypoints, rois, heatmap_size):
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


def keypoints_to_heatmap_matrices(keypoints, rois, heatmap_size):
    import numpy as np

    points, boxes = keypoints.double().numpy(), rois.double().numpy()[:, None]
    relative = (points[..., :2] - boxes[..., :2]) / (boxes[..., 2:] - boxes[..., :2])
    inside = ((relative >= 0) & (relative <= 1)).all(axis=2)
    valid = inside & (points[..., 2] > 0)
    cells = np.clip(np.floor(relative * heatmap_size), 0, heatmap_size - 1).astype(np.int64)
    index = np.where(valid, cells @ np.array([1, heatmap_size]), 0)
    return torch.from_numpy(index), torch.from_numpy(valid.astype(np.int64))
