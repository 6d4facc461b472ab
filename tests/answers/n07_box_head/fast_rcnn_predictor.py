"""Right answers to `FastRCNNPredictor`, one for each style."""

import torch
from torch import nn


class FastRCNNPredictor_loops(nn.Module):
    def __init__(self, in_channels, num_classes):
        super().__init__()
        self.cls_score = nn.Linear(in_channels, num_classes)
        self.bbox_pred = nn.Linear(in_channels, num_classes * 4)

    def forward(self, x):
        if x.dim() == 4:
            x = x[:, :, 0, 0]
        scores = [self.cls_score(roi) for roi in x]
        deltas = [self.bbox_pred(roi) for roi in x]
        if not scores:
            classes = self.cls_score.out_features
            return x.new_zeros(0, classes), x.new_zeros(0, 4 * classes)
        return torch.stack(scores), torch.stack(deltas)


class FastRCNNPredictor_matrices(nn.Module):
    def __init__(self, in_channels, num_classes):
        super().__init__()
        self.cls_score = nn.Linear(in_channels, num_classes)
        self.bbox_pred = nn.Linear(in_channels, num_classes * 4)

    def forward(self, x):
        x = x.reshape(x.shape[0], self.cls_score.in_features)
        weight = torch.cat([self.cls_score.weight, self.bbox_pred.weight])
        bias = torch.cat([self.cls_score.bias, self.bbox_pred.bias])
        both = x @ weight.T + bias
        return tuple(both.split([len(self.cls_score.bias), len(self.bbox_pred.bias)], dim=1))


class FastRCNNPredictor_modules(nn.Module):
    def __init__(self, in_channels, num_classes):
        super().__init__()
        outputs = {"cls_score": num_classes, "bbox_pred": 4 * num_classes}
        for name, count in outputs.items():
            self.add_module(name, nn.Linear(in_channels, count))
        self.flatten = nn.Flatten()

    def forward(self, x):
        return [layer(self.flatten(x)) for layer in (self.cls_score, self.bbox_pred)]
