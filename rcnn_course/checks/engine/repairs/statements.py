"""Statements that may be missing."""

import ast
import copy
import re
from collections.abc import Iterator
from itertools import permutations, product
from typing import Any

from rcnn_course.checks.engine.edits.places import Place
from rcnn_course.checks.engine.edits.statements import Block, reads, writes
from rcnn_course.checks.engine.repairs.analogies import known_names, mirrored
from rcnn_course.checks.engine.repairs.found import Added, Found, statement
from rcnn_course.checks.engine.repairs.scope import Scope
from rcnn_course.checks.engine.repairs.vocabulary import CALLS, METHODS, STEPS

_SIMPLE = (ast.Assign, ast.AugAssign, ast.Expr)
_EMPTY = re.compile(r"\[\]|\{\}|(list|dict|(\w+\.)?OrderedDict)\(\)")
_FILLED = re.compile(
    r"(torch|np)\.(zeros|empty|full|ones|zeros_like|empty_like|full_like)\b|\w+\.new_"
)


_WITHOUT_ROWS = re.compile(r"\[:0\]$|\b(empty|zeros|new_empty|new_zeros)\(\(?0\b")


def base_constructors(found: Found) -> Added:
    """Yield the call of the base's constructor at the beginning of one that has none."""
    for place in _starts(found):
        function: Any = place.function
        before = function.body[: place.way[-1].position]
        is_first = place.way[-1].node is function and all(map(_is_text, before))
        if is_first and function.name == "__init__" and "super()" not in ast.unparse(function):
            yield place, Block([statement("super().__init__()"), place.node])


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def statements_like_others(found: Found) -> Added:
    """Yield a statement that is like one of the function, for the other axis or another name."""
    like: dict[ast.AST, list[ast.stmt]] = {}
    for place in _starts(found):
        function: Any = place.function
        if function not in like:
            like[function] = list(_like_others(function, _unbound(place.way[0].node)))
        for new in like[function]:
            yield from _inserted(place, new)


def _like_others(function: ast.FunctionDef, unbound: list[str]) -> Iterator[ast.stmt]:
    known = known_names(function)
    for other in _simple(function):
        yield from mirrored(other, known)
        yield from _renamed(other, unbound)


def _renamed(node: ast.stmt, unbound: list[str]) -> Iterator[ast.stmt]:
    """Yield a statement with a name, an attribute or a string that is known and not bound."""
    text = ast.unparse(node)
    for old in dict.fromkeys(re.findall(r"\w+", text)):
        if not old.isidentifier():
            continue
        for new in unbound:
            if new not in text:
                yield from _parsed(re.sub(rf"\b{old}\b", new, text))


def _unbound(tree: ast.AST) -> list[str]:
    """Return the attributes of `self` that are read and never set."""
    bound: set[str] = set()
    read: dict[str, None] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                bound.add(name)
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                read[name] = None
            case ast.Constant(value=str(name)):
                bound.add(name)
            case ast.FunctionDef(name=name):
                bound.add(name)
    return [name for name in read if name not in bound]


def _parsed(text: str) -> list[Any]:
    try:
        return ast.parse(text).body
    except SyntaxError:
        return []


def fillings(found: Found) -> Added:
    """Yield what puts something into a list, a dictionary or a tensor that stays empty."""
    for place in _starts(found):
        scope = found.scope(place)
        grown = _grown(scope.function)
        names = [name for name in _names_before(scope, place) if name not in grown]
        for text in dict.fromkeys(_fillings(scope, place, names)):
            yield from _inserted(place, statement(text))


def remaining_methods(found: Found) -> Added:
    """Yield a method without arguments of what has another one called, or what is read nowhere."""
    for place in _starts(found):
        scope = found.scope(place)
        text = ast.unparse(scope.function)
        names = _names_before(scope, place)
        called = [name for name in names if re.search(rf"\b{name}\.({'|'.join(METHODS)})\(", text)]
        for name, method in product(dict.fromkeys([*called, *scope.unread]), METHODS):
            is_first = place.way[-1].position == 0
            if f"{name}.{method}()" not in text and (is_first or method != "zero_grad"):
                yield place, Block([statement(f"{name}.{method}()"), place.node])
        if ".step()" in text and "backward" not in text:
            for name, form in product(names, ("{}.backward()", "sum({}.values()).backward()")):
                yield place, Block([statement(form.format(name)), place.node])


def _names_before(scope: Scope, place: Place) -> list[str]:
    return [name for name, line in scope.bound.items() if line <= place.line]


def _recent(scope: Scope, names: list[str]) -> list[str]:
    return sorted(names, key=lambda name: (name not in scope.unread, -scope.bound[name]))


def _fillings(scope: Scope, place: Place, names: list[str]) -> Iterator[str]:
    made = _made(scope.function)
    recent = _recent(scope, _names_before(scope, place))
    for name, other in product(names, recent):
        text = made.get(name, "")
        if name == other or not text:
            continue
        if text in ("[]", "list()"):
            yield f"{name}.append({other})"
            for second in (second for second in recent if second not in (name, other)):
                yield from (
                    f"{name}.append({other}[{second}])",
                    f"{name}.append({other} - {second})",
                )
        elif _EMPTY.fullmatch(text):
            keys = [key for key in recent if key not in (name, other)]
            yield from (f"{name}[{key}] = {other}" for key in keys)
            yield from (f"{name}[{of}[{key}]] = {other}" for of, key in permutations(keys, 2))
        elif _WITHOUT_ROWS.search(text):
            yield from (f"{name} = torch.cat([{name}, {other}{i}])" for i in ("", "[:1]", "[None]"))
        elif _FILLED.match(text):
            yield from (f"{name}[{index}] = {other}" for index in _indices(scope, place))


def short_statements(found: Found) -> Added:
    """Yield short statements of the names of the function."""
    for place in _starts(found):
        for text in dict.fromkeys(_texts(found.scope(place), place)):
            yield from _inserted(place, statement(text))


def _texts(scope: Scope, place: Place) -> Iterator[str]:
    names = _names_before(scope, place)
    made = _made(scope.function)
    recent = _recent(scope, names)
    if scope.function.name == "__init__":
        yield from (f"super().__init__({star}{name})" for name in names for star in ("*", ""))
    for name, empty in product(_grown(scope.function), ("[]", "{}", "0")):
        yield f"{name} = {empty}"
    yield from _fillings(scope, place, names)
    for name in names:
        if re.fullmatch(r"-?[\d.]+", made.get(name, "")):
            yield f"{name} += 1"
            yield from (f"{name} += {other}" for other in recent if other != name)
            yield from (f"{name} += len({other})" for other in recent if other != name)
            yield from (f"{name} += {other}.shape[{i}]" for other in recent for i in (0, 1))
    for name, method in product(names, METHODS):
        yield f"{name}.{method}()"
    for unread, other in product(scope.unread, recent):
        if unread != other:
            yield f"{other} = {unread}"
            yield from (f"{other} {sign}= {unread}" for sign in ("+", "*", "-", "/", "&", "|"))
    for name, index, sign in product(names, (":,", "...,"), ("+", "-")):
        yield f"{name}[{index} 2:] {sign}= {name}[{index} :2]"
        yield f"{name}[{index} :2] {sign}= {name}[{index} 2:]"


def _grown(function: ast.FunctionDef) -> list[str]:
    """Return the names of what is added to, which has to be empty before."""
    names: dict[str, None] = {}
    for node in ast.walk(function):
        match node:
            case ast.AugAssign(target=ast.Name(id=name)):
                names[name] = None
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append" | "extend")):
                names[name] = None
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))]):
                names[name] = None
    return list(names)


def _made(function: ast.FunctionDef) -> dict[str, str]:
    made: dict[str, str] = {}
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                pairs = list(zip(targets, values, strict=False))
            case ast.Assign(targets=[target], value=value):
                pairs = [(target, value)]
            case _:
                continue
        made |= {t.id: ast.unparse(value) for t, value in pairs if isinstance(t, ast.Name)}
    return made


def _indices(scope: Scope, place: Place) -> Iterator[str]:
    """Yield indices made of the variables of the loops around a place."""
    loops = [step.node for step in place.way if isinstance(step.node, ast.For)]
    names = [n.id for loop in loops for n in ast.walk(loop.target) if isinstance(n, ast.Name)]
    counted = [name for name in names if len(name) < 3 or name == "index"] or names
    joined = ", ".join(counted)
    if joined:
        yield joined
        yield f"{joined}, :"
        if len(counted) > 1:
            yield f"{counted[0]}, :, {', '.join(counted[1:])}"
            yield f"..., {', '.join(counted)}"
        yield f":, {joined}"


def steps(found: Found) -> Added:
    """Yield a value that takes one more step before it is read."""
    for place in _starts(found):
        scope = found.scope(place)
        names = [name for name, line in scope.bound.items() if line < place.line]
        read = reads(place.node) | writes(place.node)
        near = [name for name in names if name in read]
        for name in near:
            for function in _functions(scope.function):
                yield from _inserted(place, statement(f"{name} = {function}({name})"))
        for text, name in product(STEPS, near):
            yield from _inserted(place, statement(f"{name} = {name}.{text}"))


def _functions(function: ast.FunctionDef) -> list[str]:
    seen = [ast.unparse(n.func) for n in ast.walk(function) if isinstance(n, ast.Call)]
    return list(dict.fromkeys([*(name for name in seen if name.count(".") < 2), *CALLS]))


def _simple(function: ast.FunctionDef) -> list[ast.stmt]:
    return [node for node in ast.walk(function) if isinstance(node, _SIMPLE)]


def _starts(found: Found) -> list[Place]:
    """Return the statements before which another may stand."""
    return [
        place
        for place in found.places
        if isinstance(place.node, ast.stmt) and place.way[-1].position is not None
    ]


def _inserted(place: Place, new: ast.stmt) -> Added:
    """Yield a statement before one that it concerns; elsewhere it would do the same."""
    node = place.node
    new = ast.copy_location(copy.copy(new), node)
    made, read = writes(new), reads(new)
    if isinstance(node, ast.Pass):
        yield place, Block([new])
    elif made & (reads(node) | writes(node)) or read & writes(node):
        yield place, Block([new, node])
    is_last = not place.following and not isinstance(node, ast.Return)
    is_concerned = (made | read) & writes(node) or isinstance(place.way[-1].node, ast.For)
    if is_last and is_concerned:
        yield place, Block([node, new])
