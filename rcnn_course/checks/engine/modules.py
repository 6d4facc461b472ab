"""Exercises that are classes: load the reference's weights into the student's module and run it."""

import contextlib
import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.utils import _pytree as pytree

from rcnn_course.checks.engine.call import Call
from rcnn_course.checks.engine.cases import Case
from rcnn_course.checks.engine.compare import Mismatch, equal
from rcnn_course.checks.engine.kept import keep
from rcnn_course.checks.engine.plain import read
from rcnn_course.checks.engine.random_tensors import OwnRandomNumbers


def build_and_run(
    subject: Callable[..., nn.Module], settings: Sequence, weights: Mapping[str, Tensor], x: Any
) -> Any:
    """Build a module from its settings, load the reference's weights into it, and call it on x."""
    return run_with_weights(subject(*settings), weights, x)


def random_weights(
    build: Callable[..., nn.Module], settings: Sequence, normal: Callable[..., Tensor]
) -> dict[str, Tensor]:
    """Draw the weights of a module, by name, so that outputs are about as large as inputs."""
    with OwnRandomNumbers():
        state = build(*settings).state_dict()
    return {
        name: normal(*values.shape) / values[0].numel() ** 0.5 for name, values in state.items()
    }


def layer_case(
    build: Callable[..., nn.Module],
    normal: Callable[..., Tensor],
    what: str,
    settings: Sequence,
    size: tuple[int, ...],
    hint: str = "",
) -> Case:
    """Return a case for `build_and_run`, of a class whose first setting is its input channels.

    Args:
        build: the class.
        normal: draws weights and input.
        what: what the case tries.
        settings: what the class is built from.
        size: of the input, without its channels: N, H, W for maps.
        hint: of the case.
    """
    weights = random_weights(build, settings, normal)
    return Case(what, (settings, weights, normal(size[0], settings[0], *size[1:])), hint=hint)


def altered(alter: Callable[[Any], None]) -> Callable[[Call], Any]:
    """Make the mistake of the reference's module with something altered before it runs.

    Args:
        alter: changes what the layers of a module compute; their names and weights stay.
    """

    def wrong(call: Call) -> Any:
        def build(*settings: Any) -> nn.Module:
            with OwnRandomNumbers():
                module = call.reference(*settings)
            alter(module)
            return module

        return call.by(build)

    return wrong


def leave_out(layer: nn.Module) -> None:
    """Let a layer return what it gets."""
    layer.forward = lambda x: x


def with_options(**options: Any) -> Callable[[Any], None]:
    """Return what gives a layer other options, such as `padding=(0, 0)` to a convolution."""
    return lambda layer: vars(layer).update(options)


def alter_each(kind: type[nn.Module], module: nn.Module, alter: Callable[[Any], None]) -> None:
    """Alter every layer of a kind in a module."""
    for layer in module.modules():
        if isinstance(layer, kind):
            alter(layer)


def each_altered(
    kind: type[nn.Module], alter: Callable[[Any], None], part: str = ""
) -> Callable[[Call], Any]:
    """Make the mistake of something altered in every layer of a kind.

    Args:
        kind: of the layers.
        alter: changes what a layer computes.
        part: name of the part of the module in which the layers are; all of it where it is ''.
    """
    return altered(lambda module: alter_each(kind, module.get_submodule(part), alter))


def run_with_weights(
    module: Any, weights: Mapping[str, Tensor], *args: Any, trained: bool = True
) -> Any:
    """Load weights into a module, all of them and no others, and call it.

    Args:
        module: what the student's class built.
        weights: by the reference's names, as `state_dict()` returns them. Gradients flow back
            to those that require one.
        args: of the call.
        trained: whether the weights are parameters, which an optimiser trains, or else buffers.

    Raises:
        Mismatch: If `module` is not an `nn.Module`, its names or shapes are others, parameters are
            buffers or the other way round, or it gives something else after other weights and
            another input.
    """
    if not isinstance(module, nn.Module):
        raise Mismatch(
            f"Your class built a value of type {type(module).__name__}, expected an nn.Module: "
            "derive the class from nn.Module and call super().__init__() first."
        )
    require_same_state(module, weights)
    _require_parameters(module, weights, trained=trained)
    if any(weight.dtype == torch.float64 for weight in weights.values()):
        module.double()
    used = _copy(module) if _is_looked_at_again else None
    module.load_state_dict(dict(weights), strict=True)
    if any(weight.requires_grad for weight in weights.values()):
        return functional_call(module, dict(weights), args)
    if used is None:
        return module(*args)
    again = copy.deepcopy(args)
    result = module(*args)
    _require_no_memory(used, weights, again, keep(read(result)))
    return result


_is_looked_at_again = True


@contextlib.contextmanager
def without_a_second_look() -> Iterator[None]:
    """Have modules called once, whatever they keep; in a process of its own."""
    global _is_looked_at_again
    _is_looked_at_again = False
    try:
        yield
    finally:
        _is_looked_at_again = True


def _copy(module: nn.Module) -> nn.Module:
    """Return a copy of a module, or itself where it holds what cannot be copied."""
    try:
        return copy.deepcopy(module)
    except Exception:
        return module


def _require_no_memory(
    module: nn.Module, weights: Mapping[str, Tensor], args: tuple, wanted: Any
) -> None:
    """Raise Mismatch where a module that was used before gives something else than a new one."""
    others = pytree.tree_map_only(Tensor, lambda x: torch.cat([x, x + 1]), copy.deepcopy(args))
    try:
        module.load_state_dict({name: values + 1 for name, values in weights.items()})
        module(*others)
        module.load_state_dict(dict(weights))
        is_same = equal(read(module(*args)), wanted)
    except Exception as error:
        raise Mismatch(
            "Called again, with twice as many rows or a second time with the same, your module "
            f"raises {type(error).__name__}. Whatever it needs in every call must still be there "
            "after the first, and fit any input."
        ) from error
    if not is_same:
        raise Mismatch(
            "Called with other weights and another input before, your module gives something "
            "else. Nothing that it keeps from one call may change the next."
        )


def _require_parameters(module: nn.Module, weights: Mapping[str, Tensor], *, trained: bool) -> None:
    parameters = dict(module.named_parameters(remove_duplicate=False))
    if not trained and parameters:
        raise Mismatch(
            f"Your module has the parameters {_listed(list(parameters))}: an optimiser would be "
            "given them. Frozen numbers belong to the state of a module without being parameters."
        )
    learned = {name for name, values in parameters.items() if values.requires_grad}
    fixed = [name for name in weights if name not in learned]
    if trained and fixed:
        raise Mismatch(
            f"An optimiser would not train {_listed(fixed)} of your module. What is learned is an "
            "nn.Parameter that requires a gradient."
        )


def require_same_state(module: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Raise Mismatch where the names or shapes of a module's state are not those of `weights`."""
    own = module.state_dict()
    missing = [name for name in weights if name not in own]
    unexpected = [name for name in own if name not in weights]
    if missing or unexpected:
        parts = [f"has no {_listed(missing)}"] * bool(missing)
        parts += [f"has {_listed(unexpected)}, which torchvision has not"] * bool(unexpected)
        raise Mismatch(
            f"torchvision's weights do not fit by name: your module {' and '.join(parts)}. A name "
            "is the path of attributes and positions to the layer. Print both modules to compare."
        )
    for name, weight in weights.items():
        if own[name].shape != weight.shape:
            raise Mismatch(
                f"torchvision's weights do not fit: {name} has the shape {list(own[name].shape)} "
                f"in your module, expected {list(weight.shape)}."
            )


def _listed(names: list[str]) -> str:
    return ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")
