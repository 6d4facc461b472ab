"""Right answers to `heatmaps_to_keypoints`, one for each style."""

import math

import torch
import torch.nn.functional as F


def heatmaps_to_keypoints_functional(maps, rois):
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


def heatmaps_to_keypoints_loops(maps, rois):
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


def heatmaps_to_keypoints_matrices(maps, rois):
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
