"""Right answers to `upsample_linear_1d`, one for each style."""

import torch
import torch.nn.functional as F


def upsample_linear_1d_loops(input, size, align_corners=False):
    length = input.shape[2]
    output = []
    for j in range(size):
        if align_corners:
            x = j * (length - 1) / (size - 1) if size > 1 else 0.0
        else:
            x = (j + 0.5) * (length / size) - 0.5
        x = min(max(x, 0.0), length - 1.0)
        x0 = int(x)
        x1 = min(x0 + 1, length - 1)
        output.append(input[..., x0] * (1 - (x - x0)) + input[..., x1] * (x - x0))
    return torch.stack(output, dim=-1)


def upsample_linear_1d_matrices(input, size, align_corners=False):
    import numpy as np

    length = input.shape[-1]
    if align_corners:
        at = np.linspace(0, length - 1, size)
    else:
        at = (np.arange(size) + 0.5) * length / size - 0.5
    tents = np.stack([np.interp(at, np.arange(length), one) for one in np.eye(length)])
    return input @ torch.from_numpy(tents).to(input.dtype)


def upsample_linear_1d_stretched(input, size, align_corners=False):
    length = input.size(-1)
    if align_corners:
        at = torch.linspace(0, length - 1, size, dtype=input.dtype)
    else:
        at = torch.linspace(0.5, size - 0.5, size, dtype=input.dtype) * length / size - 0.5
    padded = F.pad(input, (1, 1), mode="replicate")
    left = torch.floor(at)
    share = at - left
    index = left.long() + 1
    after = (index + 1).clamp(max=length + 1)
    return padded[..., index] * (1 - share) + padded[..., after] * share
