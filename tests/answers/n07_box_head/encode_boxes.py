"""Right answers to `encode_boxes`, one for each style."""

import torch
from torchvision import ops


def encode_boxes_loops(reference_boxes, proposals, weights):
    import math

    wx, wy, ww, wh = weights.tolist()
    rows = []
    for (gx1, gy1, gx2, gy2), (px1, py1, px2, py2) in zip(
        reference_boxes.tolist(), proposals.tolist(), strict=True
    ):
        pw, ph, gw, gh = px2 - px1, py2 - py1, gx2 - gx1, gy2 - gy1
        rows.append(
            [
                wx * ((gx1 + gx2) - (px1 + px2)) / 2 / pw,
                wy * ((gy1 + gy2) - (py1 + py2)) / 2 / ph,
                ww * math.log(gw / pw),
                wh * math.log(gh / ph),
            ]
        )
    return torch.tensor(rows, dtype=proposals.dtype).reshape(-1, 4)


def encode_boxes_matrices(reference_boxes, proposals, weights):
    half = torch.tensor([[0.5, 0, -1, 0], [0, 0.5, 0, -1], [0.5, 0, 1, 0], [0, 0.5, 0, 1]])
    g = reference_boxes @ half.to(reference_boxes)
    p = proposals @ half.to(proposals)
    shift = (g[:, :2] - p[:, :2]) / p[:, 2:]
    stretch = g[:, 2:].log() - p[:, 2:].log()
    return torch.cat([shift, stretch], dim=1) @ torch.diag(weights)


def encode_boxes_modules(reference_boxes, proposals, weights):
    gx, gy, gw, gh = ops.box_convert(reference_boxes, "xyxy", "cxcywh").unbind(1)
    px, py, pw, ph = ops.box_convert(proposals, "xyxy", "cxcywh").unbind(1)
    deltas = [(gx - px) / pw, (gy - py) / ph, (gw / pw).log(), (gh / ph).log()]
    return torch.stack([w * t for w, t in zip(weights, deltas, strict=True)], dim=-1)
