"""What may be missing in an expression: an operand, a step, an option."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import permutations, product, zip_longest
from typing import Any

from rcnn_course.checks.engine.edits.places import Place
from rcnn_course.checks.engine.repairs.analogies import known_names, mirrored
from rcnn_course.checks.engine.repairs.found import Added, Found, expression, is_number, is_part
from rcnn_course.checks.engine.repairs.scope import Scope
from rcnn_course.checks.engine.repairs.vocabulary import (
    CALLS,
    FUNCTIONS,
    FUNCTIONS_OF_TWO,
    OPTIONS,
    OPTIONS_OF_OTHERS,
    STEPS,
)

_COUNTS = ("len({})", "max(len({}), 1)", "{}.shape[0]", "{}.numel()", "{}.sum()", "max({}, 1)")
_LIKELY = 16
_NEAREST = 8
"""Steps that are tried first."""
_NUMBERS = ("1", "2", "4", "0.5")
_OPERATORS = (ast.Sub, ast.Add, ast.Mult, ast.Div, ast.MatMult)
_GATHERING = (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr)
_PARTS = (
    *("{}[0]", "{}[1]", "{}[-1]", "{}.shape[-1]", "{}.shape[-2]", "{}.shape[2]", "{}.shape[3]"),
    *("{}.shape[0]", "{}.shape[1]", "len({})", "{}.sum()", "({} - 1)", "({} + 1)", "{}[:, None]"),
    *("{}[None, :]", "{}[..., None]", "{}[:, None, None]", "{}.unsqueeze(1)", "{}.item()"),
)
_OF_AREAS = ("torch.log2", "np.log2", "math.log2", "math.sqrt", "np.sqrt", "torch.sqrt")


def unread_operands(found: Found) -> Added:
    """Yield operations with what is made and read nowhere: it was to be used."""
    for place in by_distance(found):
        for text in _areas_of_unread(found.scope(place)):
            for operator in (ast.Mult, ast.Add, ast.Sub):
                yield place, ast.BinOp(place.node, operator(), expression(text))
    for place in by_distance(found):
        for name in found.scope(place).unread:
            yield from _joined(place, expression(name), every_operator=True)
            yield place, ast.BinOp(place.node, ast.MatMult(), expression(f"{name}.T"))
            yield place, ast.BinOp(expression(f"{name}.T"), ast.MatMult(), place.node)
            yield place, ast.BinOp(expression(f"(1 - {name})"), ast.Pow(), place.node)
    for place in by_distance(found):
        for name, function in product(found.scope(place).unread, FUNCTIONS_OF_TWO):
            yield place, ast.Call(expression(function), [place.node, expression(name)], [])


def more_unread_operands(found: Found) -> Added:
    """Yield operations with what is made of it."""
    for place in by_distance(found):
        for texts in (_pairs_of_unread, _pairs_with_unread, _parts_of_unread):
            for text in texts(found.scope(place), place):
                yield from _joined(place, expression(text), every_operator=True)


def by_distance(found: Found) -> list[Place]:
    """Return values and numbers in functions with something unread, the nearest to it first."""
    places = []
    for place in [*found.values, *found.numbers]:
        scope = found.scope(place)
        lines = [scope.bound.get(name, scope.function.lineno) for name in scope.unread]
        if lines and place.field not in ("defaults", "kw_defaults"):
            distance = place.line - max(lines)
            places.append((distance <= 0, abs(distance), place))
    return [place for _, _, place in sorted(places, key=lambda entry: entry[:2])]


def _areas_of_unread(scope: Scope) -> Iterator[str]:
    """Yield the product of two differences, and its root or logarithm."""
    names = scope.unread
    if len(names) != 4:
        return
    text = ast.unparse(scope.function)
    functions = [name for name in _OF_AREAS if f"{name.partition('.')[0]}." in text]
    for a, b, c, d in permutations(range(4)):
        if a > b and a > c > d:
            area = f"(({names[a]} - {names[b]}) * ({names[c]} - {names[d]}))"
            yield from (area, *(f"{function}({area})" for function in functions))


def _pairs_of_unread(scope: Scope, place: Place) -> Iterator[str]:
    names = scope.unread[:3]
    for one, other in permutations(names, 2):
        yield f"({one} - {other})"
        if one < other:
            yield from (f"({one} + {other})", f"({one} * {other})")
        yield from (f"({one} / {other})", f"({one} ** {other})", f"((1 - {one}) ** {other})")


def _parts_of_unread(scope: Scope, place: Place) -> Iterator[str]:
    for name in scope.unread[:2]:
        yield from (part.format(name) for part in _PARTS)
        yield from (f"{name}[{other}]" for other in scope.bound if other != name)


def _pairs_with_unread(scope: Scope, place: Place) -> Iterator[str]:
    for name, other in product(scope.unread[:2], [*scope.near(place.line), *_NUMBERS]):
        if other != name:
            yield from (f"({name} * {other})", f"({name} - {other})", f"({other} - {name})")
            yield from (f"({name} / {other})", f"({other} / {name})", f"({name} + {other})")


def _joined(place: Place, other: ast.expr, *, every_operator: bool = False) -> Added:
    """Yield what stands at a place, joined with something else by each operator."""
    node = place.node
    for operator in _OPERATORS:
        if operator in (ast.Sub, ast.Add) and is_part(place, ast.Sub, ast.Add):
            continue
        if operator in (ast.Mult, ast.Div) and is_part(place, ast.Mult, ast.Div):
            continue
        if operator is ast.MatMult and is_number(other):
            continue
        yield place, ast.BinOp(node, operator(), other)
        if operator in (ast.Sub, ast.Div, ast.MatMult):
            yield place, ast.BinOp(other, operator(), node)
    if not every_operator:
        return
    if is_number(node) and node.value in (2, 3):
        yield place, ast.BinOp(other, ast.Pow(), node)
    yield place, ast.BinOp(other, ast.FloorDiv(), node)
    if isinstance(node, ast.Compare):
        yield place, ast.BinOp(node, ast.BitAnd(), other)
        yield place, ast.BinOp(node, ast.BitOr(), other)


def operands(found: Found) -> Added:
    """Yield operations with what is near and with numbers, at all places with the nearest first."""
    places = [*found.values, *found.numbers]
    texts = [_operands(found.scope(place).near(place.line), place) for place in places]
    for of_one_rank in zip_longest(*texts):
        for place, text in zip(places, of_one_rank, strict=True):
            if text is not None:
                yield from _joined(place, expression(text))
            if text == "2":
                yield place, ast.BinOp(place.node, ast.Mod(), expression(text))
                yield place, ast.BinOp(place.node, ast.Pow(), expression(text))


def _operands(near: list[str], place: Place) -> list[str]:
    own = ast.unparse(place.node)
    others = [text for text in near if text != own]
    less = [f"({text} - 1)" for text in others if text.isidentifier()]
    return [*others[:3], *_NUMBERS[:2], *others[3:], *_NUMBERS[2:], *less]


def averages(found: Found) -> Added:
    """Yield a sum divided by a number of values."""
    for place in found.values:
        function = getattr(place.node, "func", None)
        if getattr(function, "id", getattr(function, "attr", "")) == "sum":
            for text, number in product(found.scope(place).near(place.line), _COUNTS):
                count = expression(number.format(text))
                yield place, ast.BinOp(place.node, ast.Div(), count)


def indexed_operands(found: Found) -> Added:
    """Yield operations with the part of another value that is taken of one in the same line."""
    indices: dict[int, dict[str, ast.expr]] = defaultdict(dict)
    for place in found.everywhere:
        if isinstance(place.node, ast.Subscript):
            index = place.node.slice
            indices[place.line].setdefault(ast.unparse(index), index)
    for place in [*found.values, *found.numbers]:
        for name, index in product(found.scope(place).bound, indices[place.line].values()):
            yield from _joined(place, ast.Subscript(expression(name), index, ast.Load()))


def mirrors(found: Found) -> Added:
    """Yield operations of a value with the same for the other axis, or the other end."""
    for place in found.values:
        if not isinstance(place.node, ast.Name):
            for other in mirrored(place.node, known_names(place.function)):
                yield from _joined(place, other)


def counted(found: Found) -> Added:
    """Yield a number and a value of the function, as in `i + 1` and `3 * k`, the nearest first."""
    scopes = [(place, found.scope(place)) for place in found.numbers]
    texts = [[*scope.near(p.line), *scope.far(p.line)] for p, scope in scopes]
    for of_one_rank in zip_longest(*texts):
        for place, text in zip(found.numbers, of_one_rank, strict=True):
            for operator in (ast.Add, ast.Sub, ast.Mult, ast.Div) if text else ():
                yield place, ast.BinOp(expression(text), operator(), place.node)
                yield place, ast.BinOp(place.node, operator(), expression(text))


def gathered(found: Found) -> Added:
    """Yield what is bound to a name, joined with what the name held before."""
    for place in found.places:
        target = _target(place)
        if target is not None and not isinstance(target, ast.Starred):
            before = expression(ast.unparse(target))
            for operator in _GATHERING:
                yield place, ast.BinOp(before, operator(), place.node)


def _target(place: Place) -> ast.expr | None:
    """Return what the value at a place is bound to, alone or as one of several, or None."""
    match place.above():
        case ast.Assign(targets=[target]) if place.field == "value":
            return target
        case ast.Tuple() as values if place.way[-2].field == "value":
            match place.above(2):
                case ast.Assign(targets=[ast.Tuple(elts=targets)]):
                    if len(targets) == len(values.elts):
                        return targets[place.way[-1].position or 0]
    return None


def zero_sums(found: Found) -> Added:
    """Yield a value with 0 times the sum of another, from which it then takes a gradient."""
    for place in found.values:
        if isinstance(place.above(), ast.Assign | ast.Return):
            for name in found.scope(place).bound:
                yield place, ast.BinOp(place.node, ast.Add(), expression(f"0 * {name}.sum()"))


def composed_operands(found: Found) -> Added:
    """Yield operations with what two near values, or a function of one, give."""
    places = [*found.values, *found.numbers]
    for of_one_rank in zip_longest(*(_composed(found.scope(p), p.line) for p in places)):
        for place, text in zip(places, of_one_rank, strict=True):
            if text is not None:
                yield from _joined(place, expression(text))


def _composed(scope: Scope, line: int) -> Iterator[str]:
    """Yield functions of what is near a line, and operations of two such values."""
    near = scope.near(line)[:_NEAREST]
    functions = [name for name in FUNCTIONS if name.partition(".")[0] in scope.modules]
    of_one = [f"{name}({text})" for text in near for name in functions]
    of_two = [
        f"({one} {sign} {other})"
        for one, other in permutations(near, 2)
        for sign in "-/+*"
        if sign in "-/" or one < other
    ]
    for texts in zip_longest(of_one, of_two):
        yield from filter(None, texts)


def far_operands(found: Found) -> Added:
    """Yield operations with what is read elsewhere."""
    for place in found.values:
        for text in found.scope(place).far(place.line):
            yield from _joined(place, expression(text))


def options(found: Found) -> Added:
    """Yield a call with one more option."""
    for place in found.places:
        node = place.node
        if not isinstance(node, ast.Call):
            continue
        given = {keyword.arg for keyword in node.keywords}
        for text in dict.fromkeys(_options_of(node, place, found)):
            (keyword,) = expression(f"f({text})").keywords
            if keyword.arg not in given:
                yield place, ast.Call(node.func, node.args, [*node.keywords, keyword])


def _options_of(call: ast.Call, place: Place, found: Found) -> Iterator[str]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    scope = found.scope(place)
    for other in found.everywhere:
        if isinstance(other.node, ast.Call) and other.node is not call:
            its = getattr(other.node.func, "attr", getattr(other.node.func, "id", ""))
            if its == name:
                yield from (ast.unparse(k) for k in other.node.keywords if k.arg)
    yield from (f"{unread}={unread}" for unread in scope.unread if unread.isidentifier())
    for names, texts in OPTIONS.items():
        if name in names.split():
            yield from texts
    for names, patterns in OPTIONS_OF_OTHERS.items():
        if name in names.split():
            for pattern, text in product(patterns.split("|"), scope.read):
                yield pattern.format(text)


def likely_steps(found: Found) -> Added:
    """Yield a value with one of the likeliest methods behind it."""
    yield from _with_steps(found, STEPS[:_LIKELY])


def steps(found: Found) -> Added:
    """Yield a value with one more method behind it, or a function around it."""
    yield from _with_steps(found, STEPS[_LIKELY:])


def calls(found: Found) -> Added:
    """Yield a value with a function around it, of a module that the answer uses."""
    for function, place in product(CALLS, found.values):
        if "." in function and function.partition(".")[0] not in found.scope(place).modules:
            continue
        yield place, ast.Call(expression(function), [place.node], [])


def _with_steps(found: Found, texts: Sequence[str]) -> Added:
    for text, place in product(texts, found.values):
        yield place, _with_receiver(expression(f"x.{text}"), place.node)


def _with_receiver(step: Any, value: Any) -> ast.expr:
    method: Any = step.func if isinstance(step, ast.Call) else step
    attribute = ast.Attribute(value, method.attr, ast.Load())
    return attribute if method is step else ast.Call(attribute, step.args, step.keywords)


def conversions(found: Found) -> Added:
    """Yield a value with the dtype of another, or picked by it."""
    for place in found.values:
        scope = found.scope(place)
        for text in [*scope.near(place.line), *scope.far(place.line)]:
            other = expression(text)
            yield place, ast.Call(ast.Attribute(place.node, "to", ast.Load()), [other], [])
            yield place, ast.Subscript(place.node, other, ast.Load())


def dtypes(found: Found) -> Added:
    """Yield a value with the dtype of an argument, or one that is written in the function."""
    for place in found.values:
        scope = found.scope(place)
        names = [name for name in scope.bound if scope.bound[name] <= place.line]
        texts = [f"x.to({name}.dtype)" for name in names]
        texts += [f"x.to({text})" for text in scope.read if text.endswith(".dtype")]
        for text in dict.fromkeys(texts):
            yield place, _with_receiver(expression(text), place.node)
