"""Exercise `MaskRCNNHeads`: a small FCN on every RoI.

Source: He et al. 2017, Mask R-CNN, figure 4 (right); torchvision.models.detection.mask_rcnn.
"""

from collections.abc import Callable
from typing import Any

from torch import nn
from torchvision.models.detection import mask_rcnn

from rcnn_course.checks.engine.exercise import Call, Exercise, Mistake, Odd
from rcnn_course.checks.engine.modules import alter_each, altered, build_and_run, leave_out
from rcnn_course.checks.exercises.n08_mask_head.layers import cases_of

_Heads = mask_rcnn.MaskRCNNHeads


def _convolutions(**options: tuple[int, int]) -> Callable[[Call], Any]:
    """Make the mistake of other options of every convolution."""
    return altered(
        lambda module: alter_each(nn.Conv2d, module, lambda layer: vars(layer).update(options))
    )


def _rectify_in_front(module: Any) -> None:
    leave_out(module[-1][1])
    module.register_forward_pre_hook(lambda _, inputs: inputs[0].relu())


MASK_RCNN_HEADS = Exercise(
    name="MaskRCNNHeads",
    reference=_Heads,
    source="torchvision.models.detection.mask_rcnn.MaskRCNNHeads",
    own_cases=cases_of(_Heads, (3, (5, 4, 6), 1), (4, (3, 5), 2)),
    odd=Odd(length=["x"], gradient=["weights", "x"]),
    use=build_and_run,
    refused_code=(_Heads,),
    mistakes={
        "no_relu": Mistake(
            "there is no ReLU",
            altered(lambda module: alter_each(nn.ReLU, module, leave_out)),
            "without an activation, four convolutions are no more than one large convolution.",
        ),
        "last_relu_missing": Mistake(
            "the last layer has no ReLU",
            altered(lambda module: leave_out(module[-1][1])),
            "every convolution of the head is followed by a ReLU, also the last one.",
        ),
        "relu_first": Mistake(
            "the ReLU stands before each convolution instead of after it",
            altered(_rectify_in_front),
            "convolution first, then ReLU: what RoIAlign has read may be negative.",
        ),
        "no_padding": Mistake(
            "the convolutions have no padding",
            _convolutions(padding=(0, 0)),
            "14 x 14 cells stay 14 x 14: the head goes down no further.",
        ),
        "dilation_unused": Mistake(
            "dilation is not used",
            _convolutions(padding=(1, 1), dilation=(1, 1)),
            "dilation spreads the 3 x 3 taps of the kernel; the padding grows with it.",
        ),
        "padding_undilated": Mistake(
            "the padding is 1 whatever the dilation",
            _convolutions(padding=(1, 1)),
            "with dilation 2 the kernel reaches two cells to each side, so it needs as much "
            "padding to keep the size.",
        ),
    },
)
