"""Answers to the exercises of 03_upsampling: wrong, right in other ways, and handed over.

`n06_roi_align` explains the three tables.
"""

import re
from pathlib import Path

from tests.answers.styles import right_answers

_COPIED = "torch.arange(size) * length // size"
_COPY = "return input[:, :, copied]"
_FALSE = "place = (index + 0.5) * (last + 1) / size - 0.5"
_CLAMP = "    place = place.clamp(0, last)\n"
_MIX = "return torch.lerp(input[:, :, left], input[:, :, right], place - left)"
_PICK = "return input[:, :, rows[:, None], columns]"
_RESIZE = "upsample_linear_1d(maps.flatten(1, 2), size, align_corners)"
_STAMP_1D = "output[:, :, i * stride : i * stride + kernel_size]"
_CUT_1D = "output[:, :, padding : full - padding]"
_BIAS_1D = "return output if bias is None else output + bias[:, None]"
_CUT_2D = "output[:, :, padding : full_height - padding, padding : full_width - padding]"
_BIAS_2D = "return output if bias is None else output + bias[:, None, None]"
_BOTH = "torch.outer(line, line)"
_FILL = "weight[range(channels), range(channels)] = torch.outer(line, line)"
_CENTRE = "centre = (kernel_size - 1) / 2"
_KERNEL_SIZE = "kernel_size = 2 * factor - factor % 2"
_DOUBLED = "conv_transpose_2d(coarse, kernel, stride=2, padding=1)"
_SCORES = "F.conv2d(fine, weight, bias)"
_SUM = "return doubled[:, :, : fine.shape[2], : fine.shape[3]] + scores"


def _read(places, *, unless, fade=False):
    """Return code that reads the rows of `maps` at other places, by a product with tents."""
    return (
        f"rows = {_RESIZE}\n"
        "        count = maps.shape[3]\n"
        f"        at = ({places}).to(maps.dtype)\n"
        f"        at = at{'' if fade else '.clamp(0, count - 1)'}[:, None]\n"
        "        tents = (1 - (at - torch.arange(count)).abs()).clamp(min=0)\n"
        f"        rows = rows if {unless} else maps.flatten(1, 2) @ tents.T"
    )


def _resize_coarse(places):
    """Return code that interpolates `coarse` to the size of `fine`, by a product with tents."""
    return (
        "def tents(count, size):\n"
        f"        place = ({places}).clamp(0, count - 1)[:, None]\n"
        "        return (1 - (place - torch.arange(count)).abs()).clamp(min=0).to(coarse.dtype)\n"
        "    (rows, columns), (height, width) = coarse.shape[2:], fine.shape[2:]\n"
        "    doubled = tents(rows, height) @ coarse @ tents(columns, width).T"
    )


def _stamping(stamp, put, cut, too_much, bias, axes):
    """Return the mistakes of transposed convolution, which are the same in 1-D and in 2-D."""
    return {
        "kernel_turned": stamp["turned"],
        "stamps_replace": put["replaced"],
        "stamps_averaged": put["averaged"],
        "padding_unused": (cut, "output"),
        "padding_at_one_end": (
            cut,
            cut.replace("padding :", ":").replace("- padding", "- 2 * padding"),
        ),
        "nothing_left": (cut, re.sub(r" : full\w* - ", ":-", cut)),
        "padding_adds": (
            cut,
            f"F.pad(output, [padding] * {2 * axes})",
        ),
        "stride_unused": stamp["unstrided"],
        "stride_too_long": stamp["apart"],
        "padded_by_padding": (cut, too_much),
        "channels_swapped": stamp["swapped"],
        "bias_unused": (bias, "return output"),
        "bias_in_stamps": put["biased"],
    }


_SHAPE_1D = "images, _, length = input.shape"
_SHAPE_2D = "images, _, height, width = input.shape"
_COUNT_1D = (
    "counts = input.new_zeros(full)\n"
    "    for i in range(length):\n"
    "        counts[i * stride : i * stride + kernel_size] += 1\n"
)
_COUNT_2D = (
    "counts = input.new_zeros(full_height, full_width)\n"
    "    for y in range(height):\n"
    "        for x in range(width):\n"
    "            y0, x0 = y * stride, x * stride\n"
    "            counts[y0 : y0 + kernel_height, x0 : x0 + kernel_width] += 1\n"
)

_STAMPING_1D = _stamping(
    stamp={
        "turned": ("input[:, :, i], weight)", "input[:, :, i], weight.flip(2))"),
        "unstrided": (_SHAPE_1D, f"{_SHAPE_1D}\n    stride = 1"),
        "apart": (_SHAPE_1D, f"{_SHAPE_1D}\n    stride = stride + 1"),
        "swapped": (_SHAPE_1D, f"{_SHAPE_1D}\n    weight = weight.transpose(0, 1)"),
    },
    put={
        "replaced": (f"{_STAMP_1D} += stamp", f"{_STAMP_1D} = stamp"),
        "averaged": (
            f"output = {_CUT_1D}",
            f"{_COUNT_1D}    output = output / counts.clamp(min=1)\n    output = {_CUT_1D}",
        ),
        "biased": (
            f"output = {_CUT_1D}",
            f"{_COUNT_1D}    if bias is not None:\n"
            f"        output = output + bias[:, None] * (counts - 1)\n    output = {_CUT_1D}",
        ),
    },
    cut=_CUT_1D,
    too_much="output[:, :, kernel_size - 1 - padding : full - kernel_size + 1 + padding]",
    bias=_BIAS_1D,
    axes=1,
)
_STAMPING_2D = _stamping(
    stamp={
        "turned": ("weight[:, :, a, b]", "weight.flip(2, 3)[:, :, a, b]"),
        "unstrided": (_SHAPE_2D, f"{_SHAPE_2D}\n    stride = 1"),
        "apart": (_SHAPE_2D, f"{_SHAPE_2D}\n    stride = stride + 1"),
        "swapped": (_SHAPE_2D, f"{_SHAPE_2D}\n    weight = weight.transpose(0, 1)"),
    },
    put={
        "replaced": (
            f"output = {_CUT_2D}",
            "output = torch.zeros_like(output)\n"
            "    for y in range(height):\n"
            "        for x in range(width):\n"
            "            y0, x0 = y * stride, x * stride\n"
            '            stamp = torch.einsum("nc,coab->noab", input[:, :, y, x], weight)\n'
            "            output[:, :, y0 : y0 + kernel_height, x0 : x0 + kernel_width] = stamp\n"
            f"    output = {_CUT_2D}",
        ),
        "averaged": (
            f"output = {_CUT_2D}",
            f"{_COUNT_2D}    output = output / counts.clamp(min=1)\n    output = {_CUT_2D}",
        ),
        "biased": (
            f"output = {_CUT_2D}",
            f"{_COUNT_2D}    if bias is not None:\n"
            f"        output = output + bias[:, None, None] * (counts - 1)\n    output = {_CUT_2D}",
        ),
    },
    cut=_CUT_2D,
    too_much="output[:, :, kernel_height - 1 - padding : full_height - kernel_height + 1 + padding]"
    "[..., kernel_width - 1 - padding : full_width - kernel_width + 1 + padding]",
    bias=_BIAS_2D,
    axes=2,
)
_STAMPING_2D["kernel_transposed"] = (
    _SHAPE_2D,
    f"{_SHAPE_2D}\n    weight = weight.transpose(2, 3)",
)
_SCATTER = "output = output.scatter(2, indices.flatten(2), x.flatten(2))"

WRONG = {
    "upsample_nearest_1d": {
        "whole_repeated": (_COPIED, "torch.arange(size) % length"),
        "copied_and_cut": (_COPIED, "torch.arange(size) // -(-size // length)"),
        "rounded": (
            _COPIED,
            "(torch.arange(size) * length / size).round().long().clamp(max=length - 1)",
        ),
        "nearest_centre": (
            _COPIED,
            "((torch.arange(size) + 0.5) * length / size).floor().long()",
        ),
        "ends_tied": (
            _COPIED,
            "torch.arange(size) * (length - 1) // max(size - 1, 1)",
        ),
        "mixed": (
            _COPY,
            "place = ((torch.arange(size, dtype=input.dtype) + 0.5) * length / size - 0.5)\n"
            "    place = place.clamp(0, length - 1)\n"
            "    left, right = place.floor().long(), place.ceil().long()\n"
            "    return torch.lerp(input[:, :, left], input[:, :, right], place - left)",
        ),
        "zeros_between": (
            _COPY,
            "return input[:, :, copied] * (copied.diff(prepend=copied.new_tensor([-1])) != 0)",
        ),
        "size_as_factor": (
            "length = input.shape[2]",
            "length = input.shape[2]\n    size = size * length",
        ),
    },
    "upsample_linear_1d": {
        "never_tied": ("if align_corners:", "if False:"),
        "always_tied": ("if align_corners:", "if True:"),
        "tied_inverted": (
            "if align_corners:",
            "if not align_corners:",
        ),
        "half_cells_forgotten": (_FALSE, "place = index * (last + 1) / size"),
        "half_cell_too_far": (
            _FALSE,
            "place = (index + 0.5) * (last + 1) / size",
        ),
        "ends_not_tied": (
            "max(size - 1, 1)",
            "size",
        ),
        "first_continued": (
            _MIX,
            "before = (index + 0.5) * (last + 1) / size - 0.5 < 0\n"
            "    if not align_corners and last:\n"
            "        place = torch.where(before, (index + 0.5) * (last + 1) / size - 0.5, place)\n"
            f"    {_MIX}",
        ),
        "both_ends_continued": (
            _CLAMP + "    left = place.floor().long()\n    right = (left + 1).clamp(max=last)",
            "    if last == 0:\n"
            "        place = place * 0\n"
            "    left = place.floor().long().clamp(0, max(last - 1, 0))\n"
            "    right = (left + 1).clamp(max=last)",
        ),
        "fading": (
            _CLAMP,
            "    input = torch.nn.functional.pad(input, (1, 1))\n"
            "    place, last = place + 1, last + 2\n",
        ),
        "weights_swapped": ("place - left)", "1 - (place - left))"),
        "copied": (
            _MIX,
            "return input[:, :, torch.arange(size) * (last + 1) // size]",
        ),
    },
    "conv_transpose_1d": _STAMPING_1D,
    "upsample_nearest_2d": {
        "height_and_width_swapped": (
            "height, width = (size",
            "width, height = (size",
        ),
        "whole_repeated": (
            _PICK,
            "rows = torch.arange(height) % input.shape[2]\n"
            "    columns = torch.arange(width) % input.shape[3]\n"
            f"    {_PICK}",
        ),
        "whole_factors": (
            _PICK,
            "down, across = height // input.shape[2], width // input.shape[3]\n"
            "    return input.repeat_interleave(down, 2).repeat_interleave(across, 3)",
        ),
        "nearest_centre": (
            _PICK,
            "rows = ((torch.arange(height) + 0.5) * input.shape[2] / height).long()\n"
            "    columns = ((torch.arange(width) + 0.5) * input.shape[3] / width).long()\n"
            f"    {_PICK}",
        ),
        "copied_and_cut": (
            _PICK,
            "rows = torch.arange(height) // -(-height // input.shape[2])\n"
            "    columns = torch.arange(width) // -(-width // input.shape[3])\n"
            f"    {_PICK}",
        ),
        "rounded": (
            _PICK,
            "rows = (torch.arange(height) * input.shape[2] / height).round().long()\n"
            "    columns = (torch.arange(width) * input.shape[3] / width).round().long()\n"
            "    rows = rows.clamp(max=input.shape[2] - 1)\n"
            "    columns = columns.clamp(max=input.shape[3] - 1)\n"
            f"    {_PICK}",
        ),
        "mixed": (
            _PICK,
            "def tents(count, size):\n"
            "        place = (torch.arange(size, dtype=input.dtype) + 0.5) * count / size - 0.5\n"
            "        distance = place.clamp(0, count - 1)[:, None] - torch.arange(count)\n"
            "        return (1 - distance.abs()).clamp(min=0)\n"
            "    return tents(input.shape[2], height) @ input @ tents(input.shape[3], width).T",
        ),
    },
    "upsample_bilinear_2d": {
        "height_and_width_swapped": (
            "height, width = (size",
            "width, height = (size",
        ),
        "never_tied": (
            _RESIZE,
            _RESIZE.replace("align_corners", "False"),
        ),
        "always_tied": (
            _RESIZE,
            _RESIZE.replace("align_corners", "True"),
        ),
        "tied_inverted": (
            _RESIZE,
            _RESIZE.replace("align_corners", "not align_corners"),
        ),
        "half_cells_forgotten": (
            f"rows = {_RESIZE}",
            _read("torch.arange(size) * count / size", unless="align_corners"),
        ),
        "ends_not_tied": (
            f"rows = {_RESIZE}",
            _read("torch.arange(size) * (count - 1) / size", unless="not align_corners"),
        ),
        "half_cell_too_far": (
            f"rows = {_RESIZE}",
            _read("(torch.arange(size) + 0.5) * count / size", unless="align_corners"),
        ),
        "first_continued": (
            f"rows = {_RESIZE}",
            f"rows = {_RESIZE}\n"
            "        if not align_corners and maps.shape[3] > 1:\n"
            "            first, second = maps.flatten(1, 2)[..., :2].split(1, dim=2)\n"
            "            place = (torch.arange(size) + 0.5) * maps.shape[3] / size - 0.5\n"
            "            rows = rows + (second - first) * place.clamp(max=0).to(maps.dtype)",
        ),
        "fading": (
            f"rows = {_RESIZE}",
            _read(
                "(torch.arange(size) + 0.5) * count / size - 0.5", unless="align_corners", fade=True
            ),
        ),
        "only_rows_mixed": (
            "wide = resize_rows(input, width)",
            "wide = input[..., torch.arange(width) * input.shape[3] // width]",
        ),
        "only_columns_mixed": (
            "return resize_rows(wide.transpose(2, 3), height).transpose(2, 3)",
            "return wide[:, :, torch.arange(height) * input.shape[2] // height]",
        ),
        "copied": (
            "wide = resize_rows(input, width)",
            "rows = torch.arange(height) * input.shape[2] // height\n"
            "    return input[:, :, rows[:, None], torch.arange(width) * input.shape[3] // width]",
        ),
    },
    "conv_transpose_2d": _STAMPING_2D,
}
WRONG["bilinear_kernel"] = {
    "every_channel": (_FILL, f"weight[:] = {_BOTH}"),
    "grouped": (
        _FILL,
        f"weight = weight[:, :1] * 0 + {_BOTH}",
    ),
    "centre_off": (_CENTRE, "centre = factor - 1"),
    "ends_at_zero": (
        "(torch.arange(kernel_size) - centre).abs() / factor",
        "(torch.arange(kernel_size) - centre).abs() / max(centre, 1)",
    ),
    "always_even": (_KERNEL_SIZE, "kernel_size = 2 * factor"),
    "sum_1": (_BOTH, f"{_BOTH} / line.sum() ** 2"),
    "all_1": (_BOTH, "1.0"),
    "lines_added": (_BOTH, "line[:, None] + line"),
}
WRONG["fcn_skip_sum"] = {
    "padding_unused": (_DOUBLED, _DOUBLED.replace("1)", "0)")),
    "copied": (
        _DOUBLED,
        "coarse.repeat_interleave(2, 2).repeat_interleave(2, 3)",
    ),
    "resized": (
        f"doubled = {_DOUBLED}",
        _resize_coarse("(torch.arange(size) + 0.5) * count / size - 0.5"),
    ),
    "corners_aligned": (
        f"doubled = {_DOUBLED}",
        _resize_coarse("torch.arange(size) * (count - 1) / (size - 1)"),
    ),
    "cut_in_front": (
        _SUM,
        "return doubled[:, :, -fine.shape[2] :, -fine.shape[3] :] + scores",
    ),
    "bias_unused": (_SCORES, "F.conv2d(fine, weight)"),
    "relu_on_scores": (_SCORES, f"{_SCORES}.relu()"),
    "averaged": (
        _SUM,
        _SUM.replace("return ", "return 0.5 * (") + ")",
    ),
    "multiplied": (_SUM, _SUM.replace("+", "*")),
    "fine_unused": (_SUM, _SUM.replace(" + scores", "")),
}
WRONG["max_unpool_2d"] = {
    "copied": (_SCATTER, "return F.interpolate(x, (height, width))"),
    "upper_left": (
        _SCATTER,
        "output = output.view(*x.shape[:2], height, width)\n"
        "    output[:, :, : 2 * x.shape[2] : 2, : 2 * x.shape[3] : 2] = x\n"
        "    return output",
    ),
    "read_by_columns": (
        _SCATTER,
        f"indices = indices % height * width + indices // height\n    {_SCATTER}",
    ),
    "first_map_only": (_SCATTER, f"indices = indices[:1, :1].expand_as(x)\n    {_SCATTER}"),
    "added": (".scatter(", ".scatter_add("),
}

DELEGATING = {
    "upsample_nearest_1d": """
def upsample_nearest_1d(input, size):
    return F.interpolate(input, size=size)
""",
    "upsample_linear_1d": """
def upsample_linear_1d(input, size, align_corners=False):
    return torch.nn.Upsample(size=size, mode="linear", align_corners=align_corners)(input)
""",
    "conv_transpose_1d": """
def conv_transpose_1d(input, weight, bias=None, stride=1, padding=0):
    length = (input.shape[2] - 1) * stride - 2 * padding + weight.shape[2]
    shape = (input.shape[0], weight.shape[1], length)
    output = torch.nn.grad.conv1d_input(shape, weight, input, stride=stride, padding=padding)
    return output if bias is None else output + bias[:, None]
""",
    "upsample_nearest_2d": """
def upsample_nearest_2d(input, size):
    return torch._C._nn.upsample_nearest2d(input, (size, size) if isinstance(size, int) else size)
""",
    "upsample_bilinear_2d": """
def upsample_bilinear_2d(input, size, align_corners=False):
    size = (size, size) if isinstance(size, int) else size
    theta = torch.eye(2, 3).expand(len(input), 2, 3)
    grid = F.affine_grid(theta, [len(input), 1, *size], align_corners=align_corners)
    return F.grid_sample(input, grid, padding_mode="border", align_corners=align_corners)
""",
    "conv_transpose_2d": """
def conv_transpose_2d(input, weight, bias=None, stride=1, padding=0):
    options = [stride] * 2, [padding] * 2, [1] * 2, True, [0] * 2, 1
    return torch.convolution(input, weight, bias, *options)
""",
    "bilinear_kernel": """
def bilinear_kernel(channels, factor):
    impulse = torch.zeros(1, 1, 3, 3)
    impulse[0, 0, 1, 1] = 1
    spread = F.interpolate(impulse, scale_factor=factor, mode="bilinear")[0, 0]
    kernel = spread[spread.sum(1) > 0][:, spread.sum(0) > 0]
    return torch.eye(channels)[:, :, None, None] * kernel
""",
    "fcn_skip_sum": """
def fcn_skip_sum(coarse, fine, weight, bias):
    kernel = bilinear_kernel(coarse.shape[1], 2).to(coarse)
    doubled = F.conv_transpose2d(coarse, kernel, stride=2, padding=1)
    return doubled[:, :, : fine.shape[2], : fine.shape[3]] + F.conv2d(fine, weight, bias)
""",
    "max_unpool_2d": """
def max_unpool_2d(x, indices, size):
    return F.max_unpool2d(x, indices, 2, output_size=size)
""",
}


RIGHT = right_answers(Path(__file__).parent, WRONG)
