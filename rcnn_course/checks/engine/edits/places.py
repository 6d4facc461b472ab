"""Places in a syntax tree, and trees in which one place holds something else.

A tree with one change shares everything else with the tree that it was made of: only the nodes
above the change are copied, so that hundreds of changed trees cost little.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

LEFT_OUT = {"annotation", "returns", "decorator_list", "ctx", "type_params"}
"""Fields of nodes that compute nothing an exercise compares."""


class Step(NamedTuple):
    """A step down a tree: from a node, through a field and perhaps a position in its list."""

    node: ast.AST
    field: str
    position: int | None


@dataclass(frozen=True)
class Place:
    """A node of a tree, and the way to it from the root."""

    node: Any
    way: tuple[Step, ...]

    def above(self, levels: int = 1) -> Any:
        """Return the node so many levels above this one, or None."""
        return self.way[-levels].node if len(self.way) >= levels else None

    @property
    def field(self) -> str:
        """The field of the node above that this one stands in."""
        return self.way[-1].field

    @property
    def line(self) -> int:
        """The line on which this place, or the smallest around it that has a line, begins."""
        nodes = (self.node, *(step.node for step in reversed(self.way)))
        return next(node.lineno for node in nodes if hasattr(node, "lineno"))

    @property
    def function(self) -> ast.FunctionDef | None:
        """The innermost function that this place is in."""
        nodes = (step.node for step in reversed(self.way))
        return next((node for node in nodes if isinstance(node, ast.FunctionDef)), None)

    @property
    def following(self) -> list[ast.stmt]:
        """The statements behind this one in the same block."""
        step = self.way[-1]
        return [] if step.position is None else getattr(step.node, step.field)[step.position + 1 :]


def places(node: ast.AST, way: tuple[Step, ...] = ()) -> Iterator[Place]:
    """Yield every place of a tree in the order of its text; see `LEFT_OUT`."""
    for field, value in ast.iter_fields(node):
        if field in LEFT_OUT:
            continue
        if isinstance(value, ast.AST):
            below = (*way, Step(node, field, None))
            yield Place(value, below)
            yield from places(value, below)
        elif isinstance(value, list):
            for index, entry in enumerate(value):
                if isinstance(entry, ast.AST):
                    below = (*way, Step(node, field, index))
                    yield Place(entry, below)
                    yield from places(entry, below)


def tree_with(place: Place, new: ast.AST | list[ast.stmt], span: int = 1) -> ast.Module:
    """Return the tree of a place with something else there.

    Args:
        place: the place.
        new: what stands there instead: a node, or a list of statements.
        span: how many statements, from the place on, the list replaces.
    """
    several = new if isinstance(new, list) else [new]
    entries = [_located(node, place.node) for node in several]
    located: Any = entries if isinstance(new, list) else entries[0]
    for step in reversed(place.way):
        parent = copy.copy(step.node)
        if step.position is None:
            setattr(parent, step.field, located)
        else:
            siblings = list(getattr(parent, step.field))
            siblings[step.position : step.position + span] = entries
            setattr(parent, step.field, siblings)
        located, entries, span = parent, [parent], 1
    return located


def _located(node: ast.AST, old: ast.AST) -> ast.AST:
    """Return a node that stands where an old one stood, where it says no line itself."""
    if not hasattr(node, "lineno"):
        anchor = old if hasattr(old, "lineno") else ast.Pass(lineno=1, col_offset=0)
        node = ast.copy_location(copy.copy(node), anchor)
    return ast.fix_missing_locations(node)
