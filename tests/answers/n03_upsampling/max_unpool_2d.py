"""Right answers to `max_unpool_2d`, one for each style."""

import torch


def max_unpool_2d_loops(x, indices, size):
    output = x.new_zeros(*x.shape[:2], *size)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for value, index in zip(x[n, c].flatten(), indices[n, c].flatten(), strict=True):
                output[n, c, index // size[1], index % size[1]] = value
    return output


def max_unpool_2d_put(x, indices, size):
    height, width = size
    images, channels = x.shape[:2]
    n = torch.arange(images)[:, None, None, None]
    c = torch.arange(channels)[:, None, None]
    places = n, c, indices.div(width, rounding_mode="floor"), indices.remainder(width)
    return x.new_zeros(images, channels, height, width).index_put(places, x)


def max_unpool_2d_one_axis(x, indices, size):
    cells = size[0] * size[1]
    maps = torch.arange(x.shape[0] * x.shape[1]).view(*x.shape[:2], 1, 1)
    flat = x.new_zeros(x.shape[0] * x.shape[1] * cells)
    flat[(maps * cells + indices).flatten()] = x.flatten()
    return flat.view(*x.shape[:2], *size)
