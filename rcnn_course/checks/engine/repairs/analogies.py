"""What stands elsewhere in an answer, done here as well: often one line is like another.

An answer treats x as it treats y, and the end of a box as its beginning. So an expression or a
statement of it, as it is or with the names of the other axis, is what may be missing elsewhere.
"""

import ast
import copy
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from rcnn_course.checks.engine.edits.names import counterpart
from rcnn_course.checks.engine.edits.places import Place
from rcnn_course.checks.engine.repairs.found import Added, Found

_PARTS = (ast.BinOp, ast.Call, ast.Compare, ast.Subscript, ast.UnaryOp, ast.BoolOp)
_OTHER_END = {"minimum": "maximum", "maximum": "minimum", "min": "max", "max": "min"}
_TURNS = ((True, True, False), (True, False, False), (False, True, False), (False, False, True))
_HOLE = ast.Name("_", ast.Load())


class _Mirror(ast.NodeTransformer):
    """Turns names, and perhaps indices, into those of the other axis.

    Args:
        known: the names that there are.
        with_indices: whether indices are turned, too.
        with_ends: whether slices and functions are turned: the end of a box for its beginning.
    """

    def __init__(
        self, known: set[str], *, with_names: bool, with_indices: bool, with_ends: bool
    ) -> None:
        self._known = known
        self._with_names, self._with_indices = with_names, with_indices
        self._with_ends = with_ends

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        node = self.generic_visit(node)  # type: ignore[assignment]
        other = _OTHER_END.get(node.attr) if self._with_ends else None
        return ast.Attribute(node.value, other, node.ctx) if other else node

    def visit_Slice(self, node: ast.Slice) -> Any:
        node = self.generic_visit(node)  # type: ignore[assignment]
        is_turned = self._with_ends and (node.lower is None) != (node.upper is None)
        return ast.Slice(node.upper, node.lower, node.step) if is_turned else node

    def visit_Name(self, node: ast.Name) -> ast.Name:
        other = counterpart(node.id, self._known) if self._with_names else ""
        return ast.Name(other or node.id, node.ctx)

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        node = self.generic_visit(node)  # type: ignore[assignment]
        if self._with_indices:
            for below in ast.walk(node.slice):
                match below:
                    case ast.Constant(value=int(index)) if index in range(4):
                        below.value = index ^ 1
        return node


def mirrored(node: Any, known: set[str]) -> Iterator[Any]:
    """Yield a node with the names, the indices, or both, of the other axis, or the other end."""
    before = ast.dump(node)
    for names, indices, ends in _TURNS:
        mirror = _Mirror(known, with_names=names, with_indices=indices, with_ends=ends)
        other = mirror.visit(copy.deepcopy(node))
        if ast.dump(other) != before:
            yield other


def known_names(function: Any) -> set[str]:
    """Return the names that a function reads, binds or is given."""
    names = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}
    return names | {n.arg for n in ast.walk(function) if isinstance(n, ast.arg)}


def analogies(found: Found) -> Added:
    """Yield an expression that contains what stands at a place, as one does elsewhere."""
    wholes: dict[str, dict[str, Any]] = defaultdict(dict)
    for whole in _expressions(found):
        for part in _inner(whole):
            wholes[ast.unparse(part)].setdefault(ast.unparse(whole), whole)
    for place in [*found.values, *found.numbers]:
        text = ast.unparse(place.node)
        above = ast.unparse(place.above()) if isinstance(place.above(), ast.expr) else ""
        for other, whole in wholes.get(text, {}).items():
            if other != above:
                yield place, whole


def _expressions(found: Found) -> Iterator[Any]:
    """Yield expressions of each function, as they are and for the other axis."""
    for place in found.everywhere:
        is_read = isinstance(getattr(place.node, "ctx", None) or ast.Load(), ast.Load)
        if isinstance(place.node, _PARTS) and is_read and place.function is not None:
            yield place.node
            yield from mirrored(place.node, known_names(place.function))


def _inner(node: ast.AST, levels: int = 2) -> Iterator[ast.AST]:
    for below in ast.iter_child_nodes(node):
        if isinstance(below, ast.expr):
            yield below
            if levels > 1:
                yield from _inner(below, levels - 1)


def seen_operations(found: Found) -> Added:
    """Yield what is done to a value elsewhere, done to the value at a place."""
    operations: dict[str, tuple[int, Any]] = {}
    for place in found.everywhere:
        if isinstance(place.node, _PARTS):
            for node in (place.node, *mirrored(place.node, known_names(place.function))):
                for holed in _with_hole(node):
                    operations.setdefault(ast.unparse(holed), (place.line, holed))
    places = [(place, ast.unparse(place.node)) for place in [*found.values, *found.numbers]]
    pairs = [
        (abs(place.line - line), place, holed)
        for place, text in places
        for line, holed in operations.values()
    ]
    for _, place, holed in sorted(pairs, key=lambda pair: pair[0]):
        yield place, _filled(holed, place)


def _with_hole(node: Any) -> Iterator[Any]:
    """Yield an operation with a hole in the place of what it is done to."""
    match node:
        case ast.BinOp():
            yield ast.BinOp(_HOLE, node.op, node.right)
            yield ast.BinOp(node.left, node.op, _HOLE)
        case ast.Call(func=ast.Attribute(value=receiver) as function, args=args):
            is_module = ast.unparse(receiver) in ("torch", "np", "F", "math", "ops", "nn")
            if not is_module and not ast.unparse(receiver).startswith("self"):
                function = ast.Attribute(_HOLE, function.attr, function.ctx)
                yield ast.Call(function, args, node.keywords)
            elif args:
                yield ast.Call(function, [_HOLE, *args[1:]], node.keywords)
                yield from _second(node)
        case ast.Call(func=ast.Name(), args=[_, *others]):
            yield ast.Call(node.func, [_HOLE, *others], node.keywords)
            yield from _second(node)
        case ast.Subscript(slice=index) if not isinstance(index, ast.Name):
            yield ast.Subscript(_HOLE, index, ast.Load())


def _second(call: ast.Call) -> Iterator[ast.Call]:
    if len(call.args) > 1:
        yield ast.Call(call.func, [call.args[0], _HOLE, *call.args[2:]], call.keywords)


def _filled(holed: Any, place: Place) -> Any:
    """Return an operation with what stands at a place in its hole."""
    new = copy.copy(holed)
    for name, value in ast.iter_fields(holed):
        if value is _HOLE:
            setattr(new, name, place.node)
        elif isinstance(value, list):
            setattr(new, name, [place.node if entry is _HOLE else entry for entry in value])
        elif isinstance(value, ast.Attribute) and value.value is _HOLE:
            setattr(new, name, ast.Attribute(place.node, value.attr, ast.Load()))
    return new
