"""Values: what another expression would give at a place of an answer, without running all of it.

Most of thousands of repairs raise an error where they stand, or give what another one has given.
"""

import ast
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor
from torch.utils import _pytree as pytree

from rcnn_course.checks.engine.edits.places import Place, tree_with
from rcnn_course.checks.engine.repairs.found import Repair

_PROBE = "_what_is_known_here"
_WITH_OWN_NAMES = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)
_COPIES = frozenset({"clone", "copy", "detach", "deepcopy", "list", "dict", "tuple"})
_MOST = 5
"""Times that the names at a place are kept: of a loop, the first turns."""

_Names = tuple[dict[str, Any], dict[str, Any]]  # those of the module, and those of the function


class Values:
    """The values that repairs of expressions give in one call of an answer.

    Args:
        call: calls the answer that a tree defines, with further names of its module.
    """

    def __init__(self, call: Callable[[ast.Module, dict[str, Any]], object]) -> None:
        self._call = call
        self._known: dict[ast.AST, list[_Names]] = {}
        self._failed: dict[ast.AST, set[Any] | None] = {}
        self._last: tuple[set[Any], Any] | None = None

    def may_help(self, repair: Repair) -> bool:
        """Tell whether a repair gives something at its place that has not failed yet.

        Where that is not known without running the answer, it may help.
        """
        self._last = None
        place, new = repair.place, repair.new
        if not isinstance(new, ast.expr) or not isinstance(place.node, ast.expr):
            return True
        if any(isinstance(step.node, _WITH_OWN_NAMES) for step in place.way):
            return True
        failed = self._failed_at(place)
        if failed is None:
            return True
        try:
            value = self._value(place, new)
        except NameError:
            return True
        except Exception:
            return False
        if value in failed and not _is_copy(new):
            return False
        self._last = failed, value
        return True

    def note_failure(self) -> None:
        """Keep in mind that what was asked about last has failed."""
        if self._last is not None:
            failed, value = self._last
            failed.add(value)

    def _failed_at(self, place: Place) -> set[Any] | None:
        """Return the values that have failed at a place, or None where it has none by itself."""
        if place.node not in self._failed:
            self._known[place.node] = self._names(place)
            try:
                self._failed[place.node] = {self._value(place, place.node)}
            except Exception:  # as `super()` raises
                self._failed[place.node] = None
        return self._failed[place.node]

    def _names(self, place: Place) -> list[_Names]:
        """Return the names that are known at a place, each time that it is evaluated."""
        kept: list[_Names] = []

        def keep(names: dict[str, Any], value: Any) -> Any:
            if len(kept) < _MOST:
                kept.append((sys._getframe(1).f_globals, pytree.tree_map(_copied, dict(names))))
            return value

        known = ast.Call(ast.Name("locals", ast.Load()), [], [])
        probe = ast.Call(ast.Name(_PROBE, ast.Load()), [known, place.node], [])
        self._call(tree_with(place, probe), {_PROBE: keep})
        return kept

    def _value(self, place: Place, new: ast.expr) -> Any:
        code = compile(ast.Expression(_located(new)), "<a small change>", "eval")
        return tuple(_mark(eval(code, *names)) for names in self._known[place.node])


def _located(node: ast.expr) -> ast.expr:
    if not hasattr(node, "lineno"):
        node.lineno = node.end_lineno = 1
        node.col_offset = node.end_col_offset = 0
    return ast.fix_missing_locations(node)


def _copied(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.clone()
    return value.copy() if isinstance(value, np.ndarray) else value


def _is_copy(node: ast.expr) -> bool:
    """Tell whether an expression gives the same values in another object."""
    function = getattr(node, "func", None)
    return getattr(function, "attr", getattr(function, "id", "")) in _COPIES


def _mark(value: Any) -> Any:
    """Return what two values have in common only where they are the same."""
    if isinstance(value, Tensor):
        plain = value.detach()
        return plain.dtype, plain.shape, value.requires_grad, plain.numpy().tobytes()
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.tobytes()
    if isinstance(value, bool | int | float | str | None):
        return type(value), repr(value)
    if isinstance(value, list | tuple):
        return type(value), tuple(map(_mark, value))
    if isinstance(value, dict):
        return dict, tuple((_mark(key), _mark(entry)) for key, entry in value.items())
    return object()  # like nothing else
