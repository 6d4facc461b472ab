"""A call of the reference with the arguments of a case: what a mistake alters."""

import inspect
from collections.abc import Callable
from typing import Any

from rcnn_course.checks.engine.cases import Case


def parameters_of(use: Callable, reference: Callable) -> list[inspect.Parameter]:
    """Return the parameters that the arguments of a case fill.

    They are those of `use` after the subject or, where `use` only hands on what it gets, those of
    the reference.
    """
    parameters = list(inspect.signature(use).parameters.values())[1:]
    if parameters[0].kind is inspect.Parameter.VAR_POSITIONAL:
        return list(inspect.signature(reference).parameters.values())
    return parameters


class Call:
    """The call of the reference with the arguments of a case.

    Its attributes are the arguments, by the names of their parameters, with defaults. To call it
    makes the call, with other arguments where some are given: a mistake in padding is
    `lambda call: call(padding=call.padding + 1)`.

    Attributes:
        reference: the reference itself, for mistakes that use it in another way.
    """

    def __init__(self, use: Callable, reference: Callable, case: Case) -> None:
        self.reference = reference
        self._use = use
        bound = inspect.Signature(parameters_of(use, reference)).bind(*case.args, **case.kwargs)
        bound.apply_defaults()
        self._arguments = bound.arguments

    def __getattr__(self, name: str) -> Any:
        try:
            return self._arguments[name]
        except KeyError:
            names = ", ".join(self._arguments)
            raise AttributeError(f"the call has no argument {name!r}; it has {names}.") from None

    def __call__(self, **changes: Any) -> Any:
        """Return what the reference gives with these arguments in the place of the case's."""
        return self.by(self.reference, **changes)

    def by(self, subject: Callable, **changes: Any) -> Any:
        """Return what another function or class gives, used as the reference is."""
        unknown = changes.keys() - self._arguments.keys()
        if unknown:
            raise TypeError(f"the call has no argument {', '.join(sorted(unknown))}.")
        return self._use(subject, **(self._arguments | changes))
