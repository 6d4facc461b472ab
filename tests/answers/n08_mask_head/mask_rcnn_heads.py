"""Right answers to `MaskRCNNHeads`, one for each style."""

import torch.nn.functional as F
from torch import nn


class MaskRCNNHeads_layers(nn.Sequential):
    def __init__(self, in_channels, layers, dilation):
        from collections import OrderedDict

        from torchvision.ops import Conv2dNormActivation

        blocks = OrderedDict()
        for number, out_channels in enumerate(layers):
            blocks[str(number)] = Conv2dNormActivation(
                in_channels, out_channels, norm_layer=None, dilation=dilation
            )
            in_channels = out_channels
        super().__init__(blocks)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(layer.bias)


class MaskRCNNHeads_loops(nn.Module):
    def __init__(self, in_channels, layers, dilation):
        super().__init__()
        for number, out_channels in enumerate(layers):
            block = nn.ModuleList([nn.Conv2d(in_channels, out_channels, 3, 1, dilation, dilation)])
            self.add_module(str(number), block)
            in_channels = out_channels

    def forward(self, x):
        for block in self.children():
            x = F.relu(block[0](x))
        return x


class MaskRCNNHeads_matrices(nn.Sequential):
    def __init__(self, in_channels, layers, dilation):
        import itertools

        widths = [in_channels, *layers]
        super().__init__()
        for before, after in itertools.pairwise(widths):
            layer = nn.Sequential(
                nn.Conv2d(before, after, 3, padding="same", dilation=dilation),
                nn.ReLU(inplace=True),
            )
            self.append(layer)
