"""Exercise `intermediate_features`: what chosen layers of a body give, by new names.

Source: torchvision.models._utils.IntermediateLayerGetter.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torchvision.models import feature_extraction
from torchvision.models._utils import IntermediateLayerGetter

from rcnn_course.checks.engine.compare import Mismatch
from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n02_backbone.layers import (
    with_random_numbers,
    without_random_state,
)


def reference(body: nn.Module, x: Tensor, return_layers: dict[str, str]) -> dict[str, Tensor]:
    """Build torchvision's getter and call it."""
    return IntermediateLayerGetter(body, return_layers)(x)


def _use(
    subject: Callable[..., dict], body: nn.Module, x: Tensor, return_layers: dict[str, str]
) -> dict[str, Tensor]:
    given = dict(return_layers)
    result = subject(body, x, return_layers)
    if return_layers != given:
        raise Mismatch(
            f"Your code changed return_layers from {given} to {return_layers}. The caller still "
            "needs it: work on a copy."
        )
    return result


class _Classifier(nn.Module):
    """A body as torchvision's ResNet is one: it flattens between its last two modules."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, kernel_size=3, stride=2, padding=1)
        self.relu = nn.ReLU()
        self.layer1 = nn.Sequential(nn.Conv2d(4, 4, kernel_size=3, padding=1), nn.Tanh())
        self.layer2 = nn.Sequential(nn.Conv2d(4, 6, kernel_size=3, stride=2, padding=1), nn.Tanh())
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer2(self.layer1(self.relu(self.conv1(x))))
        return self.fc(self.avgpool(x).flatten(1))


def _stages() -> nn.Sequential:
    """Return a body of four stages, each with half the cells of the one before."""
    channels = (3, 4, 4, 5, 6)
    return nn.Sequential(
        OrderedDict(
            (f"layer{n}", nn.Conv2d(channels[n - 1], channels[n], 3, stride=2, padding=1))
            for n in (1, 2, 3, 4)
        )
    )


def _cases(seed: int) -> Iterator[Case]:
    normal, _ = random_tensors(seed)

    def body(build: Callable[[], nn.Module]) -> nn.Module:
        return with_random_numbers(without_random_state(build), normal)

    pyramid = {f"layer{n}": str(n - 1) for n in (1, 2, 3, 4)}
    order_hint = "the results stand in the order in which the body runs its layers."
    yield Case(
        "four stages, named as the FPN wants them",
        (body(_stages), normal(2, 3, 20, 24), dict(pyramid)),
    )
    yield Case(
        "two layers of four, asked for in another order",
        (body(_stages), normal(1, 3, 16, 16), {"layer3": "coarse", "layer1": "fine"}),
        hint=order_hint,
    )
    yield Case(
        "a classifier, whose last layers do not follow one another directly",
        (body(_Classifier), normal(1, 3, 12, 10), {"layer1": "C2", "layer2": "C3"}),
        hint="as soon as all that was asked for is there, the rest need not run. A ResNet "
        "flattens its features before fc, which no child does.",
    )
    yield Case(
        "a new name that is the old name of another layer",
        (body(_stages), normal(1, 3, 16, 16), {"layer1": "layer2", "layer2": "layer1"}),
        hint="the names on the left are those of the body, the ones on the right are new.",
    )
    yield Case("the first layer alone", (body(_stages), normal(1, 3, 8, 8), {"layer1": "0"}))
    yield Case("the last layer alone", (body(_stages), normal(1, 3, 16, 16), {"layer4": "C5"}))
    yield Case("no images at all", (body(_stages), normal(0, 3, 16, 16), dict(pyramid)))
    yield Case(
        "float64",
        (body(_stages).double(), normal(1, 3, 16, 16, dtype=torch.float64), dict(pyramid)),
    )
    yield Case(
        "an input that is not contiguous in memory",
        (body(_stages), normal(16, 20, 3, 1).permute(3, 2, 1, 0), dict(pyramid)),
    )
    yield Case(
        "the gradient that flows back from every stage",
        (body(_stages), normal(1, 3, 16, 16).requires_grad_(), dict(pyramid)),
    )


def _what_goes_in(
    body: nn.Module, x: Tensor, return_layers: dict[str, str]
) -> dict[str, Tensor] | None:
    """Return what the chosen layers were given."""
    names = [name for name, _ in body.named_children()]
    before = {names[names.index(name) - 1]: new for name, new in return_layers.items()}
    if names[0] in return_layers:
        del before[names[-1]]
        first = {return_layers[names[0]]: x}
        return {**first, **reference(body, x, before)} if before else first
    return reference(body, x, before)


def _everything(body: nn.Module, x: Tensor, return_layers: dict[str, str]) -> dict[str, Tensor]:
    names = [name for name, _ in body.named_children()]
    last = max(names.index(name) for name in return_layers)
    return reference(body, x, {name: return_layers.get(name, name) for name in names[: last + 1]})


def _as_asked_for(body: nn.Module, x: Tensor, return_layers: dict[str, str]) -> dict[str, Tensor]:
    found = reference(body, x, return_layers)
    return {new: found[new] for new in return_layers.values()}


def _last_alone(body: nn.Module, x: Tensor, return_layers: dict[str, str]) -> dict[str, Tensor]:
    name, value = list(reference(body, x, return_layers).items())[-1]
    return {name: value}


INTERMEDIATE_FEATURES = Exercise(
    name="intermediate_features",
    reference=reference,
    source="torchvision's IntermediateLayerGetter",
    own_cases=_cases,
    use=_use,
    refused_code=(IntermediateLayerGetter, feature_extraction),
    mistakes=(
        Mistake(
            "the features have the names of the layers",
            lambda body, x, return_layers: reference(
                body, x, {name: name for name in return_layers}
            ),
            "return_layers says for each layer by which new name its output is returned.",
        ),
        Mistake(
            "the features stand in the order of return_layers",
            _as_asked_for,
            "the results stand in the order in which the body runs its layers.",
        ),
        Mistake(
            "the features are what goes into each layer",
            _what_goes_in,
            "a layer's feature map is what it returns.",
        ),
        Mistake(
            "layers that nobody asked for are returned too",
            _everything,
            "every layer runs, but only those in return_layers are kept.",
        ),
        Mistake(
            "only the last of the layers is returned",
            _last_alone,
            "every layer that return_layers names is kept, not the last one alone.",
        ),
        Mistake(
            "the features come as a list",
            lambda *args: list(reference(*args).values()),
            "the FPN looks the levels up by name, so it needs a dictionary.",
        ),
    ),
)
