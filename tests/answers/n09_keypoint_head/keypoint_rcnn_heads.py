"""Right answers to `KeypointRCNNHeads`, one for each style."""

import torch
import torch.nn.functional as F
from torch import nn


class KeypointRCNNHeads_functional(nn.ModuleList):
    def __init__(self, in_channels, layers):
        super().__init__()
        for after in layers:
            self.extend([nn.Conv2d(in_channels, after, kernel_size=3, padding="same"), nn.ReLU()])
            in_channels = after

    def forward(self, x):
        for layer in self:
            x = layer(x)
        return x


class KeypointRCNNHeads_loops(nn.Sequential):
    def __init__(self, in_channels, layers):
        super().__init__()
        for index, out_channels in enumerate(layers):
            self.add_module(str(2 * index), nn.Conv2d(in_channels, out_channels, 3, padding=1))
            self.add_module(str(2 * index + 1), nn.ReLU())
            in_channels = out_channels


class KeypointRCNNHeads_matrices(nn.Module):
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
