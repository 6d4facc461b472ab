"""What the mistakes of transposed convolution in one and two dimensions have in common.

A *stamp* is what one input cell adds to the output: the kernel, times the cell's value.

Letters: `N` images, `Ci` and `Co` channels of input and output, `L` length, `K` kernel size; in
two dimensions `L` stands for `H, W` and `K` for `Kh, Kw`.
"""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Mistake

_conv_transpose = {3: F.conv_transpose1d, 4: F.conv_transpose2d}


def reference(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor:
    """Call torch's transposed convolution on [N, Ci, L] or [N, Ci, H, W]."""
    return _conv_transpose[input.ndim](input, weight, bias, stride=stride, padding=padding)


def _overlaps(input: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    """Count the stamps on each cell of the output: [1, 1, L'] or [1, 1, H', W']."""
    return reference(
        torch.ones_like(input[:1, :1]), torch.ones_like(weight[:1, :1]), None, stride, padding
    )


def _added_bias(output: Tensor, bias: Tensor | None) -> Tensor:
    return output if bias is None else output + bias.view(-1, *[1] * (output.ndim - 2))


def _bias_in_every_stamp(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor | None:
    if bias is None:
        return None
    once = _added_bias(torch.zeros_like(reference(input, weight, None, stride, padding)), bias)
    stamped = once * _overlaps(input, weight, stride, padding)
    return reference(input, weight, None, stride, padding) + stamped


def _averaged(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor:
    overlaps = _overlaps(input, weight, stride, padding).clamp(min=1)
    return _added_bias(reference(input, weight, None, stride, padding) / overlaps, bias)


def _overwritten(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor:
    """Let each stamp replace what lies below it."""
    output = torch.zeros_like(reference(input, weight, None, stride, padding))
    cells = torch.eye(input[0, 0].numel(), dtype=input.dtype)
    for cell in cells.view(-1, *input.shape[2:]):
        stamp = reference(input * cell, weight, None, stride, padding)
        covered = _overlaps_of(cell, weight, stride, padding) > 0
        output = torch.where(covered, stamp, output)
    return _added_bias(output, bias)


def _overlaps_of(cell: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    return reference(cell[None, None], torch.ones_like(weight[:1, :1]), None, stride, padding)


def _uncut(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor:
    return reference(input, weight, bias, stride)


def _cut_at_the_end(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor:
    """Cut twice the padding off the ends, and nothing off the beginnings."""
    output = reference(input, weight, bias, stride)
    for axis in range(2, output.ndim):
        output = output.narrow(axis, 0, output.shape[axis] - 2 * padding)
    return output


def _padding_added(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor:
    output = F.pad(reference(input, weight, None, stride), [padding] * 2 * (input.ndim - 2))
    return _added_bias(output, bias)


def _with_weight(change: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda input, weight, *args, **options: reference(
        input, change(weight), *args, **options
    )


def _without_bias(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor:
    return reference(input, weight, None, stride, padding)


def _without_stride(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor:
    return reference(input, weight, bias, 1, padding)


def _stamps_too_far_apart(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor:
    return reference(input, weight, bias, stride + 1, padding)


def _stretched_and_padded_by_padding(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor:
    """Convolve the stretched input with `padding` zeros at its ends."""
    cut = tuple(size - 1 - padding for size in weight.shape[2:])
    return _conv_transpose[input.ndim](input, weight, bias, stride=stride, padding=cut)


def _flipped(weight: Tensor) -> Tensor:
    return weight.flip(list(range(2, weight.ndim)))


_FLIP_HINT = (
    "a stamp is the kernel as it stands. (If you convolve the stretched input instead, it is that "
    "convolution which needs the kernel turned round.)"
)
_PADDING_HINT = "padding cuts that many cells off every side of the output: it makes it smaller."
_BIAS_HINT = "the bias of an output channel is added once to each cell, after all stamps."
_OVERLAP_HINT = "where stamps overlap, they add up."

MISTAKES: Sequence[Mistake] = (
    Mistake("the kernel is turned round", _with_weight(_flipped), _FLIP_HINT),
    Mistake("a later stamp replaces an earlier one", _overwritten, _OVERLAP_HINT),
    Mistake("overlapping stamps are averaged", _averaged, _OVERLAP_HINT),
    Mistake("nothing is cut off for padding", _uncut, _PADDING_HINT),
    Mistake("padding is cut off at one end only", _cut_at_the_end, _PADDING_HINT),
    Mistake("padding adds cells instead of cutting them off", _padding_added, _PADDING_HINT),
    Mistake("stride is not used", _without_stride, "each input moves the stamp on by stride."),
    Mistake(
        "the stamps lie one cell too far apart",
        _stamps_too_far_apart,
        "from one stamp to the next it is stride cells, so a stretched input has stride - 1 zeros "
        "between its cells.",
    ),
    Mistake(
        "the stretched input is padded by padding itself",
        _stretched_and_padded_by_padding,
        "the first cell alone makes the first output, so K - 1 zeros belong at each end of the "
        "stretched input; padding takes some of them off.",
    ),
    Mistake(
        "input and output channels of the weight are swapped",
        _with_weight(lambda weight: weight.transpose(0, 1)),
        "this weight is [Ci, Co, ...]: the channels of the input come first, other than in a "
        "convolution.",
    ),
    Mistake("the bias is forgotten", _without_bias, _BIAS_HINT),
    Mistake("every stamp adds the bias again", _bias_in_every_stamp, _BIAS_HINT),
)
"""Mistakes that are made in one dimension and in two."""
