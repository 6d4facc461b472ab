"""Exercise `TwoMLPHead`: two fully connected layers on each RoI (Lin et al. 2017, section 4.2)."""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection.faster_rcnn import TwoMLPHead

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.engine.modules import build_and_run, random_weights
from rcnn_course.checks.exercises import works

_linear, _relu, _gelu = F.linear, F.relu, F.gelu

_BETWEEN_HINT = "two linear layers without anything between them are no more than one."
_ORDER_HINT = "a RoI is flattened as it stands: channel after channel, and row after row in each."


def _cases(normal: Draw, _: Draw) -> Cases:
    def head_and_rois(count: int, *size: int, outputs: int) -> tuple:
        """Return settings, weights and RoIs of a size, which is channels, rows and columns."""
        settings = (size[0] * size[1] * size[2], outputs)
        return settings, random_weights(TwoMLPHead, settings, normal), normal(count, *size)

    yield Case(
        "two RoIs with 3 channels and 4 × 5 bins",
        head_and_rois(2, 3, 4, 5, outputs=6),
        hint="flatten each RoI, then layer and ReLU, and layer and ReLU again.",
    )
    yield Case("five RoIs with 7 × 7 bins", head_and_rois(5, 2, 7, 7, outputs=16))
    yield Case(
        "bins that are not square",
        head_and_rois(3, 2, 3, 4, outputs=5),
        hint="in_channels is the number of all values of a RoI: channels × height × width.",
    )


def _layer(call: Call, name: str, x: Tensor) -> Tensor:
    return _linear(x, call.weights[f"{name}.weight"], call.weights[f"{name}.bias"])


def _as_it_is(x: Tensor) -> Tensor:
    return x


def _head(
    call: Call,
    before: Callable[[Tensor], Tensor] = _as_it_is,
    between: Callable[[Tensor], Tensor] = _relu,
    after: Callable[[Tensor], Tensor] = _relu,
) -> Tensor:
    """Return what the two layers give with these activations around them."""
    first = between(_layer(call, "fc6", before(call.x.flatten(1))))
    return after(_layer(call, "fc7", first))


TWO_MLP_HEAD = Exercise(
    name="TwoMLPHead",
    reference=TwoMLPHead,
    source="torchvision's TwoMLPHead",
    steps=(
        "Two linear layers, fc6 and fc7, each followed by a ReLU.",
        "A RoI comes as [C, H, W]: flatten everything but the first dimension.",
    ),
    own_cases=_cases,
    odd=Odd(
        length=["x"],
        gradient=["weights", "x"],
        hints={
            "empty": "with R = 0 the result has the shape [0, representation_size].",
            "one": "the first axis counts RoIs and stays, even if there is only one.",
            "layout": "view needs a contiguous tensor; flatten and reshape do not.",
        },
    ),
    use=build_and_run,
    refused=(works.BOX_HEAD,),
    mistakes={
        "last_relu_missing": Mistake(
            "the ReLU after the second layer is missing",
            lambda call: _head(call, after=_as_it_is),
            "both layers are followed by a ReLU: what the predictor receives is never negative.",
        ),
        "first_relu_missing": Mistake(
            "the ReLU between the layers is missing",
            lambda call: _head(call, between=_as_it_is),
            _BETWEEN_HINT,
        ),
        "no_relu": Mistake(
            "there is no ReLU",
            lambda call: _head(call, between=_as_it_is, after=_as_it_is),
            _BETWEEN_HINT,
        ),
        "second_layer_missing": Mistake(
            "the second layer is left out",
            lambda call: _relu(_layer(call, "fc6", call.x.flatten(1))),
            "the result of the first layer goes through the second one too.",
        ),
        "relu_first": Mistake(
            "the ReLU stands in front of each layer",
            lambda call: _head(call, before=_relu, after=_as_it_is),
            "RoI features may be negative, and the head should see it: layer first, then ReLU.",
        ),
        "channels_last": Mistake(
            "the channels are flattened last",
            lambda call: call(x=call.x.permute(0, 2, 3, 1)),
            _ORDER_HINT,
        ),
        "rows_and_columns_swapped": Mistake(
            "rows and columns are swapped", lambda call: call(x=call.x.transpose(2, 3)), _ORDER_HINT
        ),
        "other_activation": Mistake(
            "another activation stands in the place of ReLU",
            lambda call: _head(call, between=_gelu, after=_gelu),
            "ReLU sets negative values to 0 and leaves the others alone.",
        ),
    },
)
