"""Exercises `MaskRCNNHeads` and `MaskRCNNPredictor`: a small FCN on every RoI.

Source: He et al. 2017, Mask R-CNN, figure 4 (right); torchvision.models.detection.mask_rcnn.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.detection import mask_rcnn

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.modules import run_with_weights
from rcnn_course.checks.engine.random_tensors import random_tensors

_Heads, _Predictor = mask_rcnn.MaskRCNNHeads, mask_rcnn.MaskRCNNPredictor

Weights = dict[str, Tensor]


def run(subject: Callable, settings: Sequence, weights: Weights, rois: Tensor) -> Any:
    """Build a module, load torchvision's weights into it, and run it on the maps of RoIs."""
    return run_with_weights(subject(*settings), weights, rois)


def _cases_of(
    build: Callable[..., nn.Module], wide: tuple, other: tuple
) -> Callable[[int], Iterator[Case]]:
    """Return the cases for a class that is built from settings, of which the first is channels."""

    def cases(seed: int) -> Iterator[Case]:
        normal, _ = random_tensors(seed)

        def case(what: str, settings: tuple, *size: int, hint: str = "", train: bool = False):
            weights = {  # scaled, so that maps and gradients stay near 1 and rounding stays small
                name: (normal(*value.shape) / value[0].numel() ** 0.5).requires_grad_(train)
                for name, value in build(*settings).state_dict().items()
            }
            rois = normal(size[0], settings[0], *size[1:]).requires_grad_(train)
            return Case(what, (settings, weights, rois), hint=hint)

        yield case("three RoIs of 8 x 8 cells", wide, 3, 8, 8)
        yield case("other settings, RoIs of 5 x 8 cells", other, 2, 5, 8)
        yield case("a RoI of a single cell", wide, 1, 1, 1)
        yield case("no RoIs at all", wide, 0, 8, 8)
        turned = case("maps that are not contiguous in memory", wide, 2, 4, 4)
        settings, weights, rois = turned.args
        yield Case(turned.what, (settings, weights, rois.mT.contiguous().mT))
        yield case("the gradient that flows back to weights and maps", wide, 2, 4, 4, train=True)

    return cases


def _altered(build: Callable[..., nn.Module], alter: Callable[[nn.Module], None]) -> Callable:
    """Make a mistake by altering torchvision's module before it runs."""

    def wrong(settings: Sequence, weights: Weights, rois: Tensor) -> Tensor:
        def altered(*settings: object) -> nn.Module:
            module = build(*settings)
            alter(module)
            return module

        return run(altered, settings, weights, rois)

    return wrong


def _changed(build: Callable[..., nn.Module], change: Callable[[Tensor], Tensor]) -> Callable:
    """Make the mistake of changing what comes out."""
    return lambda *args: change(run(build, *args))


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
    return _altered(_Heads, _without_relu(-1))(settings, weights, rois.relu())


MASK_RCNN_HEADS = Exercise(
    name="MaskRCNNHeads",
    reference=_Heads,
    source="torchvision.models.detection.mask_rcnn.MaskRCNNHeads",
    cases=_cases_of(_Heads, (3, (5, 4, 6), 1), (4, (3, 5), 2)),
    use=run,
    refused_code=(_Heads,),
    mistakes=(
        Mistake(
            "there is no ReLU",
            _altered(_Heads, _without_relu()),
            "without an activation, four convolutions are no more than one large convolution.",
        ),
        Mistake(
            "the last layer has no ReLU",
            _altered(_Heads, _without_relu(-1)),
            "every convolution of the head is followed by a ReLU, also the last one.",
        ),
        Mistake(
            "the ReLU stands before each convolution instead of after it",
            _relu_in_front,
            "convolution first, then ReLU: what RoIAlign has read may be negative.",
        ),
        Mistake(
            "the convolutions have no padding",
            _altered(_Heads, _with_convolutions(padding=(0, 0))),
            "14 x 14 cells stay 14 x 14: the head goes down no further.",
        ),
        Mistake(
            "dilation is not used",
            _altered(_Heads, _with_convolutions(padding=(1, 1), dilation=(1, 1))),
            "dilation spreads the 3 x 3 taps of the kernel; the padding grows with it.",
        ),
        Mistake(
            "the padding is 1 whatever the dilation",
            _altered(_Heads, _with_convolutions(padding=(1, 1))),
            "with dilation 2 the kernel reaches two cells to each side, so it needs as much "
            "padding to keep the size.",
        ),
    ),
)


MASK_RCNN_PREDICTOR = Exercise(
    name="MaskRCNNPredictor",
    reference=_Predictor,
    source="torchvision.models.detection.mask_rcnn.MaskRCNNPredictor",
    cases=_cases_of(_Predictor, (4, 5, 3), (3, 6, 1)),
    use=run,
    refused_code=(_Predictor,),
    mistakes=(
        Mistake(
            "the ReLU between the two layers is missing",
            _altered(_Predictor, lambda module: setattr(module, "relu", nn.Identity())),
            "the transposed convolution is followed by a ReLU, like every layer of the head.",
        ),
        Mistake(
            "a ReLU follows the logits",
            _changed(_Predictor, torch.relu),
            "a logit below zero says 'not here'. Nothing may cut it off.",
        ),
        Mistake(
            "it returns probabilities instead of logits",
            _changed(_Predictor, torch.sigmoid),
            "the loss and maskrcnn_inference both apply the sigmoid themselves.",
        ),
        Mistake(
            "it returns a softmax over the classes",
            _changed(_Predictor, lambda logits: logits.softmax(dim=1)),
            "each class has a mask of its own; classes do not compete. Return logits.",
        ),
        Mistake(
            "the transposed convolution has the stride 1",
            _altered(_Predictor, lambda module: vars(module.conv5_mask).update(stride=(1, 1))),
            "14 cells must become 28: each input cell is stamped two cells further on.",
        ),
        Mistake(
            "the transposed convolution has a padding of 1",
            _altered(_Predictor, lambda module: vars(module.conv5_mask).update(padding=(1, 1))),
            "in a transposed convolution, padding cuts cells off: (14 - 1) x 2 + 2 = 28 without.",
        ),
    ),
)
