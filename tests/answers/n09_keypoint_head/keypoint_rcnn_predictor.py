"""Right answers to `KeypointRCNNPredictor`, one for each style."""

import torch
import torch.nn.functional as F
from torch import nn


class KeypointRCNNPredictor_functional(nn.Module):
    def __init__(self, in_channels, num_keypoints):
        super().__init__()
        self.kps_score_lowres = nn.Module()
        self.kps_score_lowres.weight = nn.Parameter(torch.zeros(in_channels, num_keypoints, 4, 4))
        self.kps_score_lowres.bias = nn.Parameter(torch.zeros(num_keypoints))

    def forward(self, x):
        layer = self.kps_score_lowres
        x = F.conv_transpose2d(x, layer.weight, layer.bias, stride=2, padding=1)
        size = [2 * side for side in x.shape[2:]]
        return F.interpolate(x, size=size, mode="bilinear", align_corners=False)


class KeypointRCNNPredictor_loops(nn.Module):
    def __init__(self, in_channels, num_keypoints):
        super().__init__()
        self.kps_score_lowres = nn.ConvTranspose2d(in_channels, num_keypoints, 4, 2, 1)
        self.enlarge = nn.Upsample(scale_factor=2, mode="bilinear")

    def forward(self, x):
        return self.enlarge(self.kps_score_lowres(x))


class KeypointRCNNPredictor_matrices(nn.Module):
    def __init__(self, in_channels, num_keypoints):
        super().__init__()
        self.kps_score_lowres = nn.ConvTranspose2d(in_channels, num_keypoints, 4, 2, 1)

    def forward(self, x):
        if not len(x):
            height, width = x.shape[2:]
            channels = self.kps_score_lowres.out_channels
            return x.new_zeros(0, channels, 4 * height, 4 * width)
        x = self.kps_score_lowres(x)
        rows, columns = (self.doubling(side).to(x.dtype) for side in x.shape[2:])
        return rows @ x @ columns.t()

    @staticmethod
    def doubling(side):
        places = ((torch.arange(2 * side) + 0.5) / 2 - 0.5).clamp(0, side - 1)
        return (1 - (places[:, None] - torch.arange(side)).abs()).clamp(min=0)
