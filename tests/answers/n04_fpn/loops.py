"""Right answers of notebook 04, written with plain loops over cells, levels and boxes."""

import math

import torch
from torch import nn


def top_down_merge(lateral, top):
    H, W = lateral.shape[2:]
    h, w = top.shape[2:]
    rows = []
    for i in range(H):
        cells = [lateral[:, :, i, j] + top[:, :, i * h // H, j * w // W] for j in range(W)]
        rows.append(torch.stack(cells, dim=-1))
    return torch.stack(rows, dim=-2)


class FeaturePyramidNetwork(nn.Module):
    def __init__(self, in_channels_list, out_channels, extra_blocks=None):
        super().__init__()
        self.inner_blocks = nn.ModuleList()
        self.layer_blocks = nn.ModuleList()
        for in_channels in in_channels_list:
            inner, layer = nn.Module(), nn.Module()
            inner.add_module("0", nn.Conv2d(in_channels, out_channels, 1))
            layer.add_module("0", nn.Conv2d(out_channels, out_channels, 3, 1, 1))
            self.inner_blocks.append(inner)
            self.layer_blocks.append(layer)
        self.extra = [extra_blocks]

    def forward(self, x):
        result = dict.fromkeys(x)
        above = None
        for level, name in reversed(list(enumerate(x))):
            lateral = getattr(self.inner_blocks[level], "0")(x[name])
            above = lateral if above is None else top_down_merge(lateral, above)
            result[name] = getattr(self.layer_blocks[level], "0")(above)
        for extra in self.extra:
            if extra:
                levels, names = extra(list(result.values()), list(x.values()), list(x))
                result = {names[i]: level for i, level in enumerate(levels)}
        return result


def last_level_max_pool(x, y, names):
    last = x[-1]
    rows = []
    for i in range(0, last.shape[2], 2):
        rows.append(torch.stack([last[:, :, i, j] for j in range(0, last.shape[3], 2)], dim=-1))
    x.append(torch.stack(rows, dim=-2))
    names.append("pool")
    return x, names


def assign_levels(boxes, k_min=2, k_max=5, canonical_scale=224, canonical_level=4, eps=1e-6):
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
