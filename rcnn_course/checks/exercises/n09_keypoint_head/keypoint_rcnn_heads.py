"""Exercise `KeypointRCNNHeads`: 3 x 3 convolutions on the features of each RoI.

Source: He et al. 2017 (Mask R-CNN), section 5; torchvision.models.detection.keypoint_rcnn.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn
from torchvision.models.detection.keypoint_rcnn import KeypointRCNNHeads

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.modules import run_with_weights
from rcnn_course.checks.engine.random_tensors import OwnRandomNumbers, random_tensors

Weights = dict[str, Tensor]


def _use(
    subject: Callable, in_channels: int, layers: Sequence[int], weights: Weights, x: Tensor
) -> Tensor:
    return run_with_weights(subject(in_channels, layers), weights, x)


def _cases(seed: int) -> Iterator[Case]:
    normal, _ = random_tensors(seed)

    def weights(in_channels: int, layers: Sequence[int], dtype: torch.dtype) -> Weights:
        made = {}
        for index, channels in enumerate(layers):
            kernel = normal(channels, in_channels, 3, 3, dtype=dtype)
            made[f"{2 * index}.weight"] = kernel / (4.5 * in_channels) ** 0.5
            made[f"{2 * index}.bias"] = 0.3 * normal(channels, dtype=dtype)
            in_channels = channels
        return made

    def call(
        in_channels: int, layers: Sequence[int], *size: int, dtype: torch.dtype = torch.float32
    ) -> tuple:
        x = normal(size[0], in_channels, *size[1:], dtype=dtype)
        return in_channels, layers, weights(in_channels, layers, dtype), x

    yield Case("two layers of the same width", call(3, (4, 4), 2, 6, 6))
    yield Case("eight layers, as in the detector", call(3, (4,) * 8, 1, 14, 14))
    yield Case(
        "layers of different widths, on features that are not square",
        call(4, (6, 2, 5), 3, 4, 7),
        hint="each layer takes as many channels as the one before it gives.",
    )
    yield Case(
        "a single layer, given as a list",
        call(2, [3], 1, 14, 14),
        hint="layers holds a number of channels for each layer, however many there are.",
    )
    yield Case("no regions at all", call(3, (4, 4), 0, 14, 14))
    in_channels, layers, made, x = call(3, (4, 4), 6, 5, 2)
    yield Case(
        "an input that is not contiguous in memory",
        (in_channels, layers, made, x.transpose(2, 3)),
    )
    in_channels, layers, made, x = call(3, (4, 4), 2, 5, 5, dtype=torch.float64)
    trained = {name: values.requires_grad_() for name, values in made.items()}
    yield Case(
        "float64, and the gradients that flow back to the features and to the weights",
        (in_channels, layers, trained, x.requires_grad_()),
    )


def _with(change: Callable[[nn.Sequential], nn.Module]) -> Callable[..., Tensor]:
    """Make the mistake of torchvision's layers, changed; their names stay."""

    def wrong(in_channels: int, layers: Sequence[int], weights: Weights, x: Tensor) -> Tensor:
        with OwnRandomNumbers():
            module = KeypointRCNNHeads(in_channels, layers)
        return run_with_weights(change(module), weights, x)

    return wrong


def _activations(module: nn.Sequential, *, change: Callable[[int], nn.Module]) -> nn.Sequential:
    """Replace the activation of each layer by `change(layers that follow)`."""
    for index in range(1, len(module), 2):
        module[index] = change((len(module) - 1 - index) // 2)
    return module


def _convolutions(module: nn.Sequential, **options: tuple[int, int]) -> nn.Sequential:
    """Set options of each convolution."""
    for index in range(0, len(module), 2):
        for name, value in options.items():
            setattr(module[index], name, value)
    return module


def _first_rectified(module: nn.Sequential) -> nn.Sequential:
    module[0].register_forward_pre_hook(lambda _, inputs: (inputs[0].relu(),))
    return _activations(module, change=lambda later: nn.ReLU() if later else nn.Identity())


KEYPOINT_RCNN_HEADS = Exercise(
    name="KeypointRCNNHeads",
    reference=KeypointRCNNHeads,
    source="torchvision's KeypointRCNNHeads",
    own_cases=_cases,
    use=_use,
    refused_code=(KeypointRCNNHeads,),
    mistakes=(
        Mistake(
            "there is no ReLU after the last convolution",
            _with(
                lambda m: _activations(
                    m, change=lambda later: nn.ReLU() if later else nn.Identity()
                )
            ),
            "every convolution has its ReLU: the head gives features, the predictor scores.",
        ),
        Mistake(
            "there are no ReLUs",
            _with(lambda m: _activations(m, change=lambda later: nn.Identity())),
            "without ReLUs, eight convolutions in a row are worth no more than a single one.",
        ),
        Mistake(
            "the ReLUs stand in front of the convolutions",
            _with(_first_rectified),
            "features of a RoI may be negative, and the head should see it: convolution first.",
        ),
        Mistake(
            "another activation stands in the place of ReLU",
            _with(lambda m: _activations(m, change=lambda later: nn.GELU())),
            "ReLU sets negative values to 0 and leaves the others alone.",
        ),
        Mistake(
            "the convolutions have no padding",
            _with(lambda m: _convolutions(m, padding=(0, 0))),
            "14 x 14 go in and 14 x 14 come out.",
        ),
        Mistake(
            "the convolutions have a stride of 2",
            _with(lambda m: _convolutions(m, stride=(2, 2))),
            "the head keeps the size; the predictor behind it enlarges.",
        ),
        Mistake(
            "the convolutions are dilated",
            _with(lambda m: _convolutions(m, dilation=(2, 2), padding=(2, 2))),
            "a kernel of 3 x 3 takes cells that are next to each other.",
        ),
    ),
)
