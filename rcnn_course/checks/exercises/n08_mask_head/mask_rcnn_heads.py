"""Exercise `MaskRCNNHeads`: a small FCN on every RoI.

Source: He et al. 2017, Mask R-CNN, figure 4 (right); torchvision.models.detection.mask_rcnn.
"""

from collections.abc import Callable, Sequence

from torch import Tensor, nn
from torchvision.models.detection import mask_rcnn

from rcnn_course.checks.engine.exercise import Exercise, Mistake
from rcnn_course.checks.exercises.n08_mask_head.layers import Weights, altered_call, cases_of, run

_Heads = mask_rcnn.MaskRCNNHeads


def _with_convolutions(**options: object) -> Callable[[nn.Module], None]:
    """Set options of every convolution of the head."""

    def alter(module: nn.Module) -> None:
        for convolution in module.modules():
            if isinstance(convolution, nn.Conv2d):
                vars(convolution).update(options)

    return alter


def _without_relu(*blocks: int) -> Callable[[nn.Module], None]:
    """Take the ReLU out of some blocks of the head, or out of all."""

    def alter(module: nn.Module) -> None:
        for block in blocks or range(len(module)):
            module[block][1] = nn.Identity()

    return alter


def _relu_in_front(settings: Sequence, weights: Weights, rois: Tensor) -> Tensor:
    return altered_call(_Heads, _without_relu(-1))(settings, weights, rois.relu())


MASK_RCNN_HEADS = Exercise(
    name="MaskRCNNHeads",
    reference=_Heads,
    source="torchvision.models.detection.mask_rcnn.MaskRCNNHeads",
    cases=cases_of(_Heads, (3, (5, 4, 6), 1), (4, (3, 5), 2)),
    use=run,
    refused_code=(_Heads,),
    mistakes=(
        Mistake(
            "there is no ReLU",
            altered_call(_Heads, _without_relu()),
            "without an activation, four convolutions are no more than one large convolution.",
        ),
        Mistake(
            "the last layer has no ReLU",
            altered_call(_Heads, _without_relu(-1)),
            "every convolution of the head is followed by a ReLU, also the last one.",
        ),
        Mistake(
            "the ReLU stands before each convolution instead of after it",
            _relu_in_front,
            "convolution first, then ReLU: what RoIAlign has read may be negative.",
        ),
        Mistake(
            "the convolutions have no padding",
            altered_call(_Heads, _with_convolutions(padding=(0, 0))),
            "14 x 14 cells stay 14 x 14: the head goes down no further.",
        ),
        Mistake(
            "dilation is not used",
            altered_call(_Heads, _with_convolutions(padding=(1, 1), dilation=(1, 1))),
            "dilation spreads the 3 x 3 taps of the kernel; the padding grows with it.",
        ),
        Mistake(
            "the padding is 1 whatever the dilation",
            altered_call(_Heads, _with_convolutions(padding=(1, 1))),
            "with dilation 2 the kernel reaches two cells to each side, so it needs as much "
            "padding to keep the size.",
        ),
    ),
)
