"""Right answers to `assign_levels`, one for each style."""

import math

import torch


def assign_levels_gathers(
    boxes, k_min=2, k_max=5, canonical_scale=224, canonical_level=4, eps=1e-6
):
    corners = torch.cat(list(boxes), dim=0)
    sizes = (corners[:, 2:] - corners[:, :2]).prod(dim=1).sqrt()
    steps = torch.arange(k_min + 1, k_max + 1, dtype=torch.float64)
    smallest = canonical_scale * 2 ** (steps - canonical_level - eps)
    return (sizes[:, None] >= smallest).sum(dim=1)


def assign_levels_layers(boxes, k_min=2, k_max=5, canonical_scale=224, canonical_level=4, eps=1e-6):
    from torchvision.ops import box_area, box_convert

    sizes = torch.cat([box_convert(b, "xyxy", "xywh")[:, 2:].prod(1) for b in boxes]).sqrt()
    assert torch.equal(sizes, torch.cat([box_area(b) for b in boxes]).sqrt())
    octaves = torch.log2(sizes) - torch.log2(torch.tensor(canonical_scale, dtype=sizes.dtype))
    levels = torch.floor(octaves + canonical_level + eps)
    return torch.clamp(levels, min=k_min, max=k_max).to(torch.int64).sub(k_min)


def assign_levels_loops(boxes, k_min=2, k_max=5, canonical_scale=224, canonical_level=4, eps=1e-6):
    levels = []
    for of_image in boxes:
        for x1, y1, x2, y2 in of_image.tolist():
            area = (x2 - x1) * (y2 - y1)
            level = k_min
            if area > 0:
                exact = canonical_level + math.log2(math.sqrt(area) / canonical_scale) + eps
                level = max(k_min, min(k_max, math.floor(exact)))
            levels.append(level - k_min)
    return torch.tensor(levels, dtype=torch.int64)


def assign_levels_matrices(
    boxes, k_min=2, k_max=5, canonical_scale=224, canonical_level=4, eps=1e-6
):
    import numpy as np

    x1, y1, x2, y2 = np.concatenate([b.numpy() for b in boxes]).astype(float).T
    with np.errstate(divide="ignore"):
        exact = canonical_level - np.log2(canonical_scale) + 0.5 * np.log2((x2 - x1) * (y2 - y1))
    levels = np.clip(np.floor(exact + eps), k_min, k_max) - k_min
    return torch.from_numpy(levels.astype(np.int64))
