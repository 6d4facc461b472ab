"""What the mistakes of transposed convolution in one and two dimensions have in common.

A *stamp* is what one input cell adds to the output: the kernel, times the cell's value.

Letters: `N` images, `Ci` and `Co` channels of input and output, `L` length, `K` kernel size; in
two dimensions `L` stands for `H, W` and `K` for `Kh, Kw`.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Mistake


def _overlaps(call: Call, cells: Tensor | None = None) -> Tensor:
    """Count the stamps on each cell of the output, of all input cells or of those that are 1.

    Returns:
        [1, 1, L'] or [1, 1, H', W'].
    """
    ones = torch.ones_like(call.input[:1, :1]) if cells is None else cells[None, None]
    return call(input=ones, weight=torch.ones_like(call.weight[:1, :1]), bias=None)


def _with_bias(call: Call, output: Tensor) -> Tensor:
    spread = [1] * (output.ndim - 2)
    return output if call.bias is None else output + call.bias.view(-1, *spread)


def _bias_in_every_stamp(call: Call) -> Tensor | None:
    if call.bias is None:
        return None
    output = call(bias=None)
    return output + _with_bias(call, torch.zeros_like(output)) * _overlaps(call)


def _overwritten(call: Call) -> Tensor:
    """Let each stamp replace what lies below it."""
    output = torch.zeros_like(call(bias=None))
    cells = torch.eye(call.input[0, 0].numel(), dtype=call.input.dtype)
    for cell in cells.view(-1, *call.input.shape[2:]):
        stamp = call(input=call.input * cell, bias=None)
        output = torch.where(_overlaps(call, cell) > 0, stamp, output)
    return _with_bias(call, output)


def _cut_at_the_end(call: Call) -> Tensor:
    """Cut twice the padding off the ends, and nothing off the beginnings."""
    output = call(padding=0)
    for axis in range(2, output.ndim):
        output = output.narrow(axis, 0, output.shape[axis] - 2 * call.padding)
    return output


def _nothing(call: Call) -> Tensor:
    return call()[(..., *[slice(0)] * (call.input.ndim - 2))]


def _padding_added(call: Call) -> Tensor:
    margins = [call.padding] * 2 * (call.input.ndim - 2)
    return _with_bias(call, F.pad(call(bias=None, padding=0), margins))


CHANNELS_HINT = "weight[c, o] is the kernel from input channel c to output channel o."
PADDING_HINT = "padding cuts that many cells off every side of the output: it makes it smaller."
BIAS_HINT = "the bias of an output channel is added once to each cell, after all stamps."
_OVERLAP_HINT = "where stamps overlap, they add up."


def stamp_case(what: str, *args: Tensor, hint: str = "", **options: int) -> Case:
    """Return a case, which is about channels, a bias and padding where it has several or any.

    Args:
        what: the case tries.
        args: input, weight, and maybe bias.
        hint: of the case.
        options: stride and padding.
    """
    _, weight, *bias = args
    subjects = {
        CHANNELS_HINT: len(weight) > 1,
        BIAS_HINT: bool(bias),
        PADDING_HINT: "padding" in options,
    }
    return Case(what, args, options, hint, [s for s, has_it in subjects.items() if has_it])


MISTAKES = {
    "kernel_turned": Mistake(
        "the kernel is turned round",
        lambda call: call(weight=call.weight.flip(list(range(2, call.weight.ndim)))),
        "a stamp is the kernel as it stands. (If you convolve the stretched input instead, it is "
        "that convolution which needs the kernel turned round.)",
    ),
    "stamps_replace": Mistake("a later stamp replaces an earlier one", _overwritten, _OVERLAP_HINT),
    "stamps_averaged": Mistake(
        "overlapping stamps are averaged",
        lambda call: _with_bias(call, call(bias=None) / _overlaps(call).clamp(min=1)),
        _OVERLAP_HINT,
    ),
    "padding_unused": Mistake(
        "nothing is cut off for padding", lambda call: call(padding=0), PADDING_HINT
    ),
    "padding_at_one_end": Mistake(
        "padding is cut off at one end only", _cut_at_the_end, PADDING_HINT
    ),
    "nothing_left": Mistake(
        "with padding 0 nothing is left",
        lambda call: None if call.padding else _nothing(call),
        "a slice up to -padding is empty where padding is 0, as -0 is 0: say where it ends.",
    ),
    "padding_adds": Mistake(
        "padding adds cells instead of cutting them off", _padding_added, PADDING_HINT
    ),
    "stride_unused": Mistake(
        "stride is not used",
        lambda call: call(stride=1),
        "each input moves the stamp on by stride.",
    ),
    "stride_too_long": Mistake(
        "the stamps lie one cell too far apart",
        lambda call: call(stride=call.stride + 1),
        "from one stamp to the next it is stride cells, so a stretched input has stride - 1 zeros "
        "between its cells.",
    ),
    "padded_by_padding": Mistake(
        "the stretched input is padded by padding itself",
        lambda call: call(padding=tuple(k - 1 - call.padding for k in call.weight.shape[2:])),
        "the first cell alone makes the first output, so K - 1 zeros belong at each end of the "
        "stretched input; padding takes some of them off.",
    ),
    "channels_swapped": Mistake(
        "input and output channels of the weight are swapped",
        lambda call: call(weight=call.weight.transpose(0, 1)),
        "this weight is [Ci, Co, ...]: the channels of the input come first, other than in a "
        "convolution.",
    ),
    "bias_unused": Mistake("the bias is forgotten", lambda call: call(bias=None), BIAS_HINT),
    "bias_in_stamps": Mistake("every stamp adds the bias again", _bias_in_every_stamp, BIAS_HINT),
}
"""Mistakes that are made in one dimension and in two."""
