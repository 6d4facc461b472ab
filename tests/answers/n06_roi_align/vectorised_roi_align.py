"""Right answers to `vectorised_roi_align`, one for each style."""

import torch


def _rois(boxes, spatial_scale, aligned):
    """Return the image of each RoI, its start (y, x) and its size (height, width), in cells."""
    if not isinstance(boxes, torch.Tensor):
        images = torch.repeat_interleave(torch.tensor([len(part) for part in boxes]))
        boxes = torch.cat([images[:, None].to(boxes[0]), torch.cat(list(boxes))], dim=1)
    start = boxes[:, [2, 1]] * spatial_scale - (0.5 if aligned else 0.0)
    size = boxes[:, [4, 3]] * spatial_scale - (0.5 if aligned else 0.0) - start
    return boxes[:, 0].long(), start, size if aligned else size.clamp(min=1)


def _places(start, size, bins, length, sampling_ratio):
    """Return along one side where is read, and how much it counts, each [K, bins, samples]."""
    samples = torch.ceil(size / bins)
    if sampling_ratio > 0:
        samples = torch.full_like(samples, sampling_ratio)
    each = samples[:, None, None].clamp(min=1)
    number = torch.arange(int(each.max()) if len(each) else 1)
    middles = torch.arange(bins)[:, None] + (number + 0.5) / each
    at = start[:, None, None] + middles * size[:, None, None] / bins
    counts = (number < samples[:, None, None]) & (at >= -1) & (at <= length)
    return at.clamp(0, length - 1), counts / each


def vectorised_roi_align_matrices(
    input, boxes, output_size, spatial_scale=1.0, sampling_ratio=-1, aligned=False
):
    images, start, size = _rois(boxes, spatial_scale, aligned)
    bins = (output_size, output_size) if isinstance(output_size, int) else output_size
    weights = []
    for side in (0, 1):
        length = input.shape[2 + side]
        at, count = _places(start[:, side], size[:, side], bins[side], length, sampling_ratio)
        tents = (1 - (at[..., None] - torch.arange(length)).abs()).clamp(min=0)
        weights.append((tents * count[..., None]).sum(dim=2).to(input.dtype))
    return torch.einsum("kiy,kcyx,kjx->kcij", weights[0], input[images], weights[1])


def vectorised_roi_align_gathers(
    input, boxes, output_size, spatial_scale=1.0, sampling_ratio=-1, aligned=False
):
    images, start, size = _rois(boxes, spatial_scale, aligned)
    bins = (output_size, output_size) if isinstance(output_size, int) else output_size
    height, width = input.shape[2:]
    y, down = _places(start[:, 0], size[:, 0], bins[0], height, sampling_ratio)
    x, across = _places(start[:, 1], size[:, 1], bins[1], width, sampling_ratio)
    image = images[:, None, None]
    left, top = x.long(), y.long()
    rows = [input[image, :, i] for i in (top, (top + 1).clamp(max=height - 1))]
    read = torch.lerp(*rows, (y - top)[..., None, None].to(input.dtype))
    read = (read * down[..., None, None].to(input.dtype)).sum(dim=2)  # [K, bins, C, width]
    columns = []
    for j in (left, (left + 1).clamp(max=width - 1)):
        index = j.flatten(1)[:, None, None].expand(-1, *read.shape[1:3], -1)
        columns.append(read.gather(3, index).unflatten(3, x.shape[1:]))
    read = torch.lerp(*columns, (x - left)[:, None, None].to(input.dtype))
    return (read * across[:, None, None].to(input.dtype)).sum(dim=4).transpose(1, 2)


def vectorised_roi_align_sparse(
    input, boxes, output_size, spatial_scale=1.0, sampling_ratio=-1, aligned=False
):
    images, start, size = _rois(boxes, spatial_scale, aligned)
    bins = (output_size, output_size) if isinstance(output_size, int) else output_size
    index, weights = [], []
    for side in (0, 1):
        length = input.shape[2 + side]
        at, count = _places(start[:, side], size[:, side], bins[side], length, sampling_ratio)
        low = at.long()
        index.append(torch.cat([low, (low + 1).clamp(max=length - 1)], dim=2))
        weights.append(torch.cat([low + 1 - at, at - low], dim=2) * count.repeat(1, 1, 2))
    rows = images[:, None, None] * input.shape[2] + index[0]
    cells = rows[:, :, None, :, None] * input.shape[3] + index[1][:, None, :, None, :]
    weights = weights[0][:, :, None, :, None] * weights[1][:, None, :, None, :]
    table = input.permute(0, 2, 3, 1).flatten(0, 2)
    outputs = torch.arange(cells.shape[:3].numel()).repeat_interleave(cells.shape[3:].numel())
    places = torch.stack([outputs, cells.flatten()])
    shape = (cells.shape[:3].numel(), len(table))
    matrix = torch.sparse_coo_tensor(places, weights.flatten().to(input.dtype), shape)
    summed = torch.sparse.mm(matrix, table)
    return summed.unflatten(0, cells.shape[:3]).permute(0, 3, 1, 2)
