"""Exercise `bottleneck_forward`: a residual block of three convolutions.

Source: He et al. 2016, Deep Residual Learning, figure 5; torchvision.models.resnet.Bottleneck.
"""

import copy
import itertools
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from torchvision.models.resnet import Bottleneck
from torchvision.ops import FrozenBatchNorm2d

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.n02_backbone.layers import random_module
from rcnn_course.reference.backbone import bottleneck_forward

_NORM_HINT = "each convolution is followed by its own batch norm."
_RELU_HINT = "a ReLU follows the first two batch norms, and one more the sum."


def _cases(normal: Draw, _: Draw) -> Cases:
    def block(
        inplanes: int,
        stride: int = 1,
        *,
        downsample: bool = False,
        norm_layer: Callable[[int], nn.Module] = FrozenBatchNorm2d,
        **options: int,
    ) -> Bottleneck:
        def build() -> Bottleneck:
            convolution = nn.Conv2d(inplanes, 16, kernel_size=1, stride=stride, bias=False)
            way = nn.Sequential(convolution, norm_layer(16)) if downsample else None
            return Bottleneck(inplanes, 4, stride, way, norm_layer=norm_layer, **options)

        return random_module(build, normal)

    yield Case("a block that keeps the shape", (block(16), normal(1, 16, 5, 6)))
    yield Case(
        "a downsample that keeps the shape",
        (block(16, downsample=True), normal(1, 16, 4, 5)),
        hint="where there is a downsample, it is used.",
    )
    yield Case(
        "the first block of a stage: stride 2, another number of channels",
        (block(6, 2, downsample=True), normal(2, 6, 7, 8)),
        hint="block.downsample brings x to the shape of what it is added to. In a block that "
        "keeps the shape it is None.",
    )
    yield Case(
        "the first block of layer1: stride 1, another number of channels",
        (block(6, downsample=True), normal(1, 6, 4, 5)),
        hint="whether there is a downsample is not a matter of the stride.",
    )
    yield Case(
        "a first block whose convolutions have as many channels as x",
        (block(4, downsample=True), normal(1, 4, 4, 5)),
        hint="the shortcut begins at x itself, not at what the convolutions have made of it.",
    )
    yield Case(
        "a block with groups and dilation, as in ResNeXt",
        (block(16, groups=2, base_width=64, dilation=2), normal(1, 16, 6, 6)),
        hint="call the layers of the block; they know their stride, groups and dilation.",
    )
    yield Case(
        "a block with nn.BatchNorm2d in evaluation mode",
        (block(16, norm_layer=nn.BatchNorm2d), normal(1, 16, 4, 4)),
    )


class _Layer(nn.Module):
    """A layer that does what a function does."""

    def __init__(self, function: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.forward = function


def _relu_at(*places: int) -> nn.Module:
    """Return a ReLU of a block that acts at some of its three calls only."""
    calls = itertools.count(1)
    return _Layer(lambda x: x.relu() if next(calls) in places else x)


def _then_relu(layer: nn.Module | None) -> nn.Module:
    return nn.Sequential(layer or nn.Identity(), nn.ReLU())


def _exchange(call: Call, **layers: nn.Module | None) -> Tensor:
    """Run the block with other layers in the place of some of its own."""
    block = copy.deepcopy(call.block)
    for name, layer in layers.items():
        setattr(block, name, layer)
    return call(block=block)


BOTTLENECK_FORWARD = Exercise(
    name="bottleneck_forward",
    reference=bottleneck_forward,
    source="torchvision.models.resnet.Bottleneck",
    picture="map",
    steps=(
        "Two roads lead from x to the sum: three convolutions, and the shortcut.",
        "After each convolution comes its batch norm; after the first two of them the ReLU.",
        "The last ReLU comes after the sum. Where the block has a downsample, the shortcut "
        "goes through it.",
        "x has to stay as it is: what is written in place changes the shortcut, too.",
    ),
    own_cases=_cases,
    odd=Odd(length=["x"], empty=False, gradient=["x"], of=2),
    refused=(works.RESIDUAL_BLOCK,),
    mistakes={
        "no_shortcut": Mistake(
            "the shortcut is not added",
            lambda call: _exchange(call, downsample=_Layer(lambda x: 0.0)),
            "a residual block learns what to add to its input.",
        ),
        "last_relu_missing": Mistake(
            "there is no ReLU after the sum",
            lambda call: _exchange(call, relu=_relu_at(1, 2)),
            _RELU_HINT,
        ),
        "last_relu_early": Mistake(
            "the last ReLU comes before the sum instead of after it",
            lambda call: _exchange(call, bn3=_then_relu(call.block.bn3), relu=_relu_at(1, 2)),
            "what is added to the input may be negative; the sum goes through the ReLU.",
        ),
        "relu_before_sum": Mistake(
            "there is a ReLU before the sum",
            lambda call: _exchange(call, bn3=_then_relu(call.block.bn3)),
            "what is added to the input may be negative; only the sum goes through a ReLU.",
        ),
        "relu_in_shortcut": Mistake(
            "the shortcut goes through a ReLU",
            lambda call: _exchange(call, downsample=_then_relu(call.block.downsample)),
            "the shortcut is the input itself, or what downsample makes of it.",
        ),
        "downsample_unused": Mistake(
            "downsample is not used",
            lambda call: _exchange(call, downsample=None),
            "where a block has a downsample, the shortcut goes through it.",
        ),
        "first_relu_missing": Mistake(
            "there is no ReLU after the first batch norm",
            lambda call: _exchange(call, relu=_relu_at(2, 3)),
            _RELU_HINT,
        ),
        "second_relu_missing": Mistake(
            "there is no ReLU after the second batch norm",
            lambda call: _exchange(call, relu=_relu_at(1, 3)),
            _RELU_HINT,
        ),
        "inner_relus_missing": Mistake(
            "there is no ReLU between the convolutions",
            lambda call: _exchange(call, relu=_relu_at(3)),
            _RELU_HINT,
        ),
        "relu_first": Mistake(
            "the ReLUs come before the batch norms",
            lambda call: _exchange(
                call,
                bn1=nn.Sequential(nn.ReLU(), call.block.bn1),
                bn2=nn.Sequential(nn.ReLU(), call.block.bn2),
                relu=_relu_at(3),
            ),
            "the order is convolution, batch norm, ReLU.",
        ),
        "no_batch_norms": Mistake(
            "the batch norms are left out",
            lambda call: _exchange(call, bn1=nn.Identity(), bn2=nn.Identity(), bn3=nn.Identity()),
            _NORM_HINT,
        ),
        "last_batch_norm_missing": Mistake(
            "the last batch norm is left out",
            lambda call: _exchange(call, bn3=nn.Identity()),
            _NORM_HINT,
        ),
    },
)
