"""Right answers of notebook 06, written as plain loops."""

import math

import torch


def roi_pool(input, boxes, output_size, spatial_scale=1.0):
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


def bilinear_sample(input, y, x):
    C, H, W = input.shape
    values = []
    for py, px in zip(y.flatten().tolist(), x.flatten().tolist(), strict=True):
        py, px = min(max(py, 0), H - 1), min(max(px, 0), W - 1)
        top, left = int(py), int(px)
        bottom, right = min(top + 1, H - 1), min(left + 1, W - 1)
        fy, fx = py - top, px - left
        values.append(
            (1 - fy) * (1 - fx) * input[:, top, left]
            + (1 - fy) * fx * input[:, top, right]
            + fy * (1 - fx) * input[:, bottom, left]
            + fy * fx * input[:, bottom, right]
        )
    if not values:
        return input.new_zeros(C, *y.shape)
    return torch.stack(values, dim=1).reshape(C, *y.shape)


def roi_align(input, boxes, output_size, spatial_scale=1.0, sampling_ratio=-1, aligned=False):
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


def multiscale_roi_align(
    features,
    boxes,
    image_shapes,
    output_size,
    sampling_ratio,
    canonical_scale=224,
    canonical_level=4,
):
    height = max(shape[0] for shape in image_shapes)
    maps = list(features.values())
    scales = [2.0 ** round(math.log2(m.shape[-2] / height)) for m in maps]
    finest, coarsest = -math.log2(scales[0]), -math.log2(scales[-1])
    rows = []
    for n, per_image in enumerate(boxes):
        for box in per_image:
            x1, y1, x2, y2 = box.tolist()
            size = math.sqrt((x2 - x1) * (y2 - y1))
            level = math.floor(canonical_level + math.log2(size / canonical_scale) + 1e-6)
            level = int(min(max(level, finest), coarsest) - finest)
            roi = torch.cat([torch.tensor([float(n)], dtype=box.dtype), box])[None]
            rows.append(roi_align(maps[level], roi, output_size, scales[level], sampling_ratio))
    if rows:
        return torch.cat(rows)
    ph, pw = (output_size, output_size) if isinstance(output_size, int) else output_size
    return maps[0].new_zeros(0, maps[0].shape[1], ph, pw)
