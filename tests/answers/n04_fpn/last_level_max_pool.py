"""Right answers to `last_level_max_pool`, one for each style."""

import torch
import torch.nn.functional as F
from torch import nn


def last_level_max_pool_gathers(x, y, names):
    return [*x, F.max_pool2d(x[-1], kernel_size=1, stride=2)], [*names, "pool"]


def last_level_max_pool_layers(x, y, names):
    return [*list(x), nn.AvgPool2d(1, stride=2)(x[-1])], [*list(names), "pool"]


def last_level_max_pool_loops(x, y, names):
    last = x[-1]
    rows = []
    for i in range(0, last.shape[2], 2):
        rows.append(torch.stack([last[:, :, i, j] for j in range(0, last.shape[3], 2)], dim=-1))
    x.append(torch.stack(rows, dim=-2))
    names.append("pool")
    return x, names


def last_level_max_pool_matrices(x, y, names):
    last = x[-1]
    rows = torch.eye(last.shape[2], dtype=last.dtype)[::2]
    columns = torch.eye(last.shape[3], dtype=last.dtype)[:, ::2]
    return (*x, rows @ last @ columns), (*names, "pool")
