"""What a function knows at a place: names, where they are read, and those that nobody reads."""

import ast
import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rcnn_course.checks.engine.edits.places import Place
from rcnn_course.checks.engine.edits.statements import reads, writes
from rcnn_course.checks.engine.repairs.vocabulary import MODULES

NEAR = 2
"""Lines between what is near."""


@dataclass(frozen=True)
class Scope:
    """Values of a function by their texts: names, attributes and parts.

    Attributes:
        function: the function.
        read: the lines on which each value is read.
        bound: the first line on which each name is bound.
        unread: names, and attributes of `self`, that are bound and never read.
        modules: that the function names, and `math`, which any may use.
    """

    function: ast.FunctionDef
    read: dict[str, set[int]] = field(default_factory=dict)
    bound: dict[str, int] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    modules: frozenset[str] = frozenset()

    def near(self, line: int) -> list[str]:
        """Return the values that are read near a line, the nearest first, or read nowhere."""
        distances = {
            text: min((abs(other - line) for other in lines), default=0)
            for text, lines in self.read.items()
        }
        return sorted((t for t in distances if distances[t] <= NEAR), key=distances.__getitem__)

    def far(self, line: int) -> list[str]:
        """Return the other values."""
        near = set(self.near(line))
        return [text for text in self.read if text not in near]


def scopes_of(found: list[Place]) -> dict[ast.FunctionDef, Scope]:
    """Return the scope of each function that places are in, with the names around it."""
    scopes: dict[ast.FunctionDef, Scope] = {}
    for place in found:
        functions = [s.node for s in place.way if isinstance(s.node, ast.FunctionDef)]
        for function in functions:
            if function not in scopes:
                scopes[function] = _scope(function, place.way[0].node)
        for outer, inner in itertools.pairwise(functions):
            scopes[inner].bound.update(scopes[outer].bound | scopes[inner].bound)
    return scopes


def _scope(function: ast.FunctionDef, tree: ast.AST) -> Scope:
    scope = Scope(function)
    for node in ast.walk(function):
        match node:
            case ast.arg(arg=name) if name != "self":
                scope.read.setdefault(name, set())
                scope.bound.setdefault(name, function.lineno)
            case ast.Name(id=name) if name not in MODULES:
                lines = scope.read.setdefault(name, set())
                if isinstance(node.ctx, ast.Load):
                    lines.add(node.lineno)
                else:
                    scope.bound[name] = min(node.lineno, scope.bound.get(name, node.lineno))
            case ast.Attribute(ctx=ast.Load()) | ast.Subscript(ctx=ast.Load()):
                scope.read.setdefault(ast.unparse(node), set()).add(node.lineno)
    uses = _Uses(function)
    unread = [name for name in scope.bound if name != "_" and uses.is_unread(name)]
    if function.name != "__init__":
        unread += _unread_attributes(tree)
    named = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    modules = MODULES & (named | {"math", "torch"})
    return Scope(function, scope.read, scope.bound, tuple(unread), modules)


class _Uses:
    """Where the names of a function are bound and read.

    Args:
        function: the function.
    """

    def __init__(self, function: ast.FunctionDef) -> None:
        self._function = function
        self._binding: dict[str, ast.stmt] = {}  # the last one of each name
        self._reading: dict[str, list[ast.Name]] = defaultdict(list)
        in_comprehensions: set[str] = set()
        for node in ast.walk(function):
            if isinstance(node, ast.comprehension):
                in_comprehensions |= _bound_in(node.target)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                self._reading[node.id].append(node)
        for statement in sorted(_statements(function), key=lambda s: s.lineno):
            for name in _bound_in(head(statement)) - in_comprehensions:
                self._binding[name] = statement

    def is_unread(self, name: str) -> bool:
        """Tell whether nobody reads a name after it was bound last."""
        last = self._binding.get(name)
        if last is None:
            return not self._reading[name]
        return all(self._is_before(node, last) for node in self._reading[name])

    def _is_before(self, node: ast.Name, last: ast.stmt) -> bool:
        if node.lineno < last.lineno:
            return not _are_in_one_loop(self._function, last, node)
        return node.lineno <= _end(last)


def _end(statement: Any) -> int:
    """Return the last line of a statement, of one with a block the last before the block."""
    body = getattr(statement, "body", None)
    return max(statement.lineno, body[0].lineno - 1) if body else statement.end_lineno


def _bound_in(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and _is_store(n)}


def _is_store(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _are_in_one_loop(function: ast.AST, one: ast.AST, other: ast.AST) -> bool:
    """Tell whether a loop holds both of two nodes, so that either comes after the other."""
    loops = [n for n in ast.walk(function) if isinstance(n, ast.For | ast.While)]
    return any({one, other} <= set(ast.walk(loop)) for loop in loops)


def _unread_attributes(tree: ast.AST) -> list[str]:
    """Return the attributes of `self` that are set or registered, and never read."""
    texts: dict[str, None] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                texts[f"self.{name}"] = None
            case ast.Call(
                func=ast.Attribute(attr=register), args=[ast.Constant(value=str(name)), *_]
            ):
                if register.startswith("register_"):
                    texts[f"self.{name}"] = None
    read = {
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }
    return [text for text in texts if text not in read]


def are_one_place(source: str, first: int, second: int) -> bool:
    """Tell whether two lines belong together: what one makes is read by the other.

    Args:
        source: Python text.
        first: a line of it.
        second: a later line.
    """
    tree = ast.parse(source)
    for function in filter(_is_function, ast.walk(tree)):
        statements = list(_statements(function))
        one = _at(statements, first)
        other = _at(statements, second)
        if one is None or other is None:
            continue
        if one is other:
            return True
        later = sorted((s for s in statements if s.lineno > one.lineno), key=lambda s: s.lineno)
        handed_on = writes(head(one)) & reads(head(other))
        if any(other in _readers(name, one, later) for name in handed_on):
            return True
    return False


def _readers(name: str, one: ast.stmt, later: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements that read a name before one beside or around binds it anew."""
    readers = []
    for statement in later:
        if name in reads(head(statement)):
            readers.append(statement)
        if name in _bound_in(head(statement)) and statement.col_offset <= one.col_offset:
            break
    return readers


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef)


def _statements(function: ast.AST) -> Iterator[ast.stmt]:
    return (n for n in ast.walk(function) if isinstance(n, ast.stmt) and n is not function)


def _at(statements: list[ast.stmt], line: int) -> ast.stmt | None:
    """Return the smallest statement at a line."""
    there = [s for s in statements if s.lineno <= line <= (s.end_lineno or s.lineno)]
    return max(there, key=lambda s: s.lineno, default=None)


def head(statement: ast.stmt) -> ast.stmt:
    """Return a statement without its block."""
    match statement:
        case ast.For(target=target, iter=iterated):
            return ast.Assign([target], iterated)
        case ast.If(test=test) | ast.While(test=test):
            return ast.Expr(test)
        case ast.With(items=items):
            return ast.Expr(ast.Tuple([item.context_expr for item in items], ast.Load()))
    return statement
