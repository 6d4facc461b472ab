"""What the two exercises on the mask head's layers share: their cases, and wrong modules."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from torch import Tensor, nn

from rcnn_course.checks.engine.exercise import Case
from rcnn_course.checks.engine.modules import run_with_weights
from rcnn_course.checks.engine.random_tensors import random_tensors

Weights = dict[str, Tensor]


def run(subject: Callable, settings: Sequence, weights: Weights, rois: Tensor) -> Any:
    """Build a module, load torchvision's weights into it, and run it on the maps of RoIs."""
    return run_with_weights(subject(*settings), weights, rois)


def cases_of(
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


def altered_call(build: Callable[..., nn.Module], alter: Callable[[nn.Module], None]) -> Callable:
    """Make a mistake by altering torchvision's module before it runs."""

    def wrong(settings: Sequence, weights: Weights, rois: Tensor) -> Tensor:
        def altered(*settings: object) -> nn.Module:
            module = build(*settings)
            alter(module)
            return module

        return run(altered, settings, weights, rois)

    return wrong


def changed_result(build: Callable[..., nn.Module], change: Callable[[Tensor], Tensor]) -> Callable:
    """Make the mistake of changing what comes out."""
    return lambda *args: change(run(build, *args))
