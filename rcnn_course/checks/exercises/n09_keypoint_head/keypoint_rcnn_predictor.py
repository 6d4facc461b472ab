"""Exercise `KeypointRCNNPredictor`: a transposed convolution, then bilinear enlarging.

Source: He et al. 2017 (Mask R-CNN), section 5; torchvision.models.detection.keypoint_rcnn.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models.detection.keypoint_rcnn import KeypointRCNNPredictor

from rcnn_course.checks.engine import modules
from rcnn_course.checks.engine.exercise import Call, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works

_twice_as_large = partial(F.interpolate, scale_factor=2.0)
_enlarged = partial(_twice_as_large, mode="bilinear")


def _cases(normal: Draw, _: Draw) -> Cases:
    case = partial(modules.layer_case, KeypointRCNNPredictor, normal)
    yield case("17 keypoints of two regions", (4, 17), (2, 5, 6))
    yield case("features that are not square", (3, 5), (1, 4, 7))
    yield case("14 x 14 features, as in the detector", (2, 3), (1, 14, 14))
    yield case("a single cell, a single keypoint", (3, 1), (2, 1, 1))


def _forward(run: Callable[[nn.Module, Tensor], Tensor]) -> Callable[[Call], Any]:
    """Make the mistake of another forward, which gets the transposed convolution and x."""
    return modules.altered(
        lambda module: vars(module).update(forward=lambda x: run(module.kps_score_lowres, x))
    )


KEYPOINT_RCNN_PREDICTOR = Exercise(
    name="KeypointRCNNPredictor",
    reference=KeypointRCNNPredictor,
    source="torchvision's KeypointRCNNPredictor",
    picture="map",
    steps=(
        "Twice doubled: first a transposed convolution, kps_score_lowres, then interpolation.",
        "For stride 2 with kernel 4, which padding makes the output exactly twice as large?",
        "The second doubling is bilinear, with align_corners=False.",
    ),
    own_cases=_cases,
    odd=Odd(length=["x"], gradient=["weights", "x"]),
    use=modules.build_and_run,
    refused=(works.KEYPOINT_HEAD,),
    mistakes={
        "not_enlarged": Mistake(
            "the maps are not enlarged after the transposed convolution",
            _forward(lambda convolution, x: convolution(x)),
            "14 becomes 28 by the transposed convolution, and 28 becomes 56 by what follows.",
        ),
        "corners_aligned": Mistake(
            "the maps are enlarged with the corners aligned",
            _forward(lambda convolution, x: _enlarged(convolution(x), align_corners=True)),
            "torchvision's maps cover the region up to its borders: the corners of the grids of "
            "28 and 56 centres do not coincide.",
        ),
        "nearest": Mistake(
            "the maps are enlarged by copies of the nearest value",
            _forward(lambda convolution, x: _twice_as_large(convolution(x))),
            "between two values of 28 x 28 the new ones lie in between: bilinear.",
        ),
        "bicubic": Mistake(
            "the maps are enlarged by bicubic interpolation",
            _forward(lambda convolution, x: _twice_as_large(convolution(x), mode="bicubic")),
            "the predictor doubles its maps bilinearly. Bicubic comes later, when keypoints are "
            "read from them.",
        ),
        "enlarged_first": Mistake(
            "the features are enlarged before the transposed convolution",
            _forward(lambda convolution, x: convolution(_enlarged(x))),
            "the transposed convolution works on 14 x 14; 17 maps are cheaper to enlarge than 512.",
        ),
        "relu": Mistake(
            "there is a ReLU after the transposed convolution",
            _forward(lambda convolution, x: _enlarged(convolution(x).relu())),
            "what comes out are logits, and a logit may be negative.",
        ),
        "probabilities": Mistake(
            "the result went through a sigmoid",
            lambda call: call().sigmoid(),
            "what comes out are logits; the loss does its softmax itself.",
        ),
        "padding_0": Mistake(
            "the transposed convolution has no padding",
            modules.each_altered(nn.ConvTranspose2d, modules.with_options(padding=(0, 0))),
            "with kernel 4 and stride 2, 14 cells become 13 x 2 + 4 = 30. Exactly 28 are wanted.",
        ),
        "stride_1": Mistake(
            "the transposed convolution has a stride of 1",
            modules.each_altered(nn.ConvTranspose2d, modules.with_options(stride=(1, 1))),
            "the stride of a transposed convolution says by how much it enlarges.",
        ),
    },
)
