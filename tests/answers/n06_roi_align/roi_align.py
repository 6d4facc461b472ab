"""Right answers to `roi_align`, one for each style."""

import math

import torch


def roi_align_gathers(
    input, boxes, output_size, spatial_scale=1.0, sampling_ratio=-1, aligned=False
):
    if isinstance(boxes, (list, tuple)):
        images = torch.tensor([n for n, b in enumerate(boxes) for _ in range(len(b))]).long()
        corners = torch.cat(list(boxes))
    else:
        images, corners = boxes[:, 0].long(), boxes[:, 1:]
    ph, pw = (output_size, output_size) if isinstance(output_size, int) else output_size
    _, C, H, W = input.shape
    corners = corners * spatial_scale - 0.5 * aligned
    start, extent = corners[:, :2], corners[:, 2:] - corners[:, :2]
    if not aligned:
        extent = extent.clamp(min=1)
    bins = torch.tensor([pw, ph])
    counts = torch.ceil(extent / bins).long()
    if sampling_ratio > 0:
        counts = torch.full_like(counts, sampling_ratio)
    results = []
    for k in range(len(corners)):
        nx, ny = counts[k].tolist()
        if nx * ny == 0:
            results.append(input.new_zeros(C, ph, pw))
            continue
        x = start[k, 0] + (torch.arange(pw * nx) + 0.5) * extent[k, 0] / (pw * nx)
        y = start[k, 1] + (torch.arange(ph * ny) + 0.5) * extent[k, 1] / (ph * ny)
        grid_y, grid_x = torch.meshgrid(y, x)
        inside = (grid_y >= -1) & (grid_y <= H) & (grid_x >= -1) & (grid_x <= W)
        samples = bilinear_sample(input[images[k]], grid_y, grid_x) * inside
        results.append(samples.reshape(C, ph, ny, pw, nx).mean(dim=(2, 4)))
    return torch.stack(results) if results else input.new_zeros(0, C, ph, pw)


def roi_align_loops(input, boxes, output_size, spatial_scale=1.0, sampling_ratio=-1, aligned=False):
    if isinstance(boxes, (list, tuple)):
        rois = [(n, *box.tolist()) for n, per_image in enumerate(boxes) for box in per_image]
    else:
        rois = [(int(row[0]), *row[1:].tolist()) for row in boxes]
    ph, pw = (output_size, output_size) if isinstance(output_size, int) else output_size
    _, C, H, W = input.shape
    output = torch.zeros(len(rois), C, ph, pw, dtype=input.dtype)
    for k, (n, *corners) in enumerate(rois):
        x1, y1, x2, y2 = (corner * spatial_scale - 0.5 * aligned for corner in corners)
        height, width = y2 - y1, x2 - x1
        if not aligned:
            height, width = max(height, 1.0), max(width, 1.0)
        rows = sampling_ratio if sampling_ratio > 0 else math.ceil(height / ph)
        columns = sampling_ratio if sampling_ratio > 0 else math.ceil(width / pw)
        for i in range(ph):
            for j in range(pw):
                total = 0.0
                for r in range(rows):
                    y = y1 + (i + (r + 0.5) / rows) * height / ph
                    for c in range(columns):
                        x = x1 + (j + (c + 0.5) / columns) * width / pw
                        if -1 <= y <= H and -1 <= x <= W:
                            point = torch.tensor([y]), torch.tensor([x])
                            total = total + bilinear_sample(input[n], *point)[:, 0]
                output[k, :, i, j] = total / max(rows * columns, 1)
    return output


def roi_align_matrices(
    input, boxes, output_size, spatial_scale=1.0, sampling_ratio=-1, aligned=False
):
    if not isinstance(boxes, torch.Tensor):
        index = torch.cat([torch.full((len(b), 1), float(n)) for n, b in enumerate(boxes)])
        boxes = torch.cat([index.to(boxes[0].dtype), torch.cat(list(boxes))], dim=1)
    ph, pw = (output_size, output_size) if isinstance(output_size, int) else output_size
    H, W = input.shape[2:]
    x1, y1, x2, y2 = (boxes[:, 1:] * spatial_scale - (0.5 if aligned else 0.0)).unbind(1)

    def weights(start, end, bins, length):
        extent = end - start
        if not aligned:
            extent = extent.clamp(min=1.0)
        matrix = torch.zeros(len(start), bins, length, dtype=input.dtype)
        for k in range(len(start)):
            count = sampling_ratio
            if count <= 0:
                count = int(torch.ceil(extent[k] / bins))
            if count == 0:
                continue
            steps = (torch.arange(bins * count) + 0.5) / (bins * count)
            at = start[k] + steps * extent[k]
            inside = (at >= -1) & (at <= length)
            tent = 1 - (at.clamp(0, length - 1)[:, None] - torch.arange(length)).abs()
            tent = tent.clamp(min=0) * inside[:, None]
            matrix[k] = tent.reshape(bins, count, length).mean(1)
        return matrix

    down = weights(y1, y2, ph, H)
    across = weights(x1, x2, pw, W)
    return torch.einsum("kiy,kcyx,kjx->kcij", down, input[boxes[:, 0].long()], across)
