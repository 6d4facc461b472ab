"""Edits of expressions: functions that are given a place and yield what could stand there."""

import ast
import builtins
import copy
from collections.abc import Iterator
from typing import Any

from rcnn_course.checks.engine.edits.names import (
    BUILTINS,
    FUNCTIONS,
    STEPS,
    WORDS,
    alternatives,
    counterpart,
)
from rcnn_course.checks.engine.edits.places import Place

Nodes = Iterator[ast.AST]

AXES = frozenset({"axis", "dim", "dim0", "dim1", "dims", "end_dim", "start_dim"})
_TAKE_AXIS = """
all amax amin any argmax argmin argsort cat chunk concatenate cumsum diff flatten flip gather
index_select log_softmax max mean min narrow permute prod repeat_interleave roll scatter select size
softmax sort split squeeze stack std sum take_along_dim tensor_split transpose unbind unflatten
unsqueeze var
"""
_ARE_SYMMETRIC = "add allclose equal isclose logical_and logical_or max maximum min minimum mul"
_MODULES = frozenset({"torch", "np", "numpy", "math", "F", "nn", "ops", "functional", "self"})

_BOUNDARY = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
_TURNED = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


def changed(node: ast.AST, **fields: Any) -> Any:
    """Return a copy of a node with other fields."""
    new = copy.copy(node)
    vars(new).update(fields)
    return new


def comparisons(place: Place) -> Nodes:
    """Yield `<` for `<=`."""
    yield from _other_operators(place, _BOUNDARY)
    yield from _other_functions(place, "comparison")


def turned_comparisons(place: Place) -> Nodes:
    """Yield `<` for `>`, and `==` for `!=`."""
    yield from _other_operators(place, _TURNED)


def _other_operators(place: Place, others: dict) -> Nodes:
    node = place.node
    if isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            if type(operator) in others:
                new = [*node.ops[:i], others[type(operator)](), *node.ops[i + 1 :]]
                yield changed(node, ops=new)


def signs(place: Place) -> Nodes:
    """Yield `-` for `+`, and a number without its minus."""
    others = {ast.Add: ast.Sub, ast.Sub: ast.Add}
    node = place.node
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in others:
        yield changed(node, op=others[type(node.op)]())
    elif _is_minus(node) and not _is_axis(place) and not _is_index(place):
        yield node.operand
    yield from _other_functions(place, "sign")


def factors(place: Place) -> Nodes:
    """Yield `/` for `*`, and `*` for `**`."""
    others = {ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult, ast.Mod: ast.FloorDiv}
    if isinstance(place.node, ast.BinOp | ast.AugAssign) and type(place.node.op) in others:
        yield changed(place.node, op=others[type(place.node.op)]())


def rounding(place: Place) -> Nodes:
    """Yield floor for round, `/` for `//`, and a floor where there is none."""
    node = place.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv):
        yield changed(node, op=ast.Div())
        yield ast.UnaryOp(ast.USub(), changed(node, left=ast.UnaryOp(ast.USub(), node.left)))
    yield from _other_functions(place, "rounding")


def reductions(place: Place) -> Nodes:
    """Yield sum for mean, and max for min."""
    yield from _other_functions(place, "reduction")


def functions(place: Place) -> Nodes:
    """Yield other functions of the same sort, such as log2 for log."""
    yield from _other_functions(place, "function")


def dtypes(place: Place) -> Nodes:
    """Yield float64 for float32."""
    yield from _other_functions(place, "dtype")


def _other_functions(place: Place, kind: str) -> Nodes:
    node = place.node
    if isinstance(node, ast.Attribute):
        for other in alternatives(node.attr, FUNCTIONS, kind):
            yield changed(node, attr=other)
    elif isinstance(node, ast.Name) and place.field == "func" and hasattr(builtins, node.id):
        for other in alternatives(node.id, BUILTINS, kind):
            yield changed(node, id=other)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        for other in alternatives(node.value, WORDS, kind):
            yield ast.Constant(other)


def numbers(place: Place) -> Nodes:
    """Yield a number that is one more or less, or half or twice as large."""
    is_named = _is_default(place) or _is_axis(place) or _is_index(place)
    if _is_number(place.node) and not is_named:
        yield from _near(place.node.value)


def axes(place: Place) -> Nodes:
    """Yield the axis before or behind."""
    if _is_axis(place):
        value = ast.literal_eval(place.node)
        yield from map(_number, (value + 1, value - 1))


def indices(place: Place) -> Nodes:
    """Yield the index before or behind."""
    if _is_index(place):
        value = ast.literal_eval(place.node)
        yield from map(_number, (value + 1, value - 1))


def bounds(place: Place) -> Nodes:
    """Yield a loop that leaves out its first or last turn, and a slice without a bound."""
    node = place.node
    if place.field == "iter" and not isinstance(node, ast.Constant):
        listed = ast.Call(ast.Name("list", ast.Load()), [node], [])
        for rest in (ast.Slice(lower=_number(1)), ast.Slice(upper=_number(-1))):
            yield ast.Subscript(listed, rest, ast.Load())
    elif isinstance(node, ast.Slice):
        for bound in ("lower", "upper"):
            if getattr(node, bound) is not None:
                yield changed(node, **{bound: None})


def defaults(place: Place) -> Nodes:
    """Yield another default, and a parameter's default in the place of the parameter."""
    node = place.node
    if _is_default(place) and _is_number(node):
        yield from _near(node.value)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and place.function:
        default = _defaults_of(place.function).get(node.id)
        if default is not None and node.id != "device":  # every machine has the default
            yield default


def flags(place: Place) -> Nodes:
    """Yield True for False."""
    if getattr(place.above(), "arg", "") == "strict":  # it only tells whether lengths differ
        return
    if isinstance(place.node, ast.Constant) and isinstance(place.node.value, bool):
        yield ast.Constant(not place.node.value)


def conditions(place: Place) -> Nodes:
    """Yield a condition turned round, always or never met, or a part of it."""
    node = place.node
    if place.field == "test" and not isinstance(place.above(), ast.Assert):
        yield ast.UnaryOp(ast.Not(), node)
        yield ast.Constant(True)
        yield ast.Constant(False)
    elif place.field == "ifs":
        yield ast.Constant(True)
    if isinstance(node, ast.BoolOp):
        yield changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        yield from node.values
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        yield node.operand
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
        yield changed(node, op=ast.BitOr() if isinstance(node.op, ast.BitAnd) else ast.BitAnd())


def other_axis(place: Place) -> Nodes:
    """Yield x for y, height for width, and the second of two for the first."""
    node = place.node
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and place.function:
        known = {n.id for n in ast.walk(place.function) if isinstance(n, ast.Name)}
        known |= {n.arg for n in ast.walk(place.function) if isinstance(n, ast.arg)}
        other = counterpart(node.id, known)
        if other:
            yield changed(node, id=other)


def exchanged(place: Place) -> Nodes:
    """Yield a call, a tuple or an operation with two neighbours in the other order."""
    node = place.node
    entries = {ast.Call: "args", ast.Tuple: "elts", ast.List: "elts"}.get(type(node))
    if entries and _called(node) not in _ARE_SYMMETRIC.split():
        parts = getattr(node, entries)
        for i in range(len(parts) - 1):
            if ast.dump(parts[i]) != ast.dump(parts[i + 1]):
                new = [*parts[:i], parts[i + 1], parts[i], *parts[i + 2 :]]
                yield changed(node, **{entries: new})
    elif isinstance(node, ast.BinOp) and not isinstance(
        node.op, ast.Add | ast.Mult | ast.BitAnd | ast.BitOr
    ):
        yield changed(node, left=node.right, right=node.left)
    elif isinstance(node, ast.IfExp):
        yield changed(node, body=node.orelse, orelse=node.body)


def missing_steps(place: Place) -> Nodes:
    """Yield an operation without one of its sides, and a function's argument without it."""
    node = place.node
    if isinstance(node, ast.BinOp):
        yield node.left
        yield node.right
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        receiver = node.func.value
        is_method = not (isinstance(receiver, ast.Name) and receiver.id in _MODULES)
        if node.func.attr in STEPS and (is_method or node.args):
            yield receiver if is_method else node.args[0]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id in STEPS and len(node.args) == 1:
            yield node.args[0]
    elif isinstance(node, ast.Attribute) and node.attr in ("T", "mT", "data"):
        yield node.value


def options(place: Place) -> Nodes:
    """Yield a call without one of its keyword arguments."""
    node = place.node
    if isinstance(node, ast.Call):
        for i, keyword in enumerate(node.keywords):
            if keyword.arg not in {None, "device", "strict", *AXES}:
                yield changed(node, keywords=node.keywords[:i] + node.keywords[i + 1 :])


def _called(node: ast.AST) -> str:
    """Return the name of the function or method that a node calls, or ''."""
    function = getattr(node, "func", None)
    return getattr(function, "id", getattr(function, "attr", ""))


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _is_minus(node: Any) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


def _is_whole(node: Any) -> bool:
    """Tell whether a node is a whole number, with or without a minus."""
    if _is_minus(node):
        node = node.operand
    return isinstance(node, ast.Constant) and type(node.value) is int


def _is_default(place: Place) -> bool:
    return place.field in ("defaults", "kw_defaults")


def _is_negated(place: Place) -> bool:
    """Tell whether a number stands behind a minus, which is then the place to edit."""
    return _is_minus(place.above())


def _is_axis(place: Place) -> bool:
    """Tell whether a whole number, or a number behind a minus, is an axis."""
    if not _is_whole(place.node):
        return False
    levels = 2 if _is_negated(place) else 1
    if isinstance(place.above(levels), ast.Tuple | ast.List):
        levels += 1
    above = place.above(levels)
    found = isinstance(above, ast.keyword) and above.arg in AXES
    if isinstance(above, ast.Call) and place.way[-levels].field == "args":
        found = isinstance(above.func, ast.Attribute) and above.func.attr in _TAKE_AXIS.split()
    return found and (levels == 1 or not _is_negated(place))


def _is_index(place: Place) -> bool:
    """Tell whether a whole number is an index, the bound of a slice, or one of a range."""
    if not _is_whole(place.node) or _is_negated(place):
        return False
    for step in reversed(place.way):
        if isinstance(step.node, ast.Subscript):
            return step.field == "slice"
        if isinstance(step.node, ast.Call):
            return _called(step.node) in ("range", "arange", "enumerate") and step.field == "args"
        if not isinstance(step.node, ast.Slice | ast.Tuple):
            return False
    return False


def _near(value: float) -> Nodes:
    if isinstance(value, int):
        near: tuple[float, ...] = (value + 1, value - 1)
    elif value == 0:
        near = (0.5, 1.0)
    elif abs(value) < 1e-3:
        near = (0.0, 1e4 * value)
    else:
        near = (2 * value, value / 2)
    yield from map(_number, near)


def _number(value: float) -> ast.expr:
    number = ast.Constant(abs(value))
    return ast.UnaryOp(ast.USub(), number) if value < 0 else number


def _defaults_of(function: ast.FunctionDef) -> dict[str, ast.expr]:
    """Return the defaults of a function by the names of the parameters."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    found: dict[ast.arg, ast.expr | None]
    found = dict(zip(reversed(positional), reversed(arguments.defaults), strict=False))
    found |= dict(zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True))
    return {argument.arg: default for argument, default in found.items() if default}
