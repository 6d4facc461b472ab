"""Where a repair may stand: the places of a source, and what is known at each."""

import ast
import functools
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from rcnn_course.checks.engine.edits.places import Place, places, tree_with
from rcnn_course.checks.engine.edits.statements import Block
from rcnn_course.checks.engine.repairs.scope import Scope, scopes_of
from rcnn_course.checks.engine.repairs.vocabulary import MODULES


@dataclass(frozen=True)
class Repair:
    """A small edit of a source that is made when it is asked for.

    Attributes:
        kind: of the change, a key of `reports.CHANGES`.
        place: where it is.
        new: what stands there instead.
    """

    kind: str
    place: Place
    new: ast.AST | Block

    @property
    def line(self) -> int:
        """Of the source, from 1; of what stands behind a block, its last one."""
        node = self.place.node
        is_behind = isinstance(self.new, Block) and self.new.statements[0] is node
        return node.end_lineno if is_behind else self.place.line

    @property
    def tree(self) -> ast.Module:
        """The whole source with the change, ready to be compiled."""
        if isinstance(self.new, Block):
            return tree_with(self.place, self.new.statements, self.new.span)
        return tree_with(self.place, self.new)


Added = Iterator[tuple[Place, ast.AST | Block]]
"""Places, and what could stand there."""

_VALUES = (
    *(ast.Name, ast.Attribute, ast.Subscript, ast.BinOp, ast.Call, ast.Compare, ast.UnaryOp),
    ast.GeneratorExp,
)


class Found:
    """The places of a source in which a repair may stand.

    Args:
        source: Python text with a function or a class, and perhaps helpers.
        lines: on which something is repaired; None for all.

    Raises:
        SyntaxError: If this is no Python.
    """

    def __init__(self, source: str, lines: Collection[int] | None) -> None:
        everywhere = [p for p in places(ast.parse(source)) if p.function is not None]
        self.everywhere = everywhere
        self.places = [p for p in everywhere if lines is None or p.line in lines]
        self.values = [place for place in self.places if is_value(place)]
        self.numbers = [place for place in self.places if is_number(place.node)]
        self._scopes = scopes_of(everywhere)

    def scope(self, place: Place) -> Scope:
        """Return what is known at a place."""
        return self._scopes[place.function]  # type: ignore[index]


@functools.lru_cache(maxsize=1)
def found_in(source: str, lines: frozenset[int] | None) -> Found:
    """Return the places of a source: for all kinds of repairs the same, as finding them takes time.

    See `Found`.
    """
    return Found(source, lines)


@functools.cache
def expression(text: str) -> Any:
    """Return the tree of an expression."""
    return ast.parse(text, mode="eval").body


@functools.cache
def statement(text: str) -> Any:
    """Return the tree of a statement."""
    (node,) = ast.parse(text).body
    return node


def is_value(place: Place) -> bool:
    """Tell whether a step could follow what stands at a place."""
    node = place.node
    if not isinstance(node, _VALUES) or place.field in ("func", "annotation"):
        return False
    if not isinstance(getattr(node, "ctx", None) or ast.Load(), ast.Load):
        return False
    if not isinstance(node, ast.Name):
        return True
    receives = isinstance(place.above(), ast.Attribute)
    return node.id not in MODULES and (not receives or isinstance(place.above(2), ast.Call))


def is_number(node: ast.AST) -> bool:
    """Tell whether a node is a number."""
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def is_part(place: Place, *operators: type[ast.operator]) -> bool:
    """Tell whether a place is a side of such an operation, which itself is a place."""
    above = place.above()
    return isinstance(above, ast.BinOp) and isinstance(above.op, operators)
