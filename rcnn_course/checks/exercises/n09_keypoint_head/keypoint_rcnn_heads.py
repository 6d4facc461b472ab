"""Exercise `KeypointRCNNHeads`: 3 x 3 convolutions on the features of each RoI.

Source: He et al. 2017 (Mask R-CNN), section 5; torchvision.models.detection.keypoint_rcnn.
"""

from functools import partial
from typing import Any

import torch.nn.functional as F
from torch import nn
from torchvision.models.detection.keypoint_rcnn import KeypointRCNNHeads

from rcnn_course.checks.engine import modules
from rcnn_course.checks.engine.exercise import Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works

_gelu = F.gelu


def _cases(normal: Draw, _: Draw) -> Cases:
    case = partial(modules.layer_case, KeypointRCNNHeads, normal)
    yield case("two layers, on features of 6 x 7 cells", (3, (4, 5)), (2, 6, 7))
    yield case("eight layers, as in the detector", (3, (4,) * 8), (1, 14, 14))
    yield case(
        "layers of different widths, on features that are not square",
        (4, (6, 2, 5)),
        (3, 4, 7),
        hint="each layer takes as many channels as the one before it gives.",
    )
    yield case(
        "a single layer, given as a list",
        (2, [3]),
        (1, 14, 14),
        hint="layers holds a number of channels for each layer, however many there are.",
    )


def _rectify_in_front(module: Any) -> None:
    modules.leave_out(module[-1])
    module.register_forward_pre_hook(lambda _, inputs: inputs[0].relu())


KEYPOINT_RCNN_HEADS = Exercise(
    name="KeypointRCNNHeads",
    reference=KeypointRCNNHeads,
    source="torchvision's KeypointRCNNHeads",
    picture="map",
    steps=(
        "For each number in layers a 3 x 3 convolution and a ReLU, all in one row, not nested.",
        "Each convolution takes the channels that the one before gave; padding keeps the size.",
    ),
    own_cases=_cases,
    odd=Odd(length=["x"], gradient=["weights", "x"]),
    use=modules.build_and_run,
    refused=(works.KEYPOINT_HEAD,),
    mistakes={
        "last_relu_missing": Mistake(
            "there is no ReLU after the last convolution",
            modules.altered(lambda module: modules.leave_out(module[-1])),
            "every convolution has its ReLU: the head gives features, the predictor scores.",
        ),
        "no_relu": Mistake(
            "there are no ReLUs",
            modules.each_altered(nn.ReLU, modules.leave_out),
            "without ReLUs, eight convolutions in a row are worth no more than a single one.",
        ),
        "relu_first": Mistake(
            "the ReLUs stand in front of the convolutions",
            modules.altered(_rectify_in_front),
            "features of a RoI may be negative, and the head should see it: convolution first.",
        ),
        "other_activation": Mistake(
            "another activation stands in the place of ReLU",
            modules.each_altered(nn.ReLU, modules.with_options(forward=_gelu)),
            "ReLU sets negative values to 0 and leaves the others alone.",
        ),
        "no_padding": Mistake(
            "the convolutions have no padding",
            modules.each_altered(nn.Conv2d, modules.with_options(padding=(0, 0))),
            "14 x 14 go in and 14 x 14 come out.",
        ),
        "stride_2": Mistake(
            "the convolutions have a stride of 2",
            modules.each_altered(nn.Conv2d, modules.with_options(stride=(2, 2))),
            "the head keeps the size; the predictor behind it enlarges.",
        ),
        "dilated": Mistake(
            "the convolutions are dilated",
            modules.each_altered(nn.Conv2d, modules.with_options(dilation=(2, 2), padding=(2, 2))),
            "a kernel of 3 x 3 takes cells that are next to each other.",
        ),
    },
)
