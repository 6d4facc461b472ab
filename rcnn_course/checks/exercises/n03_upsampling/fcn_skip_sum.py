"""Exercise `fcn_skip_sum`: coarse scores meet those of a finer layer.

Source: Long et al. 2015 (FCN), section 4.2 and figure 3.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n03_upsampling.bilinear_kernel import reference as bilinear_kernel
from rcnn_course.checks.exercises.n03_upsampling.refused import REFUSED, REFUSED_CODE
from rcnn_course.checks.exercises.n03_upsampling.stamps import reference as conv_transpose_2d

_conv2d = F.conv2d
_interpolate = F.interpolate


def _doubled(coarse: Tensor, padding: int = 1) -> Tensor:
    kernel = bilinear_kernel(coarse.shape[1], 2).to(coarse)
    return conv_transpose_2d(coarse, kernel, stride=2, padding=padding)


def _cut(scores: Tensor, fine: Tensor) -> Tensor:
    return scores[..., : fine.shape[2], : fine.shape[3]]


def reference(coarse: Tensor, fine: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Double the coarse scores by torch's transposed convolution, add those of torch's conv2d."""
    return _cut(_doubled(coarse), fine) + _conv2d(fine, weight, bias)


def _cases(seed: int) -> Iterator[Case]:
    normal, _ = random_tensors(seed)

    def network(
        images: int = 1,
        classes: int = 3,
        channels: int = 5,
        size: tuple[int, int] = (6, 8),
        dtype: torch.dtype = torch.float32,
    ) -> tuple[Tensor, ...]:
        height, width = size
        return (
            normal(images, classes, (height + 1) // 2, (width + 1) // 2, dtype=dtype),
            normal(images, channels, height, width, dtype=dtype),
            normal(classes, channels, 1, 1, dtype=dtype),
            normal(classes, dtype=dtype),
        )

    yield Case(
        "three classes, five channels",
        network(),
        hint="the parts: scores of the fine map by a 1 x 1 convolution; the coarse scores, twice "
        "as large; their sum.",
    )
    yield Case("two images", network(images=2))
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
    yield Case(
        "float64",
        network(dtype=torch.float64),
        hint="the kernel must have the dtype of the scores.",
    )
    yield Case(
        "the gradients that flow back to both maps and to the scoring layer",
        tuple(tensor.requires_grad_() for tensor in network(images=2, size=(5, 6))),
    )


def _resized(mode: str, **options: bool):
    def wrong(coarse: Tensor, fine: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        resized = _interpolate(coarse, size=fine.shape[2:], mode=mode, **options)
        return resized + _conv2d(fine, weight, bias)

    return wrong


def _cut_in_front(coarse: Tensor, fine: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    doubled = _doubled(coarse)[..., -fine.shape[2] :, -fine.shape[3] :]
    return doubled + _conv2d(fine, weight, bias)


_BILINEAR_HINT = (
    "use your conv_transpose_2d with stride 2, padding 1 and the bilinear kernel for factor 2. "
    "Unlike interpolation it lets scores fade at the border."
)
_SUM_HINT = "the two score maps are added, cell by cell and class by class."

FCN_SKIP_SUM = Exercise(
    name="fcn_skip_sum",
    reference=reference,
    source="F.conv_transpose2d and F.conv2d",
    own_cases=_cases,
    refused=REFUSED,
    refused_code=REFUSED_CODE,
    lends={"conv_transpose_2d": conv_transpose_2d, "bilinear_kernel": bilinear_kernel},
    mistakes=(
        Mistake(
            "the doubled scores are not cut at their first cell",
            lambda coarse, fine, weight, bias: (
                _cut(_doubled(coarse, padding=0), fine) + _conv2d(fine, weight, bias)
            ),
            "without padding, the scores lie one cell too far down and right: padding=1 takes the "
            "first row and column off.",
        ),
        Mistake(
            "the scores are doubled by copying cells",
            _resized("nearest"),
            _BILINEAR_HINT,
        ),
        Mistake(
            "the scores are resized to the fine map by bilinear interpolation",
            _resized("bilinear", align_corners=False),
            _BILINEAR_HINT,
        ),
        Mistake(
            "the scores are resized with their corners aligned",
            _resized("bilinear", align_corners=True),
            _BILINEAR_HINT,
        ),
        Mistake(
            "for an odd size, the first row or column is cut off instead of the last",
            _cut_in_front,
            "cell 0 of both maps starts at the same pixel, so what is too much stands at the end.",
        ),
        Mistake(
            "the bias of the scoring layer is forgotten",
            lambda coarse, fine, weight, bias: reference(coarse, fine, weight, bias * 0),
            "the scoring layer is an ordinary 1 x 1 convolution, with its bias.",
        ),
        Mistake(
            "the scores of the fine map pass a ReLU",
            lambda coarse, fine, weight, bias: (
                _cut(_doubled(coarse), fine) + _conv2d(fine, weight, bias).relu()
            ),
            "these are scores: they may well be negative, and nothing stands between them and "
            "the sum.",
        ),
        Mistake(
            "the scores are averaged instead of added",
            lambda *args: reference(*args) / 2,
            _SUM_HINT,
        ),
        Mistake(
            "the scores are multiplied instead of added",
            lambda coarse, fine, weight, bias: (
                _cut(_doubled(coarse), fine) * _conv2d(fine, weight, bias)
            ),
            _SUM_HINT,
        ),
        Mistake(
            "the scores of the fine map are left out",
            lambda coarse, fine, weight, bias: _cut(_doubled(coarse), fine),
            _SUM_HINT,
        ),
    ),
)
