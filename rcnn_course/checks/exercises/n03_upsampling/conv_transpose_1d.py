"""Exercise `conv_transpose_1d`: transposed convolution of a row, stamp by stamp."""

import torch

from rcnn_course.checks.engine.exercise import Cases, Draw, Exercise, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.n03_upsampling.stamps import (
    BIAS_HINT,
    CHANNELS_HINT,
    MISTAKES,
    PADDING_HINT,
    stamp_case,
)
from rcnn_course.reference.upsampling import conv_transpose


def _cases(normal: Draw, _: Draw) -> Cases:
    yield stamp_case(
        "one channel, a kernel of 3, stride 2",
        normal(1, 1, 4),
        normal(1, 1, 3),
        stride=2,
        hint="input i stamps the kernel, times its value, on the outputs from i * stride on; the "
        "output has (L - 1) * stride + K cells.",
    )
    yield stamp_case(
        "two channels that become two",
        normal(1, 2, 4),
        normal(2, 2, 3),
        stride=2,
        hint=CHANNELS_HINT,
    )
    yield stamp_case(
        "two images, two channels that become three",
        normal(2, 2, 4),
        normal(2, 3, 3),
        stride=2,
        hint=f"{CHANNELS_HINT[:-1]}; an output adds up the stamps of all input channels.",
    )
    yield stamp_case(
        "a kernel of 4, stride 2, padding 1",
        normal(1, 2, 5),
        normal(2, 1, 4),
        stride=2,
        padding=1,
        hint=PADDING_HINT,
    )
    yield stamp_case(
        "a bias",
        normal(2, 2, 4),
        normal(2, 3, 3),
        normal(3),
        stride=2,
        hint=BIAS_HINT,
    )
    yield stamp_case("the default options", normal(1, 2, 5), normal(2, 2, 3))
    yield stamp_case("a kernel as long as the stride", normal(1, 1, 4), normal(1, 2, 2), stride=2)
    yield stamp_case(
        "a stride larger than the kernel",
        normal(1, 1, 4),
        normal(1, 2, 2),
        stride=3,
        hint="cells between the stamps stay 0.",
    )
    yield stamp_case(
        "float64, without a bias",
        normal(2, 2, 5, dtype=torch.float64),
        normal(2, 3, 4, dtype=torch.float64),
        stride=2,
        hint="the result has the dtype of the input.",
    )
    yield stamp_case("a single cell, cut to one", normal(1, 1, 1), normal(1, 2, 5), padding=2)


CONV_TRANSPOSE_1D = Exercise(
    name="conv_transpose_1d",
    reference=conv_transpose,
    source="torch.nn.functional.conv_transpose1d",
    picture="curve",
    steps=(
        "Think of stamps: input cell i puts the kernel, times its value, on the cells from i "
        "* stride on.",
        "Begin with zeros of the full length, (L - 1) * stride + K, and add one stamp after "
        "another.",
        "A stamp mixes channels: from [N, Ci] and [Ci, Co, K] it makes [N, Co, K], a sum over Ci.",
        "Cut `padding` cells off at both ends, then add the bias once.",
    ),
    own_cases=_cases,
    odd=Odd(length=["input"], empty=False, gradient=["input", "weight", "bias"], of=4),
    refused=(works.INTERPOLATION, works.POINT_SAMPLING, works.TRANSPOSED),
    mistakes=MISTAKES,
)
