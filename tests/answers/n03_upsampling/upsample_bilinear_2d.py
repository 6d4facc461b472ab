"""Right answers to `upsample_bilinear_2d`, one for each style."""

import torch


def upsample_bilinear_2d_loops(input, size, align_corners=False):
    h, w = (size, size) if isinstance(size, int) else size
    H, W = input.shape[-2:]

    def neighbours(j, size, length):
        if align_corners:
            x = 0.0 if size == 1 else j * (length - 1) / (size - 1)
        else:
            x = max((j + 0.5) * length / size - 0.5, 0.0)
        low = min(int(x), length - 1)
        return low, min(low + 1, length - 1), min(x - low, 1.0)

    output = input.new_empty(*input.shape[:2], h, w)
    for i in range(h):
        top, bottom, down = neighbours(i, h, H)
        for j in range(w):
            left, right, across = neighbours(j, w, W)
            upper = (1 - across) * input[..., top, left] + across * input[..., top, right]
            lower = (1 - across) * input[..., bottom, left] + across * input[..., bottom, right]
            output[..., i, j] = (1 - down) * upper + down * lower
    return output


def upsample_bilinear_2d_matrices(input, size, align_corners=False):
    h, w = (size, size) if isinstance(size, int) else size

    def tents(length, size):
        j = torch.arange(size, dtype=torch.float64)
        at = (j + 0.5) * length / size - 0.5
        if align_corners:
            at = j * ((length - 1) / (size - 1) if size > 1 else 0)
        distance = (at.clamp(0, length - 1)[:, None] - torch.arange(length)).abs()
        return torch.relu(1 - distance).to(input.dtype)

    return tents(input.shape[2], h) @ input @ tents(input.shape[3], w).mT


def upsample_bilinear_2d_stretched(input, size, align_corners=False):
    if isinstance(size, int):
        size = (size, size)
    for axis in (2, 3):
        length, wanted = input.shape[axis], size[axis - 2]
        j = torch.arange(wanted, dtype=input.dtype)
        if align_corners:
            at = j / max(wanted - 1, 1) * (length - 1)
        else:
            at = ((j + 0.5) / wanted * length - 0.5).clamp(min=0)
        low = at.long().clamp(max=length - 1)
        high = (low + 1).clamp(max=length - 1)
        share = (at - low).view(-1, *[1] * (3 - axis))
        low, high = input.index_select(axis, low), input.index_select(axis, high)
        input = low + share * (high - low)
    return input
