"""Exercise `FrozenBatchNorm2d`: batch normalisation with constants instead of statistics.

Source: Ioffe and Szegedy 2015, Batch Normalization; torchvision.ops.FrozenBatchNorm2d.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops import FrozenBatchNorm2d

from rcnn_course.checks.engine.compare import Mismatch
from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.engine.modules import run_with_weights
from rcnn_course.checks.exercises import works

_COUNTER = "num_batches_tracked"
_CHANNEL_HINT = (
    "each channel has its own numbers. With plain broadcasting, a tensor of length C meets the "
    "last dimension, which is the width."
)
_MEAN_HINT = "running_mean is what a channel was on average; afterwards that is 0."


def _use(
    subject: Callable[..., nn.Module],
    num_features: int,
    options: dict[str, float],
    state: dict[str, Tensor],
    x: Tensor,
) -> Tensor:
    """Build the layer, load the state of a trained batch norm, and run it in training mode."""
    layer = subject(num_features, **options)
    initial = _copied(layer)
    own = {name: values for name, values in state.items() if name != _COUNTER}
    result = run_with_weights(layer, own, x, trained=False)
    _require_frozen(layer, own)
    _require_identity(initial)
    if _COUNTER in state:
        _load_inside_a_model(layer, state)
    return result


def _require_frozen(layer: nn.Module, state: dict[str, Tensor]) -> None:
    for name, values in layer.state_dict().items():
        if not values.equal(state[name].to(values)):
            raise Mismatch(f"Calling the layer changed its {name}. Frozen means that it stays.")


def _copied(layer: Any) -> dict[str, Tensor]:
    state = layer.state_dict() if isinstance(layer, nn.Module) else {}
    return {name: values.clone() for name, values in state.items()}


def _require_identity(initial: dict[str, Tensor]) -> None:
    for name, values in initial.items():
        wanted = float(name in ("weight", "running_var"))
        if not bool((values == wanted).all()):
            raise Mismatch(
                f"As it is built, your layer has a {name} other than {wanted:g}. Until something "
                "is loaded, it should normalise nothing."
            )


def _load_inside_a_model(layer: nn.Module, state: dict[str, Tensor]) -> None:
    """Load the state as a detector does: by the names that a layer has inside a larger model."""
    model = nn.Sequential(nn.Identity(), layer)
    try:
        model.load_state_dict({f"1.{name}": values for name, values in state.items()})
    except RuntimeError as error:
        raise Mismatch(
            f"A trained nn.BatchNorm2d also stores {_COUNTER}, and loading its state into your "
            "layer as a part of a model fails. torchvision's layer drops this entry before it "
            "loads; inside a model its name has a prefix, such as 'layer1.0.bn1.'."
        ) from error


def _cases(normal: Draw, uniform: Draw) -> Cases:
    def state(channels: int, least: float = 0.3, most: float = 4.0) -> dict[str, Tensor]:
        return {
            "weight": uniform(channels, low=0.5, high=1.5) * (2 * (normal(channels) > 0) - 1),
            "bias": normal(channels),
            "running_mean": normal(channels),
            "running_var": uniform(channels, low=least, high=most),
        }

    yield Case("a batch of two images, four channels", (4, {}, state(4), normal(2, 4, 3, 4)))
    yield Case(
        "more channels than rows and columns",
        (5, {}, state(5), normal(1, 5, 2, 3)),
        hint=_CHANNEL_HINT,
    )
    yield Case(
        "variances as small as eps",
        (3, {}, state(3, 1e-6, 2e-5), 0.01 * normal(1, 3, 4, 4)),
        hint="eps is 1e-5 unless the caller says otherwise, and is added to the variance.",
    )
    yield Case(
        "another eps",
        (3, {"eps": 0.5}, state(3), normal(1, 3, 4, 4)),
        hint="eps is the second argument of __init__.",
    )
    yield Case("eps=0", (3, {"eps": 0.0}, state(3), normal(1, 3, 4, 4)))
    yield Case(
        "the state dict of a trained nn.BatchNorm2d",
        (4, {}, {**state(4), _COUNTER: torch.tensor(1000)}, normal(1, 4, 2, 3)),
    )
    yield Case("one channel, one cell", (1, {}, state(1), normal(1, 1, 1, 1)))
    yield Case(
        "float64 pixels, float32 numbers",
        (3, {}, state(3), normal(1, 3, 4, 4, dtype=torch.float64)),
        hint="the result has the dtype of the input.",
    )


def _over_root_of(variance: Callable[[Tensor, float], Tensor]) -> Callable[[Call], Tensor]:
    """Make the mistake of dividing by the root of something else than running_var + eps."""

    def wrong(call: Call) -> Tensor:
        used = variance(call.state["running_var"], call.options.get("eps", 1e-5))
        return call(options={"eps": 0.0}, state=call.state | {"running_var": used})

    return wrong


def _of_the_batch(call: Call) -> Tensor:
    weight, bias = (call.state[name].to(call.x.dtype) for name in ("weight", "bias"))
    return F.batch_norm(call.x, None, None, weight, bias, training=True, **call.options)


FROZEN_BATCH_NORM_2D = Exercise(
    name="FrozenBatchNorm2d",
    reference=FrozenBatchNorm2d,
    source="torchvision.ops.FrozenBatchNorm2d",
    steps=(
        "Batch norm subtracts a mean, divides by a spread, multiplies by a weight and adds a "
        "bias, per channel.",
        "The spread is the square root of the variance, and eps is added under the root.",
        "The four tensors are constants: an optimizer must not find them, but the state dict "
        "must. register_buffer does that.",
        "A tensor of C numbers does not line up with [N, C, H, W]: give it two dimensions of "
        "size 1 behind.",
    ),
    own_cases=_cases,
    odd=Odd(length=["x"], empty=False, gradient=["x"]),
    use=_use,
    refused=(works.BATCH_NORM,),
    mistakes={
        "eps_outside_root": Mistake(
            "eps is added to the standard deviation",
            _over_root_of(lambda variance, eps: (variance.sqrt() + eps) ** 2),
            "eps stands inside the square root, with the variance.",
        ),
        "eps_unused": Mistake(
            "eps is left out",
            lambda call: call(options={"eps": 0.0}),
            "eps keeps a channel with a tiny variance from being blown up.",
        ),
        "eps_fixed": Mistake(
            "eps is always 1e-5",
            lambda call: call(options={}),
            "1e-5 is the default; a caller may ask for another eps.",
        ),
        "over_variance": Mistake(
            "the values are divided by the variance",
            _over_root_of(lambda variance, eps: (variance + eps) ** 2),
            "a spread in the units of the values is a standard deviation.",
        ),
        "statistics_of_batch": Mistake(
            "the mean and the variance are those of the batch",
            _of_the_batch,
            "frozen means that the numbers of the state dict are used, in training too.",
        ),
        "mean_unused": Mistake(
            "the mean is not subtracted",
            lambda call: call(state=call.state | {"running_mean": torch.zeros(call.num_features)}),
            _MEAN_HINT,
        ),
        "mean_added": Mistake(
            "the mean is added",
            lambda call: call(state=call.state | {"running_mean": -call.state["running_mean"]}),
            _MEAN_HINT,
        ),
        "weight_and_bias_unused": Mistake(
            "weight and bias are not used",
            lambda call: call(
                state=call.state
                | {"weight": torch.ones(call.num_features), "bias": torch.zeros(call.num_features)}
            ),
            "normalised values are scaled by weight and shifted by bias.",
        ),
        "bias_scaled": Mistake(
            "the bias is scaled by the weight",
            lambda call: call(
                state=call.state | {"bias": call.state["weight"] * call.state["bias"]}
            ),
            "the bias is what is added last of all.",
        ),
        "state_unused": Mistake(
            "the numbers are those from before the state dict was loaded",
            lambda call: call.reference(call.num_features, **call.options)(call.x),
            "load_state_dict comes after __init__. Whatever depends on the loaded numbers has to "
            "be computed later.",
        ),
        "along_width": Mistake(
            "the numbers go along the width instead of the channels",
            lambda call: call(x=call.x.transpose(1, 3)).transpose(1, 3),
            _CHANNEL_HINT,
        ),
    },
)
