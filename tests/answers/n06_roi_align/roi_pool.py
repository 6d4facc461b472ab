"""Right answers to `roi_pool`, one for each style."""

import math

import torch


def roi_pool_gathers(input, boxes, output_size, spatial_scale=1.0):
    if isinstance(boxes, (list, tuple)):
        images = [n for n, per_image in enumerate(boxes) for _ in per_image]
        corners = torch.cat(list(boxes))
    else:
        images = boxes[:, 0].int().tolist()
        corners = boxes[:, 1:]
    ph, pw = (output_size, output_size) if isinstance(output_size, int) else output_size
    _, C, H, W = input.shape
    cells = torch.round(corners * spatial_scale).int().tolist()
    results = []
    for n, (x1, y1, x2, y2) in zip(images, cells, strict=True):
        bin_height = max(y2 - y1 + 1, 1) / ph
        bin_width = max(x2 - x1 + 1, 1) / pw
        rows = []
        for i in range(ph):
            tops = torch.tensor([i * bin_height, (i + 1) * bin_height])
            top = min(max(int(tops[0].floor()) + y1, 0), H)
            bottom = min(max(int(tops[1].ceil()) + y1, 0), H)
            for j in range(pw):
                lefts = torch.tensor([j * bin_width, (j + 1) * bin_width])
                left = min(max(int(lefts[0].floor()) + x1, 0), W)
                right = min(max(int(lefts[1].ceil()) + x1, 0), W)
                patch = input[n, :, top:bottom, left:right].flatten(1)
                empty = patch.shape[1] == 0
                rows.append(input.new_zeros(C) if empty else patch.max(dim=1).values)
        results.append(torch.stack(rows, dim=1).view(C, ph, pw))
    return torch.stack(results) if results else input.new_zeros(0, C, ph, pw)


def roi_pool_loops(input, boxes, output_size, spatial_scale=1.0):
    if isinstance(boxes, (list, tuple)):
        rois = [(n, *box.tolist()) for n, per_image in enumerate(boxes) for box in per_image]
    else:
        rois = [(int(row[0]), *row[1:].tolist()) for row in boxes]
    ph, pw = (output_size, output_size) if isinstance(output_size, int) else output_size
    _, C, H, W = input.shape
    output = torch.zeros(len(rois), C, ph, pw, dtype=input.dtype)
    for k, (n, *corners) in enumerate(rois):
        x1, y1, x2, y2 = (math.floor(corner * spatial_scale + 0.5) for corner in corners)
        height, width = max(y2 - y1 + 1, 1), max(x2 - x1 + 1, 1)
        for i in range(ph):
            top = min(max(y1 + i * height // ph, 0), H)
            bottom = min(max(y1 - (-(i + 1) * height // ph), 0), H)
            for j in range(pw):
                left = min(max(x1 + j * width // pw, 0), W)
                right = min(max(x1 - (-(j + 1) * width // pw), 0), W)
                if bottom > top and right > left:
                    output[k, :, i, j] = input[n, :, top:bottom, left:right].amax((1, 2))
    return output


def roi_pool_matrices(input, boxes, output_size, spatial_scale=1.0):
    if not isinstance(boxes, torch.Tensor):
        index = torch.cat([torch.full((len(b),), n) for n, b in enumerate(boxes)])
        boxes = torch.cat([index[:, None].to(boxes[0].dtype), torch.cat(list(boxes))], dim=1)
    size = torch.tensor([output_size] * 2 if isinstance(output_size, int) else list(output_size))
    cells = torch.round(boxes[:, 1:] * spatial_scale).long()
    images = boxes[:, 0].long()

    def members(first, last, bins, length):
        extent = (last - first + 1).clamp(min=1)[:, None]
        i = torch.arange(bins)
        start = first[:, None] + torch.div(i * extent, bins, rounding_mode="floor")
        stop = first[:, None] - torch.div(-(i + 1) * extent, bins, rounding_mode="floor")
        cell = torch.arange(length)
        return (start[..., None] <= cell) & (cell < stop[..., None])

    rows = members(cells[:, 1], cells[:, 3], int(size[0]), input.shape[2])
    columns = members(cells[:, 0], cells[:, 2], int(size[1]), input.shape[3])
    picked = input[images][:, :, None]
    across = picked.masked_fill(~rows[:, None, :, :, None], float("-inf")).amax(3)
    across = across[:, :, :, None].masked_fill(~columns[:, None, None], float("-inf"))
    pooled = across.amax(-1)
    return pooled.masked_fill(pooled == float("-inf"), 0.0)
