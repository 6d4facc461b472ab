"""Cases: the calls that an exercise is tried with, its own and the odd ones that all need."""

import copy
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree


@dataclass(frozen=True)
class Case:
    """One call of the student's function.

    Attributes:
        what: what this case tries, for the student to read, such as 'no boxes at all'.
        args: positional arguments. The engine compares the gradient of every tensor among the
            arguments that requires one, and demands that none is changed in place.
        kwargs: keyword arguments.
        hint: what to think of where no typical mistake explains that this case fails, and no case
            fails that has nothing to do with its subject. Cases with the same hint have the same
            subject. Where all the cases of a subject in `also` fail and no others, it is that hint.
        also: hints of other cases whose subjects this case has to do with, too.
        is_odd: whether the engine has made it of another case.
    """

    what: str
    args: tuple = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    hint: str = ""
    also: Sequence[str] = ()
    is_odd: bool = False

    def is_about(self, hint: str) -> bool:
        """Tell whether this case has to do with the subject of a hint."""
        return hint in (self.hint, *self.also)


Cases = Iterator[Case]


Draw = Callable[..., Tensor]
"""Draws random numbers of the shape that it is called with; see `random_tensors`."""


def all_about(hint: str) -> Callable[[Callable[[Draw, Draw], Cases]], Callable[..., Cases]]:
    """Return a decorator for cases that all have to do with the subject of a hint."""

    def decorate(cases: Callable[[Draw, Draw], Cases]) -> Callable[..., Cases]:
        @functools.wraps(cases)
        def about(normal: Draw, uniform: Draw) -> Cases:
            for case in cases(normal, uniform):
                yield replace(case, also=(*case.also, hint))

        return about

    return decorate


HINTS = {
    "one": "an axis of length 1 stays an axis; squeeze() and item() drop it.",
    "float64": "the result has the dtype of the input.",
    "layout": "view needs a contiguous tensor; reshape does not.",
}
"""What to think of where an odd case fails, if its exercise says nothing else."""


@dataclass(frozen=True)
class Odd:
    """The odd cases of an exercise: one of its own cases again, with unusual tensors.

    Attributes:
        length: names of arguments of which no entries are taken, then one: every tensor in them
            is cut to 0 and to 1 along its first dimension.
        empty: whether no entries are tried at all; False where the docstring promises some.
        gradient: names of arguments whose gradients are compared, of all floating tensors in them.
        float64: whether floating tensors, and modules, are tried as float64.
        layout: whether tensors are tried that are not contiguous in memory.
        of: the number of the exercise's own case that is altered, from 0.
        hints: what to think of, by 'empty', 'one', 'float64', 'layout' and 'gradient', where
            there is more to say than `HINTS` does.
    """

    length: Sequence[str] = ()
    empty: bool = True
    gradient: Sequence[str] = ()
    float64: bool = True
    layout: bool = True
    of: int = 0
    hints: Mapping[str, str] = field(default_factory=dict)

    def cases(self, make: Callable[[], Case], names: Sequence[str]) -> Iterator[Case]:
        """Yield the odd cases.

        Args:
            make: returns the case that is altered, anew at each call.
            names: of the parameters that its arguments fill, in order.

        Raises:
            ValueError: If `length` or `gradient` names an argument that the case has not, or
                `gradient` one that it gives by keyword.
        """
        case = make()
        self._require_arguments(self.length, {*names[: len(case.args)], *case.kwargs})
        self._require_arguments(self.gradient, {*names[: len(case.args)]})
        length, gradient = map(_listed, (self.length, self.gradient))
        kinds = {
            "empty": (
                f"no entries in {length}",
                self.length if self.empty else (),
                lambda tensor: tensor[:0],
            ),
            "one": (f"one entry in {length}", self.length, lambda tensor: tensor[:1]),
            "float64": ("float64", names if self.float64 else (), _as_float64),
            "layout": (
                "tensors that are not contiguous in memory",
                names if self.layout else (),
                _scattered,
            ),
            "gradient": (
                f"the gradient that flows back to {gradient}",
                self.gradient,
                _requiring_gradient,
            ),
        }
        for kind, (what, chosen, alter) in kinds.items():
            if chosen:
                hint = (HINTS | dict(self.hints)).get(kind, "")
                yield _altered(make(), names, chosen, alter, what, hint)

    def _require_arguments(self, chosen: Sequence[str], given: set[str]) -> None:
        unknown = set(chosen) - given
        if unknown:
            raise ValueError(
                f"the case that odd cases alter has no argument {_listed(sorted(unknown))} that "
                f"can be altered, it has {_listed(sorted(given))}."
            )


def _listed(names: Sequence[str]) -> str:
    """Return 'a', 'a and b', or 'a, b and c'."""
    *others, last = names or ("",)
    return f"{', '.join(others)} and {last}" if others else last


def _altered(
    case: Case,
    names: Sequence[str],
    chosen: Sequence[str],
    alter: Callable[[Any], Any],
    what: str,
    hint: str,
) -> Case:
    """Return a case with the tensors and modules in some of its arguments altered."""

    def alter_all(name: str, argument: Any) -> Any:
        if name not in chosen:
            return argument
        return pytree.tree_map_only((Tensor, nn.Module), alter, argument)

    args = tuple(map(alter_all, names, case.args))
    kwargs = {name: alter_all(name, argument) for name, argument in case.kwargs.items()}
    return Case(what, args, kwargs, hint, (case.hint, *case.also), is_odd=True)


def _as_float64(value: Any) -> Any:
    if isinstance(value, nn.Module):
        return copy.deepcopy(value).double()
    return value.double() if value.is_floating_point() else value


def _scattered(value: Any) -> Any:
    """Return the same tensor with its dimensions in opposite order in memory."""
    if isinstance(value, nn.Module):
        return value
    if value.ndim < 2:
        return torch.stack([value, value], dim=-1)[..., 0]
    turned = tuple(reversed(range(value.ndim)))
    return value.permute(turned).contiguous().permute(turned)


def _requiring_gradient(value: Any) -> Any:
    is_trained = isinstance(value, Tensor) and value.is_floating_point()
    return value.detach().requires_grad_() if is_trained else value
