"""Exercise `bilinear_kernel`: weights with which transposed convolution interpolates.

Source: Long et al. 2015 (FCN), section 3.3; the `bilinear` filler of Caffe.
"""

import torch
from torch import Tensor

from rcnn_course.checks.engine.cases import all_about
from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake
from rcnn_course.checks.exercises import works
from rcnn_course.reference.upsampling import bilinear_kernel

_BY_HAND_HINT = "for factor 2, by hand: 1/4, 3/4, 3/4, 1/4 down, times the same across."


@all_about(_BY_HAND_HINT)
def _cases(_: Draw, uniform: Draw) -> Cases:
    channels, factor, large = uniform(3, low=2, high=40).int().tolist()
    yield Case(
        "one channel, factor 2",
        (1, 2),
        hint=_BY_HAND_HINT,
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


def _for_each_channel(call: Call, kernel: Tensor) -> Tensor:
    return torch.eye(call.channels)[:, :, None, None] * kernel


def _triangular(call: Call, cells: int, part: slice = slice(None)) -> Tensor:
    """Return the weight whose lines are some cells of a triangle that ends in zeros."""
    line = torch.bartlett_window(cells, periodic=False)[part]
    return _for_each_channel(call, torch.outer(line, line))


def _added(call: Call) -> Tensor:
    line = call()[0, 0].diagonal().sqrt()
    return _for_each_channel(call, line[:, None] + line)


_DISTANCE_HINT = (
    "a weight is 1 - distance / factor, with the distance from the cell's centre to the centre of "
    "the kernel, (K - 1) / 2."
)

BILINEAR_KERNEL = Exercise(
    name="bilinear_kernel",
    reference=bilinear_kernel,
    source="the weights of F.interpolate",
    picture="map",
    steps=(
        "Look at one line of the kernel first: a tent, highest in the middle, falling to 0 at"
        " both sides.",
        "The middle of K cells is at (K - 1) / 2; the height falls by 1 / factor from cell to"
        " cell.",
        "The kernel is the outer product of the line with itself, and stands only where c "
        "equals o.",
    ),
    own_cases=_cases,
    refused=(works.INTERPOLATION, works.POINT_SAMPLING, works.TRANSPOSED),
    mistakes={
        "every_channel": Mistake(
            "every channel is spread into every other",
            lambda call: call(channels=1).repeat(call.channels, call.channels, 1, 1),
            "each channel is enlarged on its own: weight[c, o] is 0 where c and o differ.",
        ),
        "grouped": Mistake(
            "there is one input channel too few in the weight",
            lambda call: call(channels=1).repeat(call.channels, 1, 1, 1),
            "[channels, 1, K, K] is the weight of a grouped convolution; here it is "
            "[channels, channels, K, K].",
        ),
        "centre_off": Mistake(
            "the centre of an even kernel is half a cell off",
            lambda call: (
                None if call.factor % 2 else _triangular(call, 2 * call.factor + 1, slice(1, None))
            ),
            _DISTANCE_HINT,
        ),
        "ends_at_zero": Mistake(
            "the outermost weights are zero",
            lambda call: _triangular(call, call().shape[2]),
            _DISTANCE_HINT,
        ),
        "always_even": Mistake(
            "the kernel has an even size for an odd factor too",
            lambda call: _triangular(call, 4 * call.factor + 1, slice(1, None, 2)),
            "K is 2 * factor - factor % 2.",
        ),
        "sum_1": Mistake(
            "the weights are normalised to the sum 1",
            lambda call: call() / call.factor**2,
            "each output mixes the stamps of several inputs; those weights make 1 together. All "
            "weights of one stamp make factor * factor.",
        ),
        "all_1": Mistake(
            "all weights are 1",
            lambda call: _for_each_channel(call, torch.ones_like(call()[0, 0])),
            "the further a cell is from the centre, the smaller its weight.",
        ),
        "lines_added": Mistake(
            "the lines down and across are added instead of multiplied",
            _added,
            "a weight is that of its row times that of its column.",
        ),
    },
)
