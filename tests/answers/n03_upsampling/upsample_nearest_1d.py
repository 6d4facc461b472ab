"""Right answers to `upsample_nearest_1d`, one for each style."""

import torch


def upsample_nearest_1d_loops(input, size):
    output = torch.zeros(input.shape[0], input.shape[1], size, dtype=input.dtype)
    for j in range(size):
        output[:, :, j] = input[:, :, (j * input.shape[2]) // size]
    return output


def upsample_nearest_1d_matrices(input, size):
    import numpy as np

    length = input.shape[-1]
    source = np.floor(np.arange(size) * length / size).astype(int)
    return torch.from_numpy(np.ascontiguousarray(input.numpy()[..., source]))


def upsample_nearest_1d_stretched(input, size):
    index = torch.div(torch.arange(size) * input.size(-1), size, rounding_mode="floor")
    return input.index_select(-1, index)
