"""Exercise `conv_transpose_2d`: transposed convolution of a map, as in the mask head."""

import torch

from rcnn_course.checks.engine.exercise import Cases, Draw, Exercise, Mistake, Odd
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
        "one channel, a kernel of 3 x 3, stride 2",
        normal(1, 1, 2, 3),
        normal(1, 1, 3, 3),
        stride=2,
        hint="cell (i, j) stamps the kernel, times its value, from row i * stride and column "
        "j * stride on.",
    )
    yield stamp_case(
        "two channels that become two",
        normal(1, 2, 3, 2),
        normal(2, 2, 2, 2),
        hint=CHANNELS_HINT,
    )
    yield stamp_case(
        "two images, two channels that become three",
        normal(2, 2, 3, 4),
        normal(2, 3, 3, 3),
        stride=2,
        hint=f"{CHANNELS_HINT[:-1]}; an output adds up the stamps of all input channels.",
    )
    yield stamp_case(
        "2 x 2 with stride 2 and a bias, as in Mask R-CNN",
        normal(2, 3, 4, 5),
        normal(3, 4, 2, 2),
        normal(4),
        stride=2,
        hint=BIAS_HINT,
    )
    yield stamp_case(
        "4 x 4 with stride 2 and padding 1, as in Keypoint R-CNN",
        normal(1, 3, 3, 4),
        normal(3, 2, 4, 4),
        normal(2),
        stride=2,
        padding=1,
        hint=PADDING_HINT,
    )
    yield stamp_case(
        "a kernel of 2 rows and 4 columns",
        normal(1, 1, 3, 3),
        normal(1, 2, 2, 4),
        stride=2,
        hint="weight is [Ci, Co, height, width].",
    )
    yield stamp_case(
        "a stride larger than the kernel",
        normal(1, 1, 2, 3),
        normal(1, 2, 2, 2),
        stride=3,
        hint="cells between the stamps stay 0.",
    )
    yield stamp_case(
        "float64, without a bias",
        normal(2, 2, 4, 3, dtype=torch.float64),
        normal(2, 3, 3, 2, dtype=torch.float64),
        stride=2,
        hint="the result has the dtype of the input.",
    )
    yield stamp_case("a single cell", normal(1, 1, 1, 1), normal(1, 2, 3, 3), padding=1)


CONV_TRANSPOSE_2D = Exercise(
    name="conv_transpose_2d",
    reference=conv_transpose,
    source="torch.nn.functional.conv_transpose2d",
    picture="map",
    steps=(
        "Stamps again, in two directions. The full size is (H - 1) * stride + Kh, and "
        "likewise for W.",
        "One loop is enough: over the cells of the kernel (a, b) or over those of the input.",
        "Cell (a, b) of the kernel adds to every stride-th row from a on, and every stride-th"
        " column from b on.",
        "Cut padding off at all four sides, then add the bias once.",
    ),
    own_cases=_cases,
    odd=Odd(length=["input"], empty=False, gradient=["input", "weight", "bias"], of=3),
    refused=(works.INTERPOLATION, works.POINT_SAMPLING, works.TRANSPOSED),
    mistakes={
        **MISTAKES,
        "kernel_transposed": Mistake(
            "rows and columns of the kernel are swapped",
            lambda call: call(weight=call.weight.transpose(2, 3)),
            "the third axis of the weight holds rows, the last one columns, as in the map.",
        ),
    },
)
