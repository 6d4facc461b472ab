"""Repairs: small edits of a wrong answer, any of which might make it right.

Where a step was forgotten, nothing that stands there can be exchanged. So besides the edits of
`edits` there are those that add: a step, an operand, an option, a bound.
"""

import ast
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from rcnn_course.checks.engine.edits import Edit, edits_of
from rcnn_course.checks.engine.edits.places import Place, places, tree_with

STEPS = (
    *("clamp(min=0)", "exp()", "log()", "sqrt()", "sigmoid()", "relu()", "square()", "abs()"),
    *("long()", "float()", "double()", "bool()", "floor()", "round()", "ceil()", "clone()"),
    *("copy()", "detach()", "mT", "flip(0)", "flip(1)", "flip(-1)", "softmax(-1)", "softmax(1)"),
    *("unsqueeze(0)", "unsqueeze(1)", "unsqueeze(-1)", "squeeze(0)", "squeeze(1)", "squeeze(-1)"),
    *("log_softmax(1)", "log2()", "sum()", "mean()", "argsort()", "contiguous()", "clamp(0, 1)"),
    *("flatten(1)", "clamp(max=1)"),
)
"""Methods that may be missing behind a value, the likeliest first."""

CALLS = ("int", "round", "list", "dict", "reversed", "sorted")
"""Functions that may be missing around a value."""

OPTIONS = {
    "argmax argmin": ("dim=0", "dim=1", "dim=-1", "keepdim=True"),
    "sum mean max min amax amin any all": ("dim=0", "dim=1", "dim=-1", "keepdim=True"),
    "sort argsort topk": ("dim=0", "dim=1", "descending=True", "stable=True"),
    "cat stack softmax log_softmax": ("dim=0", "dim=1", "dim=-1", "dim=2"),
    "clamp": ("min=0", "min=1", "max=1"),
    "div": ("rounding_mode='floor'",),
    "meshgrid": ("indexing='ij'",),
    "cross_entropy smooth_l1_loss l1_loss binary_cross_entropy_with_logits": ("reduction='sum'",),
    "interpolate grid_sample": ("align_corners=True", "align_corners=False"),
    "Conv2d ConvTranspose2d conv2d conv1d": ("padding=1", "stride=2", "bias=False"),
}
"""Options that a call may lack, by the name of the function."""

OPTIONS_OF_OTHERS = {
    "zeros ones full empty arange tensor linspace eye": "dtype=({}).dtype",
    "clamp": "max={}",
    "conv1d conv2d conv_transpose1d conv_transpose2d": "padding={}",
}
"""The same, with what stands elsewhere in the answer."""

_BOUNDS = (1, 2, -1, 4, -2, 3)
_NUMBERS = (1, 2, 0.5)
_OPERATORS = (ast.Sub, ast.Add, ast.Mult, ast.Div)
_VALUES = (ast.Name, ast.Attribute, ast.Subscript, ast.BinOp, ast.Call, ast.Compare)
_MODULES = frozenset({"torch", "np", "numpy", "math", "F", "nn", "ops", "functional", "self"})

_Added = Iterator[tuple[Place, ast.AST]]


def exchanges_of(source: str) -> Iterator[Edit]:
    """Yield the edits that exchange or leave out what stands in a source, the likeliest first.

    None merely takes a branch away: what is left out with it is no small change.

    Args:
        source: Python text with a function or a class, and perhaps helpers.

    Raises:
        SyntaxError: If this is no Python.
    """
    for edit in edits_of(source):
        if edit.kind != "condition" or edit.after not in ("True", "False"):
            yield edit


def additions_of(source: str) -> Iterator[Edit]:
    """Yield the edits that add what may be missing in a source, the likeliest first.

    Their texts are left empty: nobody reads them, and there are thousands.

    Args:
        source: Python text with a function or a class, and perhaps helpers.

    Raises:
        SyntaxError: If this is no Python.
    """
    found = [place for place in places(ast.parse(source)) if place.function is not None]
    for kind, add in _ADDITIONS:
        for place, new in add(found):
            yield Edit(kind, place.node.lineno, "", "", tree_with(place, new))


def _signs(found: list[Place]) -> _Added:
    for place in found:
        if _is_number(place.node):
            yield place, ast.UnaryOp(ast.USub(), place.node)
            yield place, ast.Constant(0 * place.node.value)


def _bounds(found: list[Place]) -> _Added:
    for place in found:
        node = place.node
        if isinstance(node, ast.Slice):
            for bound in map(ast.Constant, _BOUNDS):
                if node.lower is None:
                    yield place, ast.Slice(bound, node.upper, node.step)
                if node.upper is None:
                    yield place, ast.Slice(node.lower, bound, node.step)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            yield place, node.value


def _options(found: list[Place]) -> _Added:
    for place in found:
        node = place.node
        name = getattr(node, "func", None)
        name = getattr(name, "attr", getattr(name, "id", ""))
        texts = [
            text for names, texts in OPTIONS.items() if name in names.split() for text in texts
        ]
        for names, pattern in OPTIONS_OF_OTHERS.items():
            if name in names.split():
                texts += [pattern.format(ast.unparse(other)) for other in _others(place)]
        for text in texts:
            call: Any = ast.parse(f"f({text})", mode="eval").body
            (keyword,) = call.keywords
            if keyword.arg not in {given.arg for given in node.keywords}:
                yield place, ast.Call(node.func, node.args, [*node.keywords, keyword])


def _steps(found: list[Place]) -> _Added:
    values = [place for place in found if _is_value(place)]
    for text, place in product(STEPS, values):
        step = ast.parse(f"x.{text}", mode="eval").body
        (name,) = (node for node in ast.walk(step) if isinstance(node, ast.Attribute))
        name.value = place.node
        yield place, step
    for function, place in product(CALLS, values):
        yield place, ast.Call(ast.Name(function, ast.Load()), [place.node], [])


def _operands(found: list[Place]) -> _Added:
    """Yield operations with what is near, or what is used nowhere."""
    values = [place for place in found if _is_value(place) or _is_number(place.node)]
    for near, operator, place in product((True, False), _OPERATORS, values):
        if operator in (ast.Sub, ast.Add) and _is_part(place, ast.Sub, ast.Add):
            continue
        if operator in (ast.Mult, ast.Div) and _is_part(place, ast.Mult, ast.Div):
            continue
        for other in _others(place, near=near):
            yield place, ast.BinOp(place.node, operator(), other)
            if operator in (ast.Sub, ast.Div):
                yield place, ast.BinOp(other, operator(), place.node)


def _conversions(found: list[Place]) -> _Added:
    for near, place in product((True, False), filter(_is_value, found)):
        for other in _others(place, near=near):
            if not isinstance(other, ast.Constant):
                yield place, ast.Call(ast.Attribute(place.node, "to", ast.Load()), [other], [])
                yield place, ast.Subscript(place.node, other, ast.Load())


_ADDITIONS: tuple[tuple[str, Callable[[list[Place]], _Added]], ...] = (
    ("sign", _signs),
    ("loop", _bounds),
    ("option", _options),
    ("missing step", _steps),
    ("missing step", _operands),
    ("missing step", _conversions),
)


def _is_value(place: Place) -> bool:
    """Tell whether a step could follow what stands at a place."""
    node = place.node
    if not isinstance(node, _VALUES) or place.field in ("func", "annotation"):
        return False
    if not isinstance(getattr(node, "ctx", None) or ast.Load(), ast.Load):
        return False
    if isinstance(place.above(), ast.Attribute) and isinstance(node, ast.Name):
        return (
            place.above(2) is not None
            and isinstance(place.above(2), ast.Call)
            and node.id not in _MODULES
        )
    return not (isinstance(node, ast.Name) and node.id in _MODULES)


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _is_part(place: Place, *operators: type[ast.operator]) -> bool:
    """Tell whether a place is a side of such an operation, which itself is a place."""
    above = place.above()
    return isinstance(above, ast.BinOp) and isinstance(above.op, operators)


def _others(place: Place, near: bool | None = None) -> list[ast.expr]:
    """Return names and attributes of the function of a place, and small numbers.

    Args:
        place: the place.
        near: whether they are read within two lines of it or nowhere, or not; None for all.
    """
    lines: dict[str, set[int]] = {}
    for node in ast.walk(place.function or place.node):
        match node:
            case ast.arg(arg=name) if name != "self":
                lines.setdefault(name, set())
            case ast.Name(id=name) if name not in _MODULES:
                lines.setdefault(name, set())
                if isinstance(node.ctx, ast.Load):
                    lines[name].add(node.lineno)
            case ast.Attribute(ctx=ast.Load()) | ast.Subscript(ctx=ast.Load()):
                lines.setdefault(ast.unparse(node), set()).add(node.lineno)
    texts = [
        text
        for text, read in lines.items()
        if near is None
        or near == (not read or any(abs(line - place.node.lineno) <= 2 for line in read))
    ]
    numbers = [] if near is False else [ast.Constant(number) for number in _NUMBERS]
    return [*numbers, *(ast.parse(text, mode="eval").body for text in texts)]
