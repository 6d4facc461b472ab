"""Exercise `KeypointRCNNPredictor`: a transposed convolution, then bilinear enlarging.

Source: He et al. 2017 (Mask R-CNN), section 5; torchvision.models.detection.keypoint_rcnn.
"""

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection.keypoint_rcnn import KeypointRCNNPredictor

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.modules import run_with_weights
from rcnn_course.checks.engine.random_tensors import random_tensors

NAME = "kps_score_lowres"

Weights = dict[str, Tensor]

_interpolate, _conv_transpose2d = F.interpolate, F.conv_transpose2d


def _use(
    subject: Callable, in_channels: int, num_keypoints: int, weights: Weights, x: Tensor
) -> Tensor:
    return run_with_weights(subject(in_channels, num_keypoints), weights, x)


def _cases(seed: int) -> Iterator[Case]:
    normal, _ = random_tensors(seed)

    def call(
        in_channels: int, num_keypoints: int, *size: int, dtype: torch.dtype = torch.float32
    ) -> tuple:
        kernel = normal(in_channels, num_keypoints, 4, 4, dtype=dtype)
        weights = {
            f"{NAME}.weight": kernel / (4 * in_channels) ** 0.5,
            f"{NAME}.bias": normal(num_keypoints, dtype=dtype),
        }
        x = normal(size[0], in_channels, *size[1:], dtype=dtype)
        return in_channels, num_keypoints, weights, x

    yield Case("17 keypoints of two regions", call(4, 17, 2, 5, 5))
    yield Case("features that are not square", call(3, 5, 1, 4, 7))
    yield Case("14 x 14 features, as in the detector", call(2, 3, 1, 14, 14))
    yield Case("a single cell, a single keypoint", call(3, 1, 2, 1, 1))
    yield Case("no regions at all", call(3, 17, 0, 14, 14))
    in_channels, num_keypoints, made, x = call(3, 2, 2, 6, 4)
    yield Case(
        "an input that is not contiguous in memory",
        (in_channels, num_keypoints, made, x.transpose(2, 3)),
    )
    in_channels, num_keypoints, made, x = call(3, 4, 2, 3, 4, dtype=torch.float64)
    trained = {name: values.requires_grad_() for name, values in made.items()}
    yield Case(
        "float64, and the gradients that flow back to the features and to the weights",
        (in_channels, num_keypoints, trained, x.requires_grad_()),
    )


def _coarse(weights: Weights, x: Tensor, *, stride: int = 2, padding: int = 1) -> Tensor:
    """Apply the transposed convolution alone."""
    kernel, bias = weights[f"{NAME}.weight"], weights[f"{NAME}.bias"]
    return _conv_transpose2d(x, kernel, bias, stride=stride, padding=padding)


def _twice_as_large(x: Tensor, mode: str = "bilinear", **options: bool) -> Tensor | None:
    if not len(x):
        return None
    return _interpolate(x, scale_factor=2.0, mode=mode, **options)


def _enlarged(mode: str, **options: bool) -> Callable[..., Tensor | None]:
    """Make the mistake of enlarging the coarse maps in another way."""
    return lambda _, k, weights, x: _twice_as_large(_coarse(weights, x), mode, **options)


def _enlarged_after(change: Callable[[Tensor], Tensor]) -> Callable[..., Tensor | None]:
    """Make the mistake of a function between the two steps."""
    return lambda _, k, weights, x: _twice_as_large(change(_coarse(weights, x)))


KEYPOINT_RCNN_PREDICTOR = Exercise(
    name="KeypointRCNNPredictor",
    reference=KeypointRCNNPredictor,
    source="torchvision's KeypointRCNNPredictor",
    own_cases=_cases,
    use=_use,
    refused_code=(KeypointRCNNPredictor,),
    mistakes=(
        Mistake(
            "the maps are not enlarged after the transposed convolution",
            lambda _, k, weights, x: _coarse(weights, x),
            "14 becomes 28 by the transposed convolution, and 28 becomes 56 by what follows.",
        ),
        Mistake(
            "the maps are enlarged with the corners aligned",
            _enlarged("bilinear", align_corners=True),
            "torchvision's maps cover the region up to its borders: the corners of the grids of "
            "28 and 56 centres do not coincide.",
        ),
        Mistake(
            "the maps are enlarged by copies of the nearest value",
            _enlarged("nearest"),
            "between two values of 28 x 28 the new ones lie in between: bilinear.",
        ),
        Mistake(
            "the maps are enlarged by bicubic interpolation",
            _enlarged("bicubic"),
            "the predictor doubles its maps bilinearly. Bicubic comes later, when keypoints are "
            "read from them.",
        ),
        Mistake(
            "the features are enlarged before the transposed convolution",
            lambda _, k, weights, x: _coarse(weights, _twice_as_large(x)) if len(x) else None,
            "the transposed convolution works on 14 x 14; 17 maps are cheaper to enlarge than 512.",
        ),
        Mistake(
            "there is a ReLU after the transposed convolution",
            _enlarged_after(torch.relu),
            "what comes out are logits, and a logit may be negative.",
        ),
        Mistake(
            "the result went through a sigmoid",
            lambda _, k, weights, x: (
                _twice_as_large(_coarse(weights, x)).sigmoid() if len(x) else None
            ),
            "what comes out are logits; the loss does its softmax itself.",
        ),
        Mistake(
            "the transposed convolution has no padding",
            lambda _, k, weights, x: _twice_as_large(_coarse(weights, x, padding=0)),
            "with kernel 4 and stride 2, 14 cells become 13 x 2 + 4 = 30. Exactly 28 are wanted.",
        ),
        Mistake(
            "the transposed convolution has a stride of 1",
            lambda _, k, weights, x: _twice_as_large(_coarse(weights, x, stride=1)),
            "the stride of a transposed convolution says by how much it enlarges.",
        ),
    ),
)
