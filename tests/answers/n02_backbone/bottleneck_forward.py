"""Right answers to `bottleneck_forward`, one for each style."""

from functools import reduce

import torch
import torch.nn.functional as F
from torch import nn


def bottleneck_forward_functional(block, x):
    identity = x
    out = F.conv2d(x, block.conv1.weight)
    out = F.relu(block.bn1(out))
    conv = block.conv2
    out = F.conv2d(out, conv.weight, None, conv.stride, conv.padding, conv.dilation, conv.groups)
    out = F.relu(block.bn2(out))
    out = block.bn3(F.conv2d(out, block.conv3.weight))
    if block.downsample:
        identity = block.downsample(x)
    out += identity
    return out.clamp(min=0)


def bottleneck_forward_loops(block, x):
    out = x
    for number in (1, 2, 3):
        out = getattr(block, f"conv{number}")(out)
        out = getattr(block, f"bn{number}")(out)
        if number < 3:
            out = torch.relu(out)
    if block.downsample is not None:
        for layer in block.downsample:
            x = layer(x)
    return torch.relu(out + x)


def bottleneck_forward_matrices(block, x):
    relu = nn.ReLU()
    way = nn.Sequential(
        block.conv1, block.bn1, relu, block.conv2, block.bn2, relu, block.conv3, block.bn3
    )
    shortcut = block.downsample or nn.Identity()
    return relu(torch.stack([way(x), shortcut(x)]).sum(dim=0))


def bottleneck_forward_folded(block, x):
    steps = [block.conv1, block.bn1, torch.relu, block.conv2, block.bn2, torch.relu]
    out = reduce(lambda value, step: step(value), [*steps, block.conv3, block.bn3], x)
    return (out + (x if block.downsample is None else block.downsample(x))).clamp(min=0)
