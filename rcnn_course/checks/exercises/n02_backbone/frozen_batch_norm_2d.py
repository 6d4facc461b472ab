"""Exercise `FrozenBatchNorm2d`: batch normalisation with constants instead of statistics.

Source: Ioffe and Szegedy 2015, Batch Normalization; torchvision.ops.FrozenBatchNorm2d.
"""

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import fusion
from torchvision.ops import FrozenBatchNorm2d

from rcnn_course.checks.engine.compare import Mismatch
from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.modules import run_with_weights
from rcnn_course.checks.engine.random_tensors import random_tensors

COUNTER = "num_batches_tracked"


def _use(
    subject: Callable[..., nn.Module],
    num_features: int,
    eps: float | None,
    state: dict[str, Tensor],
    x: Tensor,
) -> Tensor:
    """Build the layer, load the state of a trained batch norm, and run it in training mode."""
    layer = subject(num_features) if eps is None else subject(num_features, eps=eps)
    own = {name: values for name, values in state.items() if name != COUNTER}
    result = run_with_weights(layer, own, x)
    _require_frozen(layer, own)
    if COUNTER in state:
        _load_inside_a_model(layer, state)
    return result


def _require_frozen(layer: nn.Module, state: dict[str, Tensor]) -> None:
    trainable = [name for name, weight in layer.named_parameters() if weight.requires_grad]
    if trainable:
        raise Mismatch(
            f"An optimiser would train {' and '.join(trainable)}: they are parameters. Frozen "
            "numbers belong to the state of a module without being parameters."
        )
    for name, values in layer.state_dict().items():
        if not values.equal(state[name].to(values)):
            raise Mismatch(f"Calling the layer changed its {name}. Frozen means that it stays.")


def _load_inside_a_model(layer: nn.Module, state: dict[str, Tensor]) -> None:
    """Load the state as a detector does: by the names that a layer has inside a larger model."""
    model = nn.Sequential(nn.Identity(), layer)
    try:
        model.load_state_dict({f"1.{name}": values for name, values in state.items()})
    except RuntimeError as error:
        raise Mismatch(
            f"A trained nn.BatchNorm2d also stores {COUNTER}, and loading its state into your "
            "layer as a part of a model fails. torchvision's layer drops this entry before it "
            "loads; inside a model its name has a prefix, such as 'layer1.0.bn1.'."
        ) from error


def _cases(seed: int) -> Iterator[Case]:
    normal, uniform = random_tensors(seed)

    def state(channels: int, least: float = 0.3, most: float = 4.0) -> dict[str, Tensor]:
        return {
            "weight": uniform(channels, low=0.5, high=1.5) * (2 * (normal(channels) > 0) - 1),
            "bias": normal(channels),
            "running_mean": normal(channels),
            "running_var": uniform(channels, low=least, high=most),
        }

    yield Case("a batch of two images, four channels", (4, None, state(4), normal(2, 4, 3, 4)))
    yield Case(
        "more channels than rows and columns",
        (5, None, state(5), normal(1, 5, 2, 3)),
        hint="each channel has its own numbers. With plain broadcasting, a tensor of length C "
        "meets the last dimension, which is the width.",
    )
    yield Case(
        "variances as small as eps",
        (3, None, state(3, 1e-6, 2e-5), 0.01 * normal(1, 3, 4, 4)),
        hint="eps is 1e-5 unless the caller says otherwise, and is added to the variance.",
    )
    yield Case(
        "another eps",
        (3, 0.5, state(3), normal(1, 3, 4, 4)),
        hint="eps is the second argument of __init__.",
    )
    yield Case("eps=0", (3, 0.0, state(3), normal(1, 3, 4, 4)))
    yield Case(
        "the state dict of a trained nn.BatchNorm2d",
        (4, None, {**state(4), COUNTER: torch.tensor(1000)}, normal(1, 4, 2, 3)),
    )
    yield Case("one channel, one cell", (1, None, state(1), normal(1, 1, 1, 1)))
    yield Case("no images at all", (3, None, state(3), normal(0, 3, 4, 4)))
    yield Case(
        "float64",
        (3, None, state(3), normal(1, 3, 4, 4, dtype=torch.float64)),
        hint="the result has the dtype of the input.",
    )
    yield Case(
        "an input that is not contiguous in memory",
        (4, None, state(4), normal(5, 3, 4, 2).permute(3, 2, 1, 0)),
    )
    yield Case(
        "the gradient that flows back to the input",
        (3, None, state(3), normal(2, 3, 4, 4).requires_grad_()),
    )


def _with(change: Callable[[dict[str, Tensor], float], dict[str, Tensor]]) -> Callable[..., Tensor]:
    """Make the mistake of computing with another state; its variance takes no eps any more."""

    def wrong(num_features: int, eps: float | None, state: dict, x: Tensor) -> Tensor:
        eps = 1e-5 if eps is None else eps
        own = {name: values for name, values in state.items() if name != COUNTER}
        other = {**own, "running_var": own["running_var"] + eps} | change(own, eps)
        return run_with_weights(FrozenBatchNorm2d(num_features, eps=0.0), other, x)

    return wrong


def _along_the_width(num_features: int, eps: float | None, state: dict, x: Tensor) -> Tensor | None:
    if x.shape[3] != num_features:
        return None
    result = _use(FrozenBatchNorm2d, num_features, eps, state, x.transpose(1, 3))
    return result.transpose(1, 3)


def _of_the_batch(num_features: int, eps: float | None, state: dict, x: Tensor) -> Tensor | None:
    if x.numel() == x.shape[1]:
        return None
    weight, bias = state["weight"].to(x.dtype), state["bias"].to(x.dtype)
    eps = 1e-5 if eps is None else eps
    return F.batch_norm(x, None, None, weight, bias, training=True, eps=eps)


FROZEN_BATCH_NORM_2D = Exercise(
    name="FrozenBatchNorm2d",
    reference=FrozenBatchNorm2d,
    source="torchvision.ops.FrozenBatchNorm2d",
    own_cases=_cases,
    use=_use,
    refused=("aten::*batch_norm*", "quantized::*batch_norm*", "onednn::*batch_norm*"),
    refused_code=(
        FrozenBatchNorm2d,
        nn.functional.batch_norm,
        fusion,
        torch._decomp.decompositions,
    ),
    mistakes=(
        Mistake(
            "eps is added to the standard deviation",
            _with(lambda state, eps: {"running_var": (state["running_var"].sqrt() + eps) ** 2}),
            "eps stands inside the square root, with the variance.",
        ),
        Mistake(
            "eps is left out",
            _with(lambda state, eps: {"running_var": state["running_var"]}),
            "eps keeps a channel with a tiny variance from being blown up.",
        ),
        Mistake(
            "eps is always 1e-5",
            _with(lambda state, eps: {"running_var": state["running_var"] + 1e-5}),
            "1e-5 is the default; a caller may ask for another eps.",
        ),
        Mistake(
            "the values are divided by the variance",
            _with(lambda state, eps: {"running_var": (state["running_var"] + eps) ** 2}),
            "a spread in the units of the values is a standard deviation.",
        ),
        Mistake(
            "the mean and the variance are those of the batch",
            _of_the_batch,
            "frozen means that the numbers of the state dict are used, in training too.",
        ),
        Mistake(
            "the mean is not subtracted",
            _with(lambda state, eps: {"running_mean": torch.zeros_like(state["running_mean"])}),
            "running_mean is what a channel was on average; afterwards that is 0.",
        ),
        Mistake(
            "the mean is added",
            _with(lambda state, eps: {"running_mean": -state["running_mean"]}),
            "running_mean is what a channel was on average; afterwards that is 0.",
        ),
        Mistake(
            "weight and bias are not used",
            _with(
                lambda state, eps: {
                    "weight": torch.ones_like(state["weight"]),
                    "bias": torch.zeros_like(state["bias"]),
                }
            ),
            "normalised values are scaled by weight and shifted by bias.",
        ),
        Mistake(
            "the bias is scaled by the weight",
            _with(lambda state, eps: {"bias": state["weight"] * state["bias"]}),
            "the bias is what is added last of all.",
        ),
        Mistake(
            "the numbers are those from before the state dict was loaded",
            lambda num_features, eps, state, x: FrozenBatchNorm2d(
                num_features, 1e-5 if eps is None else eps
            )(x),
            "load_state_dict comes after __init__. Whatever depends on the loaded numbers has to "
            "be computed later.",
        ),
        Mistake(
            "the numbers go along the width instead of the channels",
            _along_the_width,
            "each channel has its own numbers. With plain broadcasting, a tensor of length C "
            "meets the last dimension, which is the width.",
        ),
    ),
)
