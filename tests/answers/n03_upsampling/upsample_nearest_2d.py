"""Right answers to `upsample_nearest_2d`, one for each style."""

import torch
import torch.nn.functional as F


def upsample_nearest_2d_loops(input, size):
    h, w = (size, size) if isinstance(size, int) else size
    H, W = input.shape[-2:]
    lines = []
    for y in range(h):
        line = [input[:, :, int(y * H / h), int(x * W / w)] for x in range(w)]
        lines.append(torch.stack(line, dim=-1))
    return torch.stack(lines, dim=-2)


def upsample_nearest_2d_matrices(input, size):
    h, w = (size, size) if isinstance(size, int) else size
    rows = F.one_hot(torch.arange(h) * input.shape[2] // h, input.shape[2]).to(input.dtype)
    columns = F.one_hot(torch.arange(w) * input.shape[3] // w, input.shape[3]).to(input.dtype)
    return torch.einsum("ih,nchw,jw->ncij", rows, input, columns)


def upsample_nearest_2d_stretched(input, size):
    h, w = (size, size) if isinstance(size, int) else size
    tall = upsample_nearest_1d(input.permute(0, 1, 3, 2).flatten(0, 1), h)
    tall = tall.reshape(*input.shape[:2], input.shape[3], h).permute(0, 1, 3, 2)
    wide = upsample_nearest_1d(tall.flatten(0, 1), w)
    return wide.reshape(*input.shape[:2], h, w)
