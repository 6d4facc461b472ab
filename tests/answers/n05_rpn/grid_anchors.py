"""Right answers to `grid_anchors`, one for each style."""

import numpy as np
import torch


def grid_anchors_arrays(grid_sizes, strides, cell_anchors):
    levels = []
    for size, stride, base in zip(grid_sizes, strides, cell_anchors, strict=True):
        row, column = np.indices(tuple(size)).reshape(2, -1)
        shift = np.stack([column * int(stride[1]), row * int(stride[0])] * 2, axis=1)
        boxes = shift[:, None, :] + base.numpy()[None, :, :]
        levels.append(torch.from_numpy(boxes.reshape(-1, 4)).to(base.dtype))
    return levels


def grid_anchors_loops(grid_sizes, strides, cell_anchors):
    levels = []
    for level, (rows, columns) in enumerate(grid_sizes):
        down, across = int(strides[level][0]), int(strides[level][1])
        boxes = []
        for row in range(rows):
            for column in range(columns):
                for x1, y1, x2, y2 in cell_anchors[level].tolist():
                    x, y = column * across, row * down
                    boxes.append([x1 + x, y1 + y, x2 + x, y2 + y])
        levels.append(torch.tensor(boxes, dtype=cell_anchors[level].dtype))
    return levels


def grid_anchors_tensors(grid_sizes, strides, cell_anchors):
    def of_level(size, stride, anchors):
        rows, columns = size
        y = (torch.arange(rows) * stride[0]).repeat_interleave(columns)
        x = (torch.arange(columns) * stride[1]).repeat(rows)
        moves = torch.stack((x, y), dim=1).repeat(1, 2)
        spread = moves.repeat_interleave(len(anchors), dim=0)
        return anchors.repeat(rows * columns, 1) + spread

    return list(map(of_level, grid_sizes, strides, cell_anchors))
