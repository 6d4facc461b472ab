"""Right answers to `uncertain_points`, one for each style."""

import torch


def uncertain_points_sorted(logits, count):
    height, width = logits.shape[-2:]
    points = []
    for mask in logits[:, 0]:
        cells = [(abs(v), i, j) for i, row in enumerate(mask.tolist()) for j, v in enumerate(row)]
        chosen = sorted(cells)[:count]
        points.append([[(j + 0.5) / width, (i + 0.5) / height] for _, i, j in chosen])
    return torch.tensor(points, dtype=logits.dtype).reshape(-1, count, 2)


def uncertain_points_grid(logits, count):
    _, _, height, width = logits.shape
    y = (torch.arange(height, dtype=logits.dtype) + 0.5) / height
    x = (torch.arange(width, dtype=logits.dtype) + 0.5) / width
    centres = torch.cartesian_prod(y, x).flip(1)
    order = logits.flatten(1).square().argsort(dim=1)
    return centres[order[:, :count]]


def uncertain_points_opposites(logits, count):
    height, width = logits.shape[2:]
    doubt = -torch.maximum(logits, -logits).reshape(len(logits), height * width)
    places = doubt.topk(count).indices
    xy = torch.stack([places.remainder(width), places.div(width, rounding_mode="floor")], dim=-1)
    return ((2 * xy + 1) / torch.tensor([2 * width, 2 * height])).to(logits.dtype)
