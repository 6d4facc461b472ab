"""The source of a student's answer, as it stands in the cell of the notebook."""

import ast
import linecache
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import CodeType, MappingProxyType
from typing import Any

from rcnn_course.checks.engine.stubs import functions_of

CHANGED = "<a small change of your code>"
"""The name of the file of a changed answer."""
EMPTY: Mapping[str, Any] = MappingProxyType({})

_COMPILED = re.compile(r"\bjit\b|\bcompile\b")
"""A decorator that changes how code runs, not what it computes."""

_Definition = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Source:
    """An answer as text.

    Attributes:
        text: of the cell, with empty lines in the place of what the answer does not use, so that
            its lines have the numbers that the notebook shows.
        name: of the function or class that is the answer.
        names: what the notebook knows.
    """

    text: str
    name: str
    names: dict[str, Any]

    def define(
        self, changed: ast.Module | CodeType, lent: Mapping[str, Any] = EMPTY
    ) -> Callable | None:
        """Return what a changed tree of this source defines, or None where it cannot be.

        The notebook's own names stay what they are: the answer has a copy of them.

        Args:
            changed: the changed tree, or what it is compiled to.
            lent: what stands in the place of some of the notebook's names.
        """
        own = {**self.names, **lent}
        try:
            exec(compiled(changed) if isinstance(changed, ast.Module) else changed, own)
        except Exception:
            return None
        return own[self.name]


def compiled(tree: ast.Module) -> CodeType:
    """Return the code of a changed tree."""
    return compile(tree, CHANGED, "exec")


def source_of(subject: Callable) -> Source | None:
    """Return the source of a function or class of a notebook, or None where it is not known.

    Functions and classes of the same cell that the answer uses belong to it.
    """
    function = next(functions_of(subject), None)
    if function is None or "<locals>" in function.__qualname__:
        return None
    name = function.__qualname__.partition(".")[0]
    lines = linecache.getlines(function.__code__.co_filename, function.__globals__)
    try:
        body = ast.parse("".join(lines)).body
    except SyntaxError:
        return None
    defined = {node.name: node for node in body if isinstance(node, _Definition)}
    if name not in defined:
        return None
    kept = {number for node in _used(defined, name) for number in _lines_of(node)}
    text = "".join(line if i in kept else "\n" for i, line in enumerate(lines, 1))
    return Source(text, name, function.__globals__)


def _used(defined: dict[str, _Definition], name: str) -> list[_Definition]:
    """Return the definition of a name, and those that it uses, with all that these use."""
    used: dict[str, _Definition] = {}
    waiting = [name]
    while waiting:
        name = waiting.pop()
        used[name] = defined[name]
        names = {node.id for node in ast.walk(defined[name]) if isinstance(node, ast.Name)}
        waiting += (names & defined.keys()) - used.keys()
    return list(used.values())


def _lines_of(node: _Definition) -> set[int]:
    numbers = set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    for decorator in node.decorator_list:
        if not _COMPILED.search(ast.unparse(decorator)):
            numbers |= set(range(decorator.lineno, (decorator.end_lineno or decorator.lineno) + 1))
    return numbers
