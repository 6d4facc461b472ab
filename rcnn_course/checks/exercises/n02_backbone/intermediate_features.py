"""Exercise `intermediate_features`: what chosen layers of a body give, by new names.

Source: torchvision.models._utils.IntermediateLayerGetter.
"""

from collections import OrderedDict
from collections.abc import Callable
from itertools import pairwise

from torch import Tensor, nn

from rcnn_course.checks.engine.compare import Mismatch
from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.n02_backbone.layers import random_module
from rcnn_course.reference.backbone import intermediate_features

_ORDER_HINT = "the results stand in the order in which the body runs its layers."


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
    if any(layer._forward_hooks for layer in body.modules()):
        raise Mismatch(
            "Your code left a hook on a layer of the body, which will run whenever the body does. "
            "Remove every hook before you return."
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


def _cases(normal: Draw, _: Draw) -> Cases:
    def body(build: Callable[[], nn.Module] = _stages) -> nn.Module:
        return random_module(build, normal)

    yield Case(
        "four stages, named as the FPN wants them",
        (body(), normal(2, 3, 20, 24), {f"layer{n}": str(n - 1) for n in (1, 2, 3, 4)}),
    )
    yield Case(
        "two layers of four, asked for in another order",
        (body(), normal(1, 3, 16, 16), {"layer3": "coarse", "layer1": "fine"}),
        hint=_ORDER_HINT,
    )
    yield Case(
        "a classifier, whose last layers do not follow one another directly",
        (body(_Classifier), normal(1, 3, 12, 10), {"layer1": "C2", "layer2": "C3"}),
        hint="as soon as all that was asked for is there, the rest need not run. A ResNet "
        "flattens its features before fc, which no child does.",
    )
    yield Case(
        "a new name that is the old name of another layer",
        (body(), normal(1, 3, 16, 16), {"layer1": "layer2", "layer2": "layer1"}),
        hint="the names on the left are those of the body, the ones on the right are new.",
    )
    yield Case("the first layer alone", (body(), normal(1, 3, 8, 8), {"layer1": "0"}))
    yield Case("the last layer alone", (body(), normal(1, 3, 16, 16), {"layer4": "C5"}))


def _what_goes_in(call: Call) -> dict[str, Tensor]:
    """Return what the chosen layers were given, which is what those before them return."""
    layers = {"in front": nn.Identity(), **dict(call.body.named_children())}
    before = {name: previous for previous, name in pairwise(layers)}
    return call(
        body=nn.Sequential(OrderedDict(layers)),
        return_layers={before[name]: new for name, new in call.return_layers.items()},
    )


def _everything(call: Call) -> dict[str, Tensor]:
    names = [name for name, _ in call.body.named_children()]
    last = max(names.index(name) for name in call.return_layers)
    return call(
        return_layers={name: call.return_layers.get(name, name) for name in names[: last + 1]}
    )


INTERMEDIATE_FEATURES = Exercise(
    name="intermediate_features",
    reference=intermediate_features,
    source="torchvision's IntermediateLayerGetter",
    steps=(
        "named_children() gives the layers with their names, in the order in which they run.",
        "Each layer takes what the one before returned; some of these outputs are kept under "
        "a new name.",
        "Stop after the last wanted layer: what comes behind may not fit.",
    ),
    own_cases=_cases,
    odd=Odd(length=["x"], empty=False, gradient=["x"]),
    use=_use,
    refused=(works.FEATURE_EXTRACTION,),
    mistakes={
        "old_names": Mistake(
            "the features have the names of the layers",
            lambda call: call(return_layers={name: name for name in call.return_layers}),
            "return_layers says for each layer by which new name its output is returned.",
        ),
        "order_as_asked": Mistake(
            "the features stand in the order of return_layers",
            lambda call: {new: call()[new] for new in call.return_layers.values()},
            _ORDER_HINT,
        ),
        "inputs_returned": Mistake(
            "the features are what goes into each layer",
            _what_goes_in,
            "a layer's feature map is what it returns.",
        ),
        "all_returned": Mistake(
            "layers that nobody asked for are returned too",
            _everything,
            "every layer runs, but only those in return_layers are kept.",
        ),
        "only_last": Mistake(
            "only the last of the layers is returned",
            lambda call: dict([call().popitem()]),
            "every layer that return_layers names is kept, not the last one alone.",
        ),
        "list": Mistake(
            "the features come as a list",
            lambda call: list(call().values()),
            "the FPN looks the levels up by name, so it needs a dictionary.",
        ),
    },
)
