"""Right answers to `generalized_box_iou`, one for each style."""

import torch


def generalized_box_iou_loops(boxes1, boxes2):
    table = boxes1.new_zeros(len(boxes1), len(boxes2))
    for i, (ax1, ay1, ax2, ay2) in enumerate(boxes1):
        for j, (bx1, by1, bx2, by2) in enumerate(boxes2):
            width = torch.relu(min(ax2, bx2) - max(ax1, bx1))
            height = torch.relu(min(ay2, by2) - max(ay1, by1))
            union = (ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - width * height
            hull = (max(ax2, bx2) - min(ax1, bx1)) * (max(ay2, by2) - min(ay1, by1))
            table[i, j] = width * height / union + union / hull - 1
    return table


def generalized_box_iou_sorted(boxes1, boxes2):
    first, second = torch.broadcast_tensors(boxes1[:, None], boxes2[None])
    starts = torch.stack([first[..., :2], second[..., :2]]).sort(dim=0).values
    ends = torch.stack([first[..., 2:], second[..., 2:]]).sort(dim=0).values
    shared = torch.relu(ends[0] - starts[1]).prod(dim=2)
    areas = [(box[..., 2:] - box[..., :2]).prod(dim=2) for box in (first, second)]
    union = areas[0] + areas[1] - shared
    return shared / union - 1 + union / (ends[1] - starts[0]).prod(dim=2)


def generalized_box_iou_slices(boxes1, boxes2):
    a, b = boxes1.T[:, :, None], boxes2.T[:, None, :]
    wide = torch.min(a[2], b[2]) - torch.max(a[0], b[0])
    high = torch.min(a[3], b[3]) - torch.max(a[1], b[1])
    both = torch.where((wide > 0) & (high > 0), wide * high, 0)
    area = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both
    across = torch.max(a[2], b[2]) - torch.min(a[0], b[0])
    around = across * (torch.max(a[3], b[3]) - torch.min(a[1], b[1]))
    return both / area - (around - area) / around
