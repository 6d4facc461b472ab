"""Exercise `TwoMLPHead`: two fully connected layers on each RoI (Lin et al. 2017, section 4.2)."""

from collections.abc import Callable, Iterator, Mapping

import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection.faster_rcnn import FastRCNNConvFCHead, TwoMLPHead

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n07_box_head.linear_layers import (
    build_load_and_run,
    linear_weights,
)

Weights = Mapping[str, Tensor]

_linear, _relu, _gelu = F.linear, F.relu, F.gelu


def _cases(seed: int) -> Iterator[Case]:
    normal, _ = random_tensors(seed)

    def head(channels: int, height: int, width: int, outputs: int) -> tuple[int, int, dict]:
        inputs = channels * height * width
        weights = linear_weights(normal, fc6=(outputs, inputs), fc7=(outputs, outputs))
        return inputs, outputs, weights

    yield Case(
        "two RoIs with 3 channels and 2 × 2 bins",
        (*head(3, 2, 2, 6), normal(2, 3, 2, 2)),
        hint="flatten each RoI, then layer and ReLU, and layer and ReLU again.",
    )
    yield Case("five RoIs with 7 × 7 bins", (*head(2, 7, 7, 16), normal(5, 2, 7, 7)))
    yield Case(
        "bins that are not square",
        (*head(2, 3, 4, 5), normal(3, 2, 3, 4)),
        hint="in_channels is the number of all values of a RoI: channels × height × width.",
    )
    yield Case(
        "no RoIs at all",
        (*head(3, 2, 2, 6), normal(0, 3, 2, 2)),
        hint="with R = 0 the result has the shape [0, representation_size].",
    )
    yield Case(
        "one RoI",
        (*head(3, 2, 2, 6), normal(1, 3, 2, 2)),
        hint="the first axis counts RoIs and stays, even if there is only one.",
    )
    yield Case(
        "an input that is not contiguous in memory",
        (*head(3, 2, 4, 6), normal(4, 2, 2, 3).permute(2, 3, 1, 0)[:2]),
        hint="view needs a contiguous tensor; flatten and reshape do not.",
    )
    inputs, outputs, weights = head(2, 2, 2, 4)
    weights = {name: weight.requires_grad_() for name, weight in weights.items()}
    yield Case(
        "the gradients that flow back to the RoIs and to the weights",
        (inputs, outputs, weights, normal(3, 2, 2, 2).requires_grad_()),
    )


def _first_layer(weights: Weights, x: Tensor) -> Tensor:
    return _linear(x.flatten(1), weights["fc6.weight"], weights["fc6.bias"])


def _second_layer(weights: Weights, x: Tensor) -> Tensor:
    return _linear(x, weights["fc7.weight"], weights["fc7.bias"])


def _layers_with(
    first: Callable[[Tensor], Tensor], second: Callable[[Tensor], Tensor]
) -> Callable[..., Tensor]:
    """Make the mistake of other functions than ReLU after the two layers."""

    def wrong(inputs: int, outputs: int, weights: Weights, x: Tensor) -> Tensor:
        return second(_second_layer(weights, first(_first_layer(weights, x))))

    return wrong


def _flattened_after(change: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """Make the mistake of bringing the axes of a RoI into another order before flattening."""

    def wrong(inputs: int, outputs: int, weights: Weights, x: Tensor) -> Tensor:
        return build_load_and_run(TwoMLPHead, inputs, outputs, weights, change(x))

    return wrong


def _as_it_is(x: Tensor) -> Tensor:
    return x


TWO_MLP_HEAD = Exercise(
    name="TwoMLPHead",
    reference=TwoMLPHead,
    source="torchvision's TwoMLPHead",
    own_cases=_cases,
    use=build_load_and_run,
    refused_code=(TwoMLPHead, FastRCNNConvFCHead),
    mistakes=(
        Mistake(
            "the ReLU after the second layer is missing",
            _layers_with(_relu, _as_it_is),
            "both layers are followed by a ReLU: what the predictor receives is never negative.",
        ),
        Mistake(
            "the ReLU between the layers is missing",
            _layers_with(_as_it_is, _relu),
            "two linear layers without anything between them are no more than one.",
        ),
        Mistake(
            "there is no ReLU",
            _layers_with(_as_it_is, _as_it_is),
            "two linear layers without anything between them are no more than one.",
        ),
        Mistake(
            "the second layer is left out",
            lambda inputs, outputs, weights, x: _relu(_first_layer(weights, x)),
            "the result of the first layer goes through the second one too.",
        ),
        Mistake(
            "the ReLU stands in front of each layer",
            lambda inputs, outputs, weights, x: _layers_with(_relu, _as_it_is)(
                inputs, outputs, weights, _relu(x)
            ),
            "RoI features may be negative, and the head should see it: layer first, then ReLU.",
        ),
        Mistake(
            "the channels are flattened last",
            _flattened_after(lambda x: x.permute(0, 2, 3, 1)),
            "a RoI is flattened as it stands: channel after channel, and row after row in each.",
        ),
        Mistake(
            "rows and columns are swapped",
            _flattened_after(lambda x: x.transpose(2, 3)),
            "a RoI is flattened as it stands: channel after channel, and row after row in each.",
        ),
        Mistake(
            "another activation stands in the place of ReLU",
            _layers_with(_gelu, _gelu),
            "ReLU sets negative values to 0 and leaves the others alone.",
        ),
    ),
)
