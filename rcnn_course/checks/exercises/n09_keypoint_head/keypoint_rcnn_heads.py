"""Exercise `KeypointRCNNHeads`: 3 x 3 convolutions on the features of each RoI.

Source: He et al. 2017 (Mask R-CNN), section 5; torchvision.models.detection.keypoint_rcnn.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch.nn.functional as F
from torch import nn
from torchvision.models.detection.keypoint_rcnn import KeypointRCNNHeads

from rcnn_course.checks.engine.exercise import Call, Case, Exercise, Mistake, Odd
from rcnn_course.checks.engine.modules import (
    alter_each,
    altered,
    build_and_run,
    layer_case,
    leave_out,
)
from rcnn_course.checks.engine.random_tensors import random_tensors

_gelu = F.gelu


def _cases(seed: int) -> Iterator[Case]:
    case = partial(layer_case, KeypointRCNNHeads, random_tensors(seed)[0])
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


def _activations(alter: Callable[[Any], None]) -> Callable[[Call], Any]:
    """Make the mistake of another activation after every convolution."""
    return altered(lambda module: alter_each(nn.ReLU, module, alter))


def _convolutions(**options: tuple[int, int]) -> Callable[[Call], Any]:
    """Make the mistake of other options of every convolution."""
    return altered(
        lambda module: alter_each(nn.Conv2d, module, lambda layer: vars(layer).update(options))
    )


def _rectify_in_front(module: nn.Module) -> None:
    leave_out(module[-1])
    module.register_forward_pre_hook(lambda _, inputs: inputs[0].relu())


KEYPOINT_RCNN_HEADS = Exercise(
    name="KeypointRCNNHeads",
    reference=KeypointRCNNHeads,
    source="torchvision's KeypointRCNNHeads",
    own_cases=_cases,
    odd=Odd(length=["x"], gradient=["weights", "x"]),
    use=build_and_run,
    refused_code=(KeypointRCNNHeads,),
    mistakes={
        "last_relu_missing": Mistake(
            "there is no ReLU after the last convolution",
            altered(lambda module: leave_out(module[-1])),
            "every convolution has its ReLU: the head gives features, the predictor scores.",
        ),
        "no_relu": Mistake(
            "there are no ReLUs",
            _activations(leave_out),
            "without ReLUs, eight convolutions in a row are worth no more than a single one.",
        ),
        "relu_first": Mistake(
            "the ReLUs stand in front of the convolutions",
            altered(_rectify_in_front),
            "features of a RoI may be negative, and the head should see it: convolution first.",
        ),
        "other_activation": Mistake(
            "another activation stands in the place of ReLU",
            _activations(lambda relu: vars(relu).update(forward=_gelu)),
            "ReLU sets negative values to 0 and leaves the others alone.",
        ),
        "no_padding": Mistake(
            "the convolutions have no padding",
            _convolutions(padding=(0, 0)),
            "14 x 14 go in and 14 x 14 come out.",
        ),
        "stride_2": Mistake(
            "the convolutions have a stride of 2",
            _convolutions(stride=(2, 2)),
            "the head keeps the size; the predictor behind it enlarges.",
        ),
        "dilated": Mistake(
            "the convolutions are dilated",
            _convolutions(dilation=(2, 2), padding=(2, 2)),
            "a kernel of 3 x 3 takes cells that are next to each other.",
        ),
    },
)
