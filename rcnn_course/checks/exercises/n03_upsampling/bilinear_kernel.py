"""Exercise `bilinear_kernel`: weights with which transposed convolution interpolates.

Source: Long et al. 2015 (FCN), section 3.3; the `bilinear` filler of Caffe.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.exercises.n03_upsampling.refused import REFUSED, REFUSED_CODE

_interpolate = F.interpolate
_bartlett_window = torch.bartlett_window


def _line(factor: int) -> Tensor:
    """Return what linear interpolation makes of a single 1 among zeros, without the zeros."""
    impulse = torch.tensor([[[0.0, 0, 1, 0, 0]]])
    spread = _interpolate(impulse, scale_factor=factor, mode="linear").flatten()
    return spread[spread > 1e-4]


def _per_channel(kernel: Tensor, channels: int) -> Tensor:
    return torch.eye(channels)[:, :, None, None] * kernel


def reference(channels: int, factor: int) -> Tensor:
    """Give every channel the response of bilinear interpolation to a single 1."""
    return _per_channel(torch.outer(_line(factor), _line(factor)), channels)


def _cases(seed: int) -> Iterator[Case]:
    generator = torch.Generator().manual_seed(seed)
    channels, factor, large = torch.randint(2, 40, (3,), generator=generator).tolist()
    yield Case(
        "one channel, factor 2",
        (1, 2),
        hint="by hand: 1/4, 3/4, 3/4, 1/4 down, times the same across.",
    )
    yield Case("one channel, factor 4", (1, 4), hint="the kernel has 8 x 8 cells.")
    yield Case(
        "three channels, factor 2",
        (3, 2),
        hint="weight[c, o] is the kernel where c = o, and 0 elsewhere.",
    )
    yield Case(
        "one channel, factor 3",
        (1, 3),
        hint="an odd factor gives an odd kernel, 2 * factor - 1 cells, with a 1 in the middle.",
    )
    yield Case("factor 1", (2, 1), hint="factor 1 changes nothing: a kernel of one cell, 1.")
    yield Case(f"{channels} channels, factor 2", (channels, 2))
    yield Case(f"one channel, factor {factor}", (1, factor))
    yield Case(f"two channels, factor {large}", (2, large))


def _centre_off(channels: int, factor: int) -> Tensor | None:
    """Take the centre of an odd kernel for an even one."""
    line = _bartlett_window(2 * factor + 1, periodic=False)[1:]
    return None if factor % 2 else _per_channel(torch.outer(line, line), channels)


def _ends_at_zero(channels: int, factor: int) -> Tensor:
    line = _bartlett_window(len(_line(factor)), periodic=False)
    return _per_channel(torch.outer(line, line), channels)


def _always_even(channels: int, factor: int) -> Tensor:
    line = _bartlett_window(4 * factor + 1, periodic=False)[1::2]
    return _per_channel(torch.outer(line, line), channels)


def _flat(channels: int, factor: int) -> Tensor:
    size = len(_line(factor))
    return _per_channel(torch.ones(size, size), channels)


_EVERY_CHANNEL_HINT = "each channel is enlarged on its own: weight[c, o] is 0 where c and o differ."
_DISTANCE_HINT = (
    "a weight is 1 - distance / factor, with the distance from the cell's centre to the centre of "
    "the kernel, (K - 1) / 2."
)

BILINEAR_KERNEL = Exercise(
    name="bilinear_kernel",
    reference=reference,
    source="the weights of F.interpolate",
    own_cases=_cases,
    refused=REFUSED,
    refused_code=REFUSED_CODE,
    mistakes=(
        Mistake(
            "every channel is spread into every other",
            lambda channels, factor: reference(1, factor).repeat(channels, channels, 1, 1),
            _EVERY_CHANNEL_HINT,
        ),
        Mistake(
            "there is one input channel too few in the weight",
            lambda channels, factor: reference(1, factor).repeat(channels, 1, 1, 1),
            "[channels, 1, K, K] is the weight of a grouped convolution; here it is "
            "[channels, channels, K, K].",
        ),
        Mistake("the centre of an even kernel is half a cell off", _centre_off, _DISTANCE_HINT),
        Mistake("the outermost weights are zero", _ends_at_zero, _DISTANCE_HINT),
        Mistake(
            "the kernel has an even size for an odd factor too",
            _always_even,
            "K is 2 * factor - factor % 2.",
        ),
        Mistake(
            "the weights are normalised to the sum 1",
            lambda channels, factor: reference(channels, factor) / factor**2,
            "each output mixes the stamps of several inputs; those weights make 1 together. All "
            "weights of one stamp make factor * factor.",
        ),
        Mistake(
            "all weights are 1",
            _flat,
            "the further a cell is from the centre, the smaller its weight.",
        ),
        Mistake(
            "the lines down and across are added instead of multiplied",
            lambda channels, factor: _per_channel(_line(factor)[:, None] + _line(factor), channels),
            "a weight is that of its row times that of its column.",
        ),
    ),
)
