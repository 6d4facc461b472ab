"""Right answers to `TwoMLPHead`, one for each style."""

import torch
from torch import nn


class TwoMLPHead_loops(nn.Module):
    def __init__(self, in_channels, representation_size):
        super().__init__()
        self.fc6 = nn.Linear(in_channels, representation_size)
        self.fc7 = nn.Linear(representation_size, representation_size)

    def forward(self, x):
        rows = [self.fc7(self.fc6(roi.reshape(-1)).clamp(min=0)).clamp(min=0) for roi in x]
        return torch.stack(rows) if rows else x.new_zeros(0, self.fc7.out_features)


class TwoMLPHead_matrices(nn.Module):
    def __init__(self, in_channels, representation_size):
        super().__init__()
        self.fc6 = nn.Linear(in_channels, representation_size)
        self.fc7 = nn.Linear(representation_size, representation_size)

    def forward(self, x):
        flat = x.reshape(x.shape[0], self.fc6.in_features)
        first = torch.einsum("rm,nm->rn", flat, self.fc6.weight) + self.fc6.bias
        first = torch.where(first > 0, first, torch.zeros_like(first))
        second = first @ self.fc7.weight.T + self.fc7.bias
        return torch.where(second > 0, second, torch.zeros_like(second))


class TwoMLPHead_modules(nn.Sequential):
    def __init__(self, in_channels, representation_size):
        layers = {}
        layers["flatten"] = nn.Flatten()
        layers["fc6"] = nn.Linear(in_channels, representation_size)
        layers["relu6"] = nn.ReLU()
        layers["fc7"] = nn.Linear(representation_size, representation_size)
        layers["relu7"] = nn.ReLU(inplace=True)
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)
