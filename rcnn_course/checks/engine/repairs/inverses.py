"""Inverses of the edits that leave something out or make it another thing."""

import ast
import copy

from rcnn_course.checks.engine.edits.expressions import changed
from rcnn_course.checks.engine.edits.places import Place
from rcnn_course.checks.engine.edits.statements import Block
from rcnn_course.checks.engine.repairs.found import Added, Found, expression

_BOUNDS = (1, 2, -1, 4, -2, 3, 0)


def signs(found: Found) -> Added:
    """Yield a number with a minus, or 0 of it."""
    for place in found.numbers:
        yield place, ast.UnaryOp(ast.USub(), place.node)
        yield place, ast.Constant(0 * place.node.value)
    for place in found.values:
        if not isinstance(place.above(), ast.BinOp | ast.UnaryOp):
            yield place, ast.UnaryOp(ast.USub(), place.node)


def bounds(found: Found) -> Added:
    """Yield a slice with a bound, and a value without its index."""
    for place in found.places:
        node = place.node
        if isinstance(node, ast.Slice):
            for bound in map(ast.Constant, _BOUNDS):
                if node.lower is None:
                    yield place, changed(node, lower=bound)
                if node.upper is None:
                    yield place, changed(node, upper=bound)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            yield place, node.value


def open_bounds(found: Found) -> Added:
    """Yield a slice that is bounded by a value from near."""
    for place in found.places:
        node = place.node
        if not isinstance(node, ast.Slice):
            continue
        for text in found.scope(place).near(place.line):
            if node.lower is None:
                yield place, changed(node, lower=expression(text))
            if node.upper is None:
                yield place, changed(node, upper=expression(text))
        if node.lower is not None and node.upper is None:
            for text in found.scope(place).bound:
                for size in (f"{text}.shape[-1]", f"{text}.shape[0]", text):
                    upper = ast.BinOp(expression(size), ast.Sub(), node.lower)
                    yield place, changed(node, upper=upper)


def operators(found: Found) -> Added:
    """Yield `**` for `*`, `//` for `/`, `%` for `//`, and a division that rounds up."""
    others = {
        ast.Mult: (ast.Pow,),
        ast.Div: (ast.FloorDiv,),
        ast.FloorDiv: (ast.Mod,),
    }
    for place in found.places:
        node = place.node
        if isinstance(node, ast.BinOp | ast.AugAssign):
            for other in others.get(type(node.op), ()):
                yield place, changed(node, op=other())
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=ast.BinOp(op=ast.FloorDiv()) as quotient):
                match quotient.left:
                    case ast.UnaryOp(op=ast.USub(), operand=plain):
                        yield place, changed(quotient, left=plain)


def conditions(found: Found) -> Added:
    """Yield a condition turned round."""
    for place in found.values:
        is_mask = isinstance(place.node, ast.Compare | ast.Name | ast.BinOp)
        if is_mask and not isinstance(place.above(), ast.UnaryOp):
            yield place, ast.UnaryOp(ast.Invert(), place.node)


def small_numbers(found: Found) -> Added:
    """Yield a number that is ten thousand times smaller, twice one that is small, small for 0."""
    for place in found.numbers:
        if isinstance(place.node.value, float) and 0 < place.node.value <= 10:
            yield place, ast.Constant(float(f"{place.node.value / 1e4:.6g}"))
        if isinstance(place.node.value, float) and place.node.value == 0:
            yield from ((place, ast.Constant(small)) for small in (1e-6, 1e-5, 1e-4, 1e-3))
        if isinstance(place.node.value, float) and 0 < place.node.value < 1e-3:
            yield place, ast.Constant(2 * place.node.value)


def parameters(found: Found) -> Added:
    """Yield a parameter in the place of its default, and what nobody reads in that of a number."""
    for place in found.places:
        if not isinstance(place.node, ast.Constant | ast.UnaryOp | ast.Attribute):
            continue
        if place.field in ("defaults", "kw_defaults"):
            continue
        text = ast.unparse(place.node)
        scope = found.scope(place)
        for name, default in _defaults(scope.function):
            if ast.unparse(default) == text:
                yield place, expression(name)
        for name in scope.unread:
            yield place, expression(name)


def _defaults(function: ast.FunctionDef) -> list[tuple[str, ast.expr]]:
    given = function.args
    pairs = list(zip(reversed([*given.posonlyargs, *given.args]), reversed(given.defaults)))  # noqa: B905
    pairs += [(a, d) for a, d in zip(given.kwonlyargs, given.kw_defaults, strict=True) if d]
    return [(argument.arg, default) for argument, default in pairs]


def kept_state(found: Found) -> Added:
    """Yield a function that makes its list or dictionary anew in each call."""
    for place in _functions(found):
        node = place.node
        given = node.args
        for index, default in enumerate(given.kw_defaults):
            if default is not None and ast.unparse(default) in ("[]", "{}", "list()", "dict()"):
                name = ast.Name(given.kwonlyargs[index].arg, ast.Store())
                body = [ast.Assign([name], default), *node.body]
                arguments = changed(given, kw_defaults=[*given.kw_defaults])
                arguments.kw_defaults[index] = ast.Constant(None)
                yield place, changed(node, args=arguments, body=_all_located(body, node))


def _functions(found: Found) -> list[Place]:
    below = {place.function: place for place in found.places}
    functions = []
    for function, place in below.items():
        depth = next(i for i, step in enumerate(place.way) if step.node is function)
        functions.append(Place(function, place.way[:depth]))
    return functions


def _all_located(body: list, node: ast.AST) -> list:
    first = ast.copy_location(copy.copy(body[0]), node)
    return [ast.fix_missing_locations(first), *body[1:]]


def in_place(found: Found) -> Added:
    """Yield `x = x + 1` for `x += 1`, and `x.clamp()` for `x.clamp_()`."""
    for place in found.places:
        match place.node:
            case ast.AugAssign(target=ast.Name(id=name) as target, op=op, value=value):
                yield place, ast.Assign([target], ast.BinOp(ast.Name(name, ast.Load()), op, value))
            case ast.Attribute(attr=method) if method.endswith("_") and method[0] != "_":
                yield place, changed(place.node, attr=method[:-1])


def buffers(found: Found) -> Added:
    """Yield a buffer in the place of a parameter."""
    for place in found.places:
        match place.node:
            case ast.Call(
                func=ast.Attribute(attr="register_parameter") as register, args=[name, p]
            ):
                value = p.args[0] if isinstance(p, ast.Call) and p.args else p
                function = changed(register, attr="register_buffer")
                yield place, changed(place.node, func=function, args=[name, value])


def contexts(found: Found) -> Added:
    """Yield a statement, or all from one on, without gradients."""
    for place in found.places:
        if isinstance(place.node, ast.stmt) and not isinstance(place.node, ast.FunctionDef):
            for span in {1, 1 + len(place.following)}:
                body = [place.node, *place.following][:span]
                item = ast.withitem(expression("torch.no_grad()"))
                yield place, Block([ast.With([item], body)], span)
