"""Right answers to `decode_boxes`, one for each style."""

import math

import numpy as np
import torch
from torchvision import ops


def decode_boxes_arrays(rel_codes, boxes):
    d, b = rel_codes.double().numpy(), boxes.double().numpy()
    w, h = b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]
    x = (b[:, 0] + b[:, 2]) / 2 + d[:, 0] * w
    y = (b[:, 1] + b[:, 3]) / 2 + d[:, 1] * h
    w = w * np.exp(np.minimum(d[:, 2], np.log(62.5)))
    h = h * np.exp(np.minimum(d[:, 3], np.log(62.5)))
    corners = np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], axis=1)
    return torch.from_numpy(corners).to(rel_codes.dtype)


def decode_boxes_loops(rel_codes, boxes):
    decoded = []
    for (dx, dy, dw, dh), (x1, y1, x2, y2) in zip(rel_codes.tolist(), boxes.tolist(), strict=True):
        width, height = x2 - x1, y2 - y1
        x, y = x1 + width / 2 + dx * width, y1 + height / 2 + dy * height
        width *= min(math.exp(min(dw, 50)), 1000 / 16)
        height *= min(math.exp(min(dh, 50)), 1000 / 16)
        decoded.append([x - width / 2, y - height / 2, x + width / 2, y + height / 2])
    return torch.tensor(decoded, dtype=rel_codes.dtype).reshape(-1, 4)


def decode_boxes_tensors(rel_codes, boxes):
    anchors = ops.box_convert(boxes.to(rel_codes.dtype), "xyxy", "cxcywh")
    centre, size = anchors.chunk(2, dim=1)
    d = torch.minimum(rel_codes[:, 2:], torch.tensor(62.5).log().to(rel_codes.dtype))
    moved = torch.hstack([torch.addcmul(centre, rel_codes[:, :2], size), torch.exp(d) * size])
    return ops.box_convert(moved, "cxcywh", "xyxy")
