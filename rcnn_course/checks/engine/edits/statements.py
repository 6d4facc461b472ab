"""Edits of statements: functions that are given a place and yield what could stand there."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rcnn_course.checks.engine.edits.expressions import Nodes, changed
from rcnn_course.checks.engine.edits.places import Place

_SIMPLE = (ast.Assign, ast.AugAssign, ast.Expr)
_CHANGE_IN_PLACE = frozenset({"clamp", "add", "sub", "mul", "div", "exp", "sigmoid", "floor"})


@dataclass(frozen=True)
class Block:
    """Statements that replace a few, from a place on."""

    statements: list[ast.stmt] = field(default_factory=list)
    span: int = 1


def removed(place: Place) -> Nodes:
    """Yield nothing in the place of a statement that other statements could do without."""
    node = place.node
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, _SIMPLE) and (
        not isinstance(node, ast.Assign) or writes(node) & _bound_elsewhere(place)
    ):
        yield ast.Pass()


def without_context(place: Place) -> Iterator[Block]:
    """Yield what stands in `with torch.no_grad()` without it."""
    node = place.node
    if isinstance(node, ast.With) and re.search("_grad|_mode", ast.unparse(node.items[0])):
        yield Block(node.body)


def exchanged_statements(place: Place) -> Iterator[Block]:
    """Yield two statements in the other order, where one uses what the other makes."""
    node = place.node
    for second in place.following[:1]:
        if isinstance(node, _SIMPLE) and isinstance(second, _SIMPLE):
            first_writes, second_writes = writes(node), writes(second)
            if first_writes & (reads(second) | second_writes) or second_writes & reads(node):
                yield Block([second, node], span=2)


def jumps(place: Place) -> Nodes:
    """Yield `break` for `continue`."""
    if isinstance(place.node, ast.Continue):
        yield ast.Break()
    elif isinstance(place.node, ast.Break):
        yield ast.Continue()


def kept_state(place: Place) -> Nodes:
    """Yield a function in which a list or dictionary is made once, not in each call."""
    node = place.node
    if not isinstance(node, ast.FunctionDef):
        return
    for i, statement in enumerate(node.body):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_empty(value):
                arguments = changed(
                    node.args,
                    kwonlyargs=[*node.args.kwonlyargs, ast.arg(name)],
                    kw_defaults=[*node.args.kw_defaults, value],
                )
                yield changed(node, args=arguments, body=node.body[:i] + node.body[i + 1 :])


def in_place(place: Place) -> Nodes:
    """Yield `x += 1` for `x = x + 1`, and `x.clamp_()` for `x.clamp()` of a parameter."""
    match place.node:
        case ast.Assign(
            targets=[ast.Name(id=target) as name],
            value=ast.BinOp(left=ast.Name(id=first), op=op, right=other),
        ) if target == first:
            yield ast.AugAssign(name, op, other)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method) as function):
            parameters = place.function.args.args if place.function else []
            if method in _CHANGE_IN_PLACE and name in {argument.arg for argument in parameters}:
                yield changed(place.node, func=changed(function, attr=f"{method}_"))


def cut_gradients(place: Place) -> Nodes:
    """Yield a result that is cut from what it was computed of."""
    is_result = place.field == "value" and isinstance(place.above(), ast.Return)
    if is_result and not isinstance(place.node, ast.Tuple | ast.List | ast.Dict | ast.Constant):
        yield ast.Call(ast.Attribute(place.node, "detach", ast.Load()), [], [])


def buffers(place: Place) -> Nodes:
    """Yield a parameter in the place of a buffer."""
    match place.node:
        case ast.Call(func=ast.Attribute(attr="register_buffer") as register, args=[name, value]):
            parameter = ast.parse("torch.nn.Parameter(0)", mode="eval").body
            yield changed(
                place.node,
                func=changed(register, attr="register_parameter"),
                args=[name, changed(parameter, args=[value])],
            )


def _is_empty(value: ast.expr) -> bool:
    return ast.unparse(value) in ("[]", "{}", "list()", "dict()", "set()")


def _names(node: ast.AST, kind: type[ast.expr_context]) -> set[str]:
    """Return the variables in a node, and the attributes of `self` as far as the first dot.

    Those of a comprehension, which nobody else sees, and `_`, which nobody reads, are left out.
    """
    found, unseen = set(), {"_", "self"}
    for below in ast.walk(node):
        match below:
            case ast.comprehension(target=target):
                unseen |= {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=context):
                found |= {f"self.{name}"} if isinstance(context, kind) else set()
            case ast.Name(id=name, ctx=context):
                found |= {name} if isinstance(context, kind) else set()
    return found - unseen


def reads(node: ast.AST) -> set[str]:
    """Return the names that a node reads."""
    return _names(node, ast.Load)


def writes(node: ast.stmt) -> set[str]:
    """Return the names that a statement binds, or whose objects it may change."""
    found = _names(node, ast.Store)
    targets: list[ast.expr] = []
    match node:
        case ast.Assign(targets=several):
            targets = [target for target in several if isinstance(target, ast.Subscript)]
        case ast.AugAssign(target=target):
            targets = [target]
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=receiver))):
            targets = [receiver]
    return found.union(*map(reads, targets))


def _bound_elsewhere(place: Place) -> set[str]:
    """Return the names that the function knows without a statement of it."""
    function = place.function
    if function is None:
        return set()
    found = {argument.arg for argument in ast.walk(function) if isinstance(argument, ast.arg)}
    for node in ast.walk(function):
        holds_it = any(below is place.node for below in ast.walk(node))
        if isinstance(node, ast.stmt) and not holds_it:
            found |= _names(node, ast.Store)
    return found
