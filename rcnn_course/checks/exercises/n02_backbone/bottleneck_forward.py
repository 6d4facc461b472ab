"""Exercise `bottleneck_forward`: a residual block of three convolutions.

Source: He et al. 2016, Deep Residual Learning, figure 5; torchvision.models.resnet.Bottleneck.
"""

import copy
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torchvision.models.resnet import Bottleneck
from torchvision.ops import FrozenBatchNorm2d

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n02_backbone.layers import (
    with_random_numbers,
    without_random_state,
)

_forward = Bottleneck.forward


def reference(block: Bottleneck, x: Tensor) -> Tensor:
    """Call the forward of torchvision's block."""
    return _forward(block, x)


def _cases(seed: int) -> Iterator[Case]:
    normal, _ = random_tensors(seed)

    def block(
        inplanes: int,
        stride: int = 1,
        *,
        downsample: bool = False,
        norm_layer: Callable[[int], nn.Module] = FrozenBatchNorm2d,
        **options: int,
    ) -> Bottleneck:
        def build() -> Bottleneck:
            shortcut = nn.Sequential(
                nn.Conv2d(inplanes, 16, kernel_size=1, stride=stride, bias=False), norm_layer(16)
            )
            way = shortcut if downsample else None
            return Bottleneck(inplanes, 4, stride, way, norm_layer=norm_layer, **options)

        return with_random_numbers(without_random_state(build), normal)

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
        "a block with groups and dilation, as in ResNeXt",
        (block(16, groups=2, base_width=64, dilation=2), normal(1, 16, 6, 6)),
        hint="call the layers of the block; they know their stride, groups and dilation.",
    )
    yield Case(
        "a block with nn.BatchNorm2d in evaluation mode",
        (block(16, norm_layer=nn.BatchNorm2d), normal(1, 16, 4, 4)),
    )
    yield Case("no images at all", (block(16), normal(0, 16, 4, 4)))
    yield Case(
        "float64",
        (block(16).double(), normal(1, 16, 4, 4, dtype=torch.float64)),
    )
    yield Case(
        "an input that is not contiguous in memory",
        (block(16), normal(5, 4, 16, 2).permute(3, 2, 1, 0)),
    )
    yield Case(
        "the gradient that flows back to the input",
        (block(6, 2, downsample=True), normal(1, 6, 6, 6).requires_grad_()),
    )


class _Nothing(nn.Module):
    """A shortcut through which nothing comes."""

    def forward(self, x: Tensor) -> float:
        return 0.0


class _ReluAt(nn.Module):
    """The ReLU of a block that acts at some of its three calls only."""

    def __init__(self, *places: int) -> None:
        super().__init__()
        self.places, self.calls = places, 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return x.relu() if self.calls in self.places else x


def _with(change: Callable[[Bottleneck], dict[str, nn.Module]]) -> Callable[..., Tensor]:
    """Make the mistake of a block with some of its layers replaced."""

    def wrong(block: Bottleneck, x: Tensor) -> Tensor:
        changed = copy.deepcopy(block)
        for name, layer in change(changed).items():
            setattr(changed, name, layer)
        return reference(changed, x)

    return wrong


def _relu_of_the_shortcut(block: Bottleneck) -> dict[str, nn.Module]:
    return {"downsample": nn.Sequential(block.downsample or nn.Identity(), nn.ReLU())}


def _relu_before_norm(block: Bottleneck) -> dict[str, nn.Module]:
    norms = {name: nn.Sequential(nn.ReLU(), getattr(block, name)) for name in ("bn1", "bn2")}
    return {**norms, "relu": _ReluAt(3)}


RELU_HINT = "a ReLU follows the first two batch norms, and one more the sum."

BOTTLENECK_FORWARD = Exercise(
    name="bottleneck_forward",
    reference=reference,
    source="torchvision.models.resnet.Bottleneck",
    own_cases=_cases,
    refused_code=(Bottleneck,),
    mistakes=(
        Mistake(
            "the shortcut is not added",
            _with(lambda block: {"downsample": _Nothing()}),
            "a residual block learns what to add to its input.",
        ),
        Mistake(
            "there is no ReLU after the sum",
            _with(lambda block: {"relu": _ReluAt(1, 2)}),
            RELU_HINT,
        ),
        Mistake(
            "the last ReLU comes before the sum instead of after it",
            _with(
                lambda block: {"bn3": nn.Sequential(block.bn3, nn.ReLU()), "relu": _ReluAt(1, 2)}
            ),
            "what is added to the input may be negative; the sum goes through the ReLU.",
        ),
        Mistake(
            "there is a ReLU before the sum",
            _with(lambda block: {"bn3": nn.Sequential(block.bn3, nn.ReLU())}),
            "what is added to the input may be negative; only the sum goes through a ReLU.",
        ),
        Mistake(
            "the shortcut goes through a ReLU",
            _with(_relu_of_the_shortcut),
            "the shortcut is the input itself, or what downsample makes of it.",
        ),
        Mistake(
            "downsample is not used",
            _with(lambda block: {"downsample": None}),
            "where a block has a downsample, the shortcut goes through it.",
        ),
        Mistake(
            "there is no ReLU after the first batch norm",
            _with(lambda block: {"relu": _ReluAt(2, 3)}),
            RELU_HINT,
        ),
        Mistake(
            "there is no ReLU after the second batch norm",
            _with(lambda block: {"relu": _ReluAt(1, 3)}),
            RELU_HINT,
        ),
        Mistake(
            "there is no ReLU between the convolutions",
            _with(lambda block: {"relu": _ReluAt(3)}),
            RELU_HINT,
        ),
        Mistake(
            "the ReLUs come before the batch norms",
            _with(_relu_before_norm),
            "the order is convolution, batch norm, ReLU.",
        ),
        Mistake(
            "the batch norms are left out",
            _with(lambda block: dict.fromkeys(("bn1", "bn2", "bn3"), nn.Identity())),
            "each convolution is followed by its own batch norm.",
        ),
        Mistake(
            "the last batch norm is left out",
            _with(lambda block: {"bn3": nn.Identity()}),
            "each convolution is followed by its own batch norm.",
        ),
    ),
)
