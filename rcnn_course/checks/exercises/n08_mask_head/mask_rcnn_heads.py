"""Exercise `MaskRCNNHeads`: a small FCN on every RoI.

Source: He et al. 2017, Mask R-CNN, figure 4 (right); torchvision.models.detection.mask_rcnn.
"""

from typing import Any

from torch import nn
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads

from rcnn_course.checks.engine import modules
from rcnn_course.checks.engine.exercise import Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.n08_mask_head.layers import cases_of


def _rectify_in_front(module: Any) -> None:
    modules.leave_out(module[-1][1])
    module.register_forward_pre_hook(lambda _, inputs: inputs[0].relu())


MASK_RCNN_HEADS = Exercise(
    name="MaskRCNNHeads",
    reference=MaskRCNNHeads,
    source="torchvision.models.detection.mask_rcnn.MaskRCNNHeads",
    picture="map",
    steps=(
        "For each number in layers a 3 x 3 convolution and a ReLU, together in one nn.Sequential.",
        "Each convolution takes the channels that the one before gave.",
        "Height and width stay when the padding equals the dilation.",
    ),
    own_cases=cases_of(MaskRCNNHeads, (3, (5, 4, 6), 1), (4, (3, 5), 2), (2, (3, 5, 4, 2, 6), 1)),
    odd=Odd(length=["x"], gradient=["weights", "x"]),
    use=modules.build_and_run,
    refused=(works.MASK_HEAD,),
    mistakes={
        "no_relu": Mistake(
            "there is no ReLU",
            modules.each_altered(nn.ReLU, modules.leave_out),
            "without an activation, four convolutions are no more than one large convolution.",
        ),
        "last_relu_missing": Mistake(
            "the last layer has no ReLU",
            modules.altered(lambda module: modules.leave_out(module[-1][1])),
            "every convolution of the head is followed by a ReLU, also the last one.",
        ),
        "relu_first": Mistake(
            "the ReLU stands before each convolution instead of after it",
            modules.altered(_rectify_in_front),
            "convolution first, then ReLU: what RoIAlign has read may be negative.",
        ),
        "no_padding": Mistake(
            "the convolutions have no padding",
            modules.each_altered(nn.Conv2d, modules.with_options(padding=(0, 0))),
            "14 x 14 cells stay 14 x 14: the head goes down no further.",
        ),
        "dilation_unused": Mistake(
            "dilation is not used",
            modules.each_altered(nn.Conv2d, modules.with_options(padding=(1, 1), dilation=(1, 1))),
            "dilation spreads the 3 x 3 taps of the kernel; the padding grows with it.",
        ),
        "padding_undilated": Mistake(
            "the padding is 1 whatever the dilation",
            modules.each_altered(nn.Conv2d, modules.with_options(padding=(1, 1))),
            "with dilation 2 the kernel reaches two cells to each side, so it needs as much "
            "padding to keep the size.",
        ),
    },
)
