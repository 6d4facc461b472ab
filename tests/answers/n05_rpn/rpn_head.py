"""Right answers to `RPNHead`, one for each style."""

import torch.nn.functional as F
from torch import nn
from torchvision.ops import Conv2dNormActivation


class RPNHead_arrays(nn.Module):
    def __init__(self, in_channels, num_anchors, conv_depth=1):
        super().__init__()
        same = {"kernel_size": 3, "padding": "same"}
        self.conv = nn.ModuleList(
            nn.ModuleList([nn.Conv2d(in_channels, in_channels, **same)]) for _ in range(conv_depth)
        )
        self.cls_logits = nn.Conv2d(in_channels, num_anchors, (1, 1))
        self.bbox_pred = nn.Conv2d(in_channels, 4 * num_anchors, (1, 1))

    def forward(self, x):
        levels = list(x)
        for (layer,) in self.conv:
            levels = [F.relu(layer(level)) for level in levels]
        return list(map(self.cls_logits, levels)), list(map(self.bbox_pred, levels))


class RPNHead_loops(nn.Module):
    def __init__(self, in_channels, num_anchors, conv_depth=1):
        super().__init__()
        self.conv = nn.Sequential()
        for number in range(conv_depth):
            block = nn.Sequential(nn.Conv2d(in_channels, in_channels, 3, 1, 1), nn.ReLU(True))
            self.conv.add_module(str(number), block)
        self.cls_logits = nn.Conv2d(in_channels, num_anchors, 1)
        self.bbox_pred = nn.Conv2d(in_channels, num_anchors * 4, 1)

    def forward(self, x):
        logits, deltas = [], []
        for feature in x:
            hidden = self.conv(feature)
            logits.append(self.cls_logits(hidden))
            deltas.append(self.bbox_pred(hidden))
        return logits, deltas


class RPNHead_tensors(nn.Module):
    def __init__(self, in_channels, num_anchors, conv_depth=1):
        super().__init__()
        self.conv = nn.Sequential(
            *(
                Conv2dNormActivation(in_channels, in_channels, kernel_size=3, norm_layer=None)
                for _ in range(conv_depth)
            )
        )
        self.cls_logits = nn.Conv2d(in_channels, num_anchors, kernel_size=1)
        self.bbox_pred = nn.Conv2d(in_channels, num_anchors * 4, kernel_size=1)
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.01)

    def forward(self, x):
        results = [(self.cls_logits(t), self.bbox_pred(t)) for t in map(self.conv, x)]
        return [logits for logits, _ in results], [deltas for _, deltas in results]
