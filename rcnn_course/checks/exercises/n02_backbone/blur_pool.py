"""Stretch goal `blur_pool`: blur, then stride, so that small shifts change little.

Letters: N images, C channels, H and W rows and columns.
"""

from rcnn_course.checks.engine.exercise import Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.reference.backbone import blur_pool


def _cases(normal: Draw, _: Draw) -> Cases:
    yield Case("two images with three channels", (normal(2, 3, 6, 9),))
    yield Case(
        "stride 1, which only blurs",
        (normal(1, 2, 5, 4), 1),
        hint="with stride 1 the map keeps its size.",
    )
    yield Case(
        "stride 3",
        (normal(1, 2, 8, 7), 3),
        hint="the output reads rows 0, stride, 2 stride … of the blurred map.",
    )
    yield Case(
        "a map of 2 x 2 cells",
        (normal(1, 1, 2, 2),),
        hint="mirrored at the border, a row beyond the first one is the second one.",
    )


BLUR_POOL = Exercise(
    name="blur_pool",
    reference=blur_pool,
    source="the definition of Zhang 2019, section 3.2",
    picture="map",
    is_stretch=True,
    steps=(
        'Pad by one cell on each side: `F.pad(..., mode="reflect")` mirrors the border.',
        "The kernel is the outer product of [1, 2, 1] with itself, divided by 16: it sums to 1.",
        "Each channel is blurred by itself: `F.conv2d` with `groups=C` and a weight [C, 1, 3, 3].",
    ),
    own_cases=_cases,
    odd=Odd(length=["x"], gradient=["x"], hints={"float64": "the kernel has the dtype of x."}),
    mistakes={
        "not_blurred": Mistake(
            "nothing is blurred",
            lambda call: call.x[:, :, :: call.stride, :: call.stride],
            "without the blur, what lies between the rows that are read never counts.",
        ),
        "averaged": Mistake(
            "all nine cells count the same",
            lambda call: call(taps=(1.0, 1.0, 1.0)),
            "the weights fall off from the middle: 1, 2, 1 in both directions.",
        ),
        "zeros_beyond": Mistake(
            "there are zeros beyond the border",
            lambda call: call(mode="constant"),
            "zeros would darken the border: mirror it instead.",
        ),
        "border_repeated": Mistake(
            "the border is repeated instead of mirrored",
            lambda call: call(mode="replicate"),
            "mirrored, the row beyond the first one is the second one.",
        ),
        "not_divided": Mistake(
            "the kernel does not sum to 1",
            lambda call: 16 * call(),
            "a map of ones should stay a map of ones.",
        ),
        "channels_mixed": Mistake(
            "the channels are mixed",
            lambda call: call().sum(dim=1, keepdim=True).expand_as(call()),
            "each channel is blurred by itself.",
        ),
        "one_later": Mistake(
            "the output begins one row and one column later",
            lambda call: call(stride=1)[:, :, 1 :: call.stride, 1 :: call.stride],
            "the first output stands on the first cell.",
        ),
        "stride_unused": Mistake(
            "the stride is not used",
            lambda call: call(stride=1),
            "of the blurred map only each stride-th row and column is kept.",
        ),
    },
)
