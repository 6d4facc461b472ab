"""Right answers to `MaskRCNNPredictor`, one for each style."""

import torch
from torch import nn


class MaskRCNNPredictor_layers(nn.Sequential):
    def __init__(self, in_channels, dim_reduced, num_classes):
        super().__init__()
        self.add_module("conv5_mask", nn.ConvTranspose2d(in_channels, dim_reduced, 2, 2, 0))
        self.add_module("relu", nn.ReLU(inplace=True))
        self.add_module("mask_fcn_logits", nn.Conv2d(dim_reduced, num_classes, 1, 1, 0))
        for name, parameter in self.named_parameters():
            if "weight" in name:
                nn.init.kaiming_normal_(parameter, mode="fan_out", nonlinearity="relu")


class MaskRCNNPredictor_loops(nn.Module):
    def __init__(self, in_channels, dim_reduced, num_classes):
        super().__init__()
        self.conv5_mask = nn.ConvTranspose2d(in_channels, dim_reduced, 2, 2)
        self.mask_fcn_logits = nn.Conv2d(dim_reduced, num_classes, 1)

    def forward(self, x):
        weight, bias = self.conv5_mask.weight, self.conv5_mask.bias
        R, _, H, W = x.shape
        up = x.new_zeros(R, weight.shape[1], 2 * H, 2 * W)
        for i in range(2):
            for j in range(2):
                up[:, :, i::2, j::2] = torch.einsum("rchw,cd->rdhw", x, weight[:, :, i, j])
        up = (up + bias[:, None, None]).clamp(min=0)
        return self.mask_fcn_logits(up)


class MaskRCNNPredictor_matrices(nn.Module):
    def __init__(self, in_channels, dim_reduced, num_classes):
        super().__init__()
        self.conv5_mask = nn.ConvTranspose2d(in_channels, dim_reduced, 2, 2)
        self.mask_fcn_logits = nn.Conv2d(dim_reduced, num_classes, 1)

    def forward(self, x):
        up, out = self.conv5_mask, self.mask_fcn_logits
        R, _, H, W = x.shape
        blocks = torch.einsum("rchw,cdij->rdhiwj", x, up.weight)
        hidden = blocks.reshape(R, up.out_channels, 2 * H, 2 * W) + up.bias.view(-1, 1, 1)
        scores = hidden.relu().movedim(1, -1) @ out.weight[:, :, 0, 0].T + out.bias
        return scores.movedim(-1, 1)
