"""Interpolation, and transposed convolution that interpolates (Long et al. 2015, FCN).

Letters: `N` images, `C` channels (`Ci` and `Co` of input and output), `K` classes or the size of a
kernel, `L` length of a row; `H, W` height and width of the coarse map, `H', W'` those of the fine
one.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

_interpolate, _conv2d = F.interpolate, F.conv2d
_max_unpool2d = torch.ops.aten.max_unpool2d.default
_conv_transpose = {3: F.conv_transpose1d, 4: F.conv_transpose2d}


def upsample_linear_1d(input: Tensor, size: int, align_corners: bool = False) -> Tensor:
    """Resize rows by torch's mode 'linear'.

    Args:
        input (Tensor[N, C, L]): rows.
        size: their new length in cells.
        align_corners: whether the first and last cells of both rows lie on each other.

    Returns:
        Tensor[N, C, size].

    Source: torch.nn.functional.interpolate.
    """
    return _interpolate(input, size=size, mode="linear", align_corners=align_corners)


def upsample_bilinear_2d(
    input: Tensor, size: int | tuple[int, int], align_corners: bool = False
) -> Tensor:
    """Resize maps by torch's mode 'bilinear'.

    Args:
        input (Tensor[N, C, H, W]): maps.
        size: their new height and width in cells, (H', W') or one number for both.
        align_corners: whether the cells in the corners of both maps lie on each other.

    Returns:
        Tensor[N, C, H', W'].

    Source: torch.nn.functional.interpolate.
    """
    return _interpolate(input, size=size, mode="bilinear", align_corners=align_corners)


def conv_transpose(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int = 1,
    padding: int | tuple[int, ...] = 0,
) -> Tensor:
    """Call torch's transposed convolution of rows or of maps.

    Args:
        input (Tensor[N, Ci, L] or Tensor[N, Ci, H, W]): rows or maps.
        weight (Tensor[Ci, Co, K] or Tensor[Ci, Co, K, K]): the kernels.
        bias (Tensor[Co]): is added to every cell of the output.
        stride: cells of the output for each cell of the input.
        padding: cells that are cut off at every side of the output.

    Returns:
        Tensor[N, Co, (L - 1) * stride + K - 2 * padding], in two dimensions likewise.

    Source: Long et al. 2015, section 3.3; torch.nn.functional.conv_transpose1d and 2d.
    """
    return _conv_transpose[input.ndim](input, weight, bias, stride=stride, padding=padding)


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
    doubled = conv_transpose(coarse, kernel, stride=2, padding=padding)
    return doubled[..., : fine.shape[2], : fine.shape[3]] + _conv2d(fine, weight, bias)


def max_unpool_2d(x: Tensor, indices: Tensor, size: Sequence[int]) -> Tensor:
    """Put maxima back to their places, with zeros around them, as torch's operator does.

    Args:
        x (Tensor[N, C, H, W]): maxima.
        indices (Tensor[N, C, H, W]): int64, where each one goes in its map, row after row.
        size: (H', W') of the output.

    Returns:
        Tensor[N, C, H', W'].

    Source: Zeiler & Fergus 2014, section 2.1; torch.nn.functional.max_unpool2d.
    """
    return _max_unpool2d(x, indices, size)
