"""Exercise `fcn_skip_sum`: coarse scores meet those of a finer layer.

Source: Long et al. 2015 (FCN), section 4.2 and figure 3.
"""

import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.reference.upsampling import bilinear_kernel, conv_transpose, fcn_skip_sum


def _cases(normal: Draw, _: Draw) -> Cases:
    def network(
        images: int = 1, classes: int = 2, channels: int = 5, size: tuple[int, int] = (6, 8)
    ) -> tuple[Tensor, ...]:
        height, width = size
        return (
            normal(images, classes, (height + 1) // 2, (width + 1) // 2),
            normal(images, channels, height, width),
            normal(classes, channels, 1, 1),
            normal(classes),
        )

    yield Case(
        "two classes, five channels",
        network(),
        hint="the parts: scores of the fine map by a 1 x 1 convolution; the coarse scores, twice "
        "as large; their sum.",
    )
    yield Case("two images, a fine map of 5 x 6 cells", network(images=2, size=(5, 6)))
    yield Case(
        "a fine map of 5 x 7 cells",
        network(size=(5, 7)),
        hint="3 x 4 coarse cells become 6 x 8; the last row and column are cut off.",
    )
    yield Case(
        "a fine map of 6 x 5 cells",
        network(size=(6, 5)),
        hint="height and width are cut on their own.",
    )
    yield Case("one class, one channel", network(classes=1, channels=1))
    yield Case("a single coarse cell", network(size=(2, 2)))


def _coarse_alone(call: Call, coarse: Tensor) -> Tensor:
    """Return the scores of a coarse map, doubled and cut, with nothing added."""
    return call(coarse=coarse, weight=0 * call.weight, bias=0 * call.bias)


def _fine_alone(call: Call) -> Tensor:
    return call(coarse=0 * call.coarse)


def _resized(call: Call, mode: str, **options: bool) -> Tensor:
    size = call.fine.shape[2:]
    return F.interpolate(call.coarse, size=size, mode=mode, **options) + _fine_alone(call)


_BILINEAR_HINT = (
    "use your conv_transpose_2d with stride 2, padding 1 and the bilinear kernel for factor 2. "
    "Unlike interpolation it lets scores fade at the border."
)
_SUM_HINT = "the two score maps are added, cell by cell and class by class."

FCN_SKIP_SUM = Exercise(
    name="fcn_skip_sum",
    reference=fcn_skip_sum,
    source="F.conv_transpose2d and F.conv2d",
    picture="map",
    steps=(
        "Three things: double the coarse scores, score the fine map, add both.",
        "A 1 x 1 convolution makes K scores out of C channels at each cell.",
        "Doubling makes a map of 2 H x 2 W, which may be one row or column larger than the "
        "fine one.",
    ),
    own_cases=_cases,
    odd=Odd(
        length=["coarse", "fine"],
        empty=False,
        gradient=["coarse", "fine", "weight", "bias"],
        of=1,
        hints={"float64": "the kernel must have the dtype of the scores."},
    ),
    refused=(works.INTERPOLATION, works.POINT_SAMPLING, works.TRANSPOSED),
    lends={"conv_transpose_2d": conv_transpose, "bilinear_kernel": bilinear_kernel},
    mistakes={
        "padding_unused": Mistake(
            "the doubled scores are not cut at their first cell",
            lambda call: call(padding=0),
            "without padding, the scores lie one cell too far down and right: padding=1 takes the "
            "first row and column off.",
        ),
        "copied": Mistake(
            "the scores are doubled by copying cells",
            lambda call: _resized(call, "nearest"),
            _BILINEAR_HINT,
        ),
        "resized": Mistake(
            "the scores are resized to the fine map by bilinear interpolation",
            lambda call: _resized(call, "bilinear", align_corners=False),
            _BILINEAR_HINT,
        ),
        "corners_aligned": Mistake(
            "the scores are resized with their corners aligned",
            lambda call: _resized(call, "bilinear", align_corners=True),
            _BILINEAR_HINT,
        ),
        "cut_in_front": Mistake(
            "for an odd size, the first row or column is cut off instead of the last",
            lambda call: _coarse_alone(call, call.coarse.flip(2, 3)).flip(2, 3) + _fine_alone(call),
            "cell 0 of both maps starts at the same pixel, so what is too much stands at the end.",
        ),
        "bias_unused": Mistake(
            "the bias of the scoring layer is forgotten",
            lambda call: call(bias=0 * call.bias),
            "the scoring layer is an ordinary 1 x 1 convolution, with its bias.",
        ),
        "relu_on_scores": Mistake(
            "the scores of the fine map pass a ReLU",
            lambda call: _coarse_alone(call, call.coarse) + _fine_alone(call).relu(),
            "these are scores: they may well be negative, and nothing stands between them and "
            "the sum.",
        ),
        "averaged": Mistake(
            "the scores are averaged instead of added", lambda call: call() / 2, _SUM_HINT
        ),
        "multiplied": Mistake(
            "the scores are multiplied instead of added",
            lambda call: _coarse_alone(call, call.coarse) * _fine_alone(call),
            _SUM_HINT,
        ),
        "fine_unused": Mistake(
            "the scores of the fine map are left out",
            lambda call: _coarse_alone(call, call.coarse),
            _SUM_HINT,
        ),
    },
)
