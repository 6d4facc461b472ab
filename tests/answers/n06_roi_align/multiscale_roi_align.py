"""Right answers to `multiscale_roi_align`, one for each style."""

import math

import torch


def multiscale_roi_align_gathers(
    features,
    boxes,
    image_shapes,
    output_size,
    sampling_ratio,
    canonical_scale=224,
    canonical_level=4,
):
    maps = list(features.values())
    picture = torch.tensor(image_shapes).max(dim=0).values
    scales = [2.0 ** torch.log2(m.shape[-2] / picture[0]).round().item() for m in maps]
    corners = torch.cat(boxes)
    images = torch.cat([torch.full((len(b), 1), float(n)) for n, b in enumerate(boxes)])
    rois = torch.cat([images.to(corners.dtype), corners], dim=1)
    area = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    level = torch.floor(canonical_level + 0.5 * torch.log2(area / canonical_scale**2) + 1e-6)
    first = -int(torch.tensor(scales[0]).log2())
    level = level.clamp(first, first + len(maps) - 1).long() - first
    ph, pw = (output_size, output_size) if isinstance(output_size, int) else output_size
    result = maps[0].new_zeros(len(rois), maps[0].shape[1], ph, pw)
    for i in level.unique().tolist():
        chosen = level == i
        result[chosen] = roi_align(maps[i], rois[chosen], output_size, scales[i], sampling_ratio)
    return result


def multiscale_roi_align_loops(
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


def multiscale_roi_align_matrices(
    features,
    boxes,
    image_shapes,
    output_size,
    sampling_ratio,
    canonical_scale=224,
    canonical_level=4,
):
    pyramid = list(features.values())
    tallest = max(height for height, _ in image_shapes)
    strides = [2 ** round(float(torch.log2(torch.tensor(tallest / m.shape[-2])))) for m in pyramid]
    lowest = strides[0].bit_length() - 1
    everything = torch.cat(boxes)
    image = torch.repeat_interleave(torch.tensor([len(b) for b in boxes]))
    rois = torch.cat([image[:, None].to(everything.dtype), everything], dim=1)
    side = (everything[:, 2:] - everything[:, :2]).prod(1).sqrt()
    level = torch.floor(canonical_level + torch.log2(side / canonical_scale) + 1e-6)
    level = (level - lowest).clamp(0, len(pyramid) - 1)
    parts, order = [], []
    for i, feature in enumerate(pyramid):
        mine = (level == i).nonzero().flatten()
        parts.append(roi_align(feature, rois[mine], output_size, 1 / strides[i], sampling_ratio))
        order.append(mine)
    return torch.cat(parts)[torch.cat(order).argsort()]
