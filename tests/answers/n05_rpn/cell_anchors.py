"""Right answers to `cell_anchors`, one for each style."""

import math

import numpy as np
import torch
from torchvision import ops


def cell_anchors_arrays(scales, aspect_ratios, dtype=torch.float32, device="cpu"):
    ratio, scale = np.meshgrid(aspect_ratios, scales, indexing="ij")
    half = np.stack([scale / np.sqrt(ratio), scale * np.sqrt(ratio)], axis=-1).reshape(-1, 2) / 2
    return torch.from_numpy(np.rint(np.concatenate([-half, half], axis=1))).to(dtype).to(device)


def cell_anchors_loops(scales, aspect_ratios, dtype=torch.float32, device="cpu"):
    anchors = []
    for ratio in aspect_ratios:
        for scale in scales:
            width, height = scale / math.sqrt(ratio), scale * math.sqrt(ratio)
            corners = (-width / 2, -height / 2, width / 2, height / 2)
            anchors.append([float(round(corner)) for corner in corners])
    return torch.tensor(anchors, dtype=dtype, device=device)


def cell_anchors_tensors(scales, aspect_ratios, dtype=torch.float32, device="cpu"):
    pairs = torch.cartesian_prod(
        torch.tensor(aspect_ratios, dtype=torch.float64), torch.tensor(scales, dtype=torch.float64)
    ).reshape(-1, 2)
    area = pairs[:, 1] ** 2
    width = (area / pairs[:, 0]).sqrt()
    centred = torch.stack([torch.zeros_like(width)] * 2 + [width, area / width], dim=1)
    return ops.box_convert(centred, "cxcywh", "xyxy").round().to(dtype=dtype, device=device)
