"""Values: what another expression would give at a place of an answer, without running all of it.

Most of thousands of repairs raise an error where they stand, or give what another one has given.
"""

import ast
from collections.abc import Callable
from contextlib import suppress
from types import CodeType
from typing import Any

import numpy as np
from torch import Tensor
from torch.utils import _pytree as pytree

from rcnn_course.checks.engine.edits.places import Place, tree_with
from rcnn_course.checks.engine.repairs.found import Repair
from rcnn_course.checks.engine.source import compiled

HOLE = "_what_stands_here"
SCOPES = (
    *(ast.FunctionDef, ast.Lambda),
    *(ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp),
)
"""Nodes with names of their own."""
_COPIES = frozenset({"clone", "copy", "detach", "deepcopy", "list", "dict", "tuple"})
_TESTS = ("test", "ifs")
_MOST = 20
"""Times that the names at a place are kept: of a loop, the first turns."""

_Names = dict[str, Any]  # those of the module, and over them those of the function


class Values:
    """The values that repairs of expressions give in one call of an answer.

    Args:
        call: tells whether the answer that a tree defines, with further names of its module,
            gives what it should.
    """

    def __init__(self, call: Callable[[ast.Module | CodeType, dict[str, Any]], bool]) -> None:
        self._call = call
        self._known: dict[ast.AST, list[_Names]] = {}
        self._failed: dict[ast.AST, set[Any] | None] = {}
        self._holed: dict[ast.AST, CodeType] = {}

    def helps(self, repair: Repair) -> bool:
        """Tell whether an answer with a repair gives what it should in the call."""
        place, new = repair.place, repair.new
        if not isinstance(new, ast.expr) or not isinstance(place.node, ast.expr):
            return self._call(repair.tree, {})
        if isinstance(place.above(), ast.Expr):  # what it gives is not what it is for
            return self._call(repair.tree, {})
        failed = self._failed_at(place)
        if failed is None:
            return self._call(repair.tree, {})
        try:
            code = code_of(new)
            value = self._value(place, code)
        except NameError:  # what is nested sees more names than it has used so far
            return _is_nested(place) and self._call(repair.tree, {})
        except Exception:
            return False
        if value in failed and not _is_copy(new):
            return False
        if self._gives_with(place, code):
            return True
        if place.field not in _TESTS or not _is_repeated(place):
            failed.add(value)  # else it is asked again where it was not before
        return False

    def _gives_with(self, place: Place, code: CodeType) -> bool:
        """Tell whether the answer gives what it should with other code at a place."""

        def evaluate(names: dict[str, Any], inside: Callable[[], Any]) -> Any:
            return eval(code, {**inside.__globals__, **names})

        return self._call(self._holed[place.node], {HOLE: evaluate})

    def _failed_at(self, place: Place) -> set[Any] | None:
        """Return the values that have failed at a place, or None where it has none by itself."""
        node = place.node
        if node not in self._failed:
            self._failed[node] = None if any(map(needs_its_frame, ast.walk(node))) else set()
            if self._failed[node] is not None:
                self._holed[node] = compiled(tree_with(place, hole(node)))
                self._known[node] = self._names(place)
                is_seen_to_its_end = len(self._known[node]) < _MOST or place.field not in _TESTS
                with suppress(Exception):
                    if is_seen_to_its_end:
                        self._failed[node] = {self._value(place, code_of(node))}
        return self._failed[node]

    def _names(self, place: Place) -> list[_Names]:
        """Return the names that are known at a place, each time that it is evaluated."""
        kept: list[_Names] = []

        def keep(names: dict[str, Any], inside: Callable[[], Any]) -> Any:
            if len(kept) < _MOST:
                kept.append({**inside.__globals__, **copied_names(names)})
            return inside()

        self._call(self._holed[place.node], {HOLE: keep})
        return kept

    def _value(self, place: Place, code: CodeType) -> Any:
        return tuple(_mark(eval(code, names)) for names in self._known[place.node])


def copied_names(names: dict[str, Any]) -> dict[str, Any]:
    """Return names with copies of their tensors, lists and dictionaries."""
    return pytree.tree_map(_copied, dict(names))


def code_of(node: ast.expr) -> CodeType:
    """Return the code of an expression."""
    return compile(ast.Expression(_located(node)), "<a small change>", "eval")


def hole(node: ast.expr) -> ast.Call:
    """Return a call with the names that are known at a place, and with what stands there."""
    known = ast.Call(ast.Name("locals", ast.Load()), [], [])
    inside = ast.Lambda(ast.arguments([], [], None, [], [], None, []), node)
    return ast.Call(ast.Name(HOLE, ast.Load()), [known, inside], [])


def _is_repeated(place: Place) -> bool:
    """Tell whether a place is in a loop, or in a function that the answer itself calls."""
    if _is_nested(place) or any(isinstance(s.node, ast.For | ast.While) for s in place.way):
        return True
    names = (node.id for node in ast.walk(place.way[0].node) if isinstance(node, ast.Name))
    return place.function is not None and place.function.name in names


def _is_nested(place: Place) -> bool:
    """Tell whether a place is in a function or a comprehension inside of a function."""
    return sum(isinstance(step.node, SCOPES) for step in place.way) > 1


def needs_its_frame(node: ast.AST) -> bool:
    """Tell whether a node means something only inside of its own function."""
    is_super = isinstance(node, ast.Name) and node.id == "super"
    return is_super or isinstance(node, ast.Yield | ast.YieldFrom | ast.Await | ast.NamedExpr)


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
