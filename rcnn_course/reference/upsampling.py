"""Transposed convolution that interpolates (Long et al. 2015, FCN), as functions.

Letters: `N` images, `C` channels, `K` classes or the size of a kernel, `H, W` height and width of
the coarse map, `H', W'` those of the fine one.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

_interpolate, _conv2d, _conv_transpose2d = F.interpolate, F.conv2d, F.conv_transpose2d


def bilinear_kernel(channels: int, factor: int) -> Tensor:
    """Return the response of bilinear interpolation to a single 1, for every channel.

    Args:
        channels: number of channels, which are enlarged each on its own.
        factor: output cells for each input cell.

    Returns:
        Tensor[C, C, K, K]: float32; 0 from a channel to another.

    Source: Long et al. 2015, section 3.3; the filler 'bilinear' of Caffe.
    """
    impulse = torch.tensor([[[0.0, 0, 1, 0, 0]]])
    spread = _interpolate(impulse, scale_factor=factor, mode="linear").flatten()
    line = spread[spread > 1e-4]
    return torch.eye(channels)[:, :, None, None] * torch.outer(line, line)


def fcn_skip_sum(
    coarse: Tensor, fine: Tensor, weight: Tensor, bias: Tensor, padding: int = 1
) -> Tensor:
    """Double coarse scores by torch's transposed convolution, and add those of torch's conv2d.

    Args:
        coarse (Tensor[N, K, H, W]): scores.
        fine (Tensor[N, C, H', W']): features; H' is 2 H or 2 H - 1, W' likewise.
        weight (Tensor[K, C, 1, 1]): of the convolution that scores the fine map.
        bias (Tensor[K]): of the same.
        padding: rows and columns that the transposed convolution cuts off at every side.

    Returns:
        Tensor[N, K, H', W']: scores; what is too much of the doubled ones is cut off at the end.

    Source: Long et al. 2015, section 4.2 and figure 3.
    """
    kernel = bilinear_kernel(coarse.shape[1], 2).to(coarse)
    doubled = _conv_transpose2d(coarse, kernel, stride=2, padding=padding)
    return doubled[..., : fine.shape[2], : fine.shape[3]] + _conv2d(fine, weight, bias)
