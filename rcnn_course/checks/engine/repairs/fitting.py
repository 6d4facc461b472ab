"""What fits: operands whose values make of what a place gives what it should give."""

import ast
import functools
import re
from collections.abc import Callable, Iterator
from itertools import product
from types import CodeType
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from rcnn_course.checks.engine.repairs.analogies import known_names, mirrored
from rcnn_course.checks.engine.repairs.found import Found, expression

_SAMPLES = 24
_MOST = 6
"""Operands of one operator that are yielded."""
_TELLING = 3
"""Numbers that an operand made of others has to give; fewer are met by chance."""
_RELATIVE, _ABSOLUTE = 1e-3, 1e-5
_PARTS = (
    *("{}[0]", "{}[1]", "{}[-1]", "{}.shape[0]", "{}.shape[1]", "{}.shape[-1]", "{}.shape[-2]"),
    *("{}[:, None]", "{}[None, :]", "{}[..., None]", "{}[:, None, None]", "{}.T", "{}.sum()"),
    *("len({})", "({} - 1)", "({} + 1)", "{}.shape[2]", "{}.shape[3]"),
)
_CHANGING = (
    *("append", "extend", "pop", "insert", "remove", "update", "setdefault", "clear", "next"),
    *("backward", "step", "zero_grad", "sort", "reverse"),
)


class _Operator(NamedTuple):
    """An operation with what stands at a place, and how its other operand follows from the result.

    Attributes:
        text: of the operation: what stands at the place, and the operand.
        operand: of a value v and the one u that is wanted.
    """

    text: str
    operand: Any


_OPERATORS = (
    _Operator("({0}) * ({1})", lambda v, u: u / v),
    _Operator("({0}) + ({1})", lambda v, u: u - v),
    _Operator("({0}) - ({1})", lambda v, u: v - u),
    _Operator("({1}) - ({0})", lambda v, u: u + v),
    _Operator("({0}) / ({1})", lambda v, u: v / u),
    _Operator("({1}) / ({0})", lambda v, u: u * v),
)


def texts_of(found: Found, place: Any) -> list[str]:
    """Return the expressions that an operand may be, or be made of."""
    scope = found.scope(place)
    texts = [*scope.unread, *scope.near(place.line), *scope.far(place.line), *scope.bound]
    for name in scope.bound:
        texts += [part.format(name) for part in _PARTS]
    texts += _attributes_of_others(list(scope.read))
    known = known_names(scope.function)
    for other in found.everywhere:
        node = other.node
        if other.function is scope.function and isinstance(node, ast.BinOp | ast.Call):
            texts.append(ast.unparse(node))
        elif other.function is scope.function and isinstance(node, ast.Subscript):
            texts += [ast.unparse(new) for new in mirrored(node, known)]
    mirrors = [ast.unparse(new) for new in mirrored(place.node, known)]
    texts += [*mirrors, *(f"({text})[:, None]" for text in mirrors)]
    texts += _of_other_names(place.node, list(scope.bound))
    return [text for text in dict.fromkeys(texts) if not _changes_something(text)]


def _of_other_names(node: ast.expr, names: list[str]) -> Iterator[str]:
    """Yield what an expression calls or takes, of other names: `b.prod(1)` for `a.prod(1)`."""
    inner = (below for below in ast.walk(node) if isinstance(below, ast.Call | ast.Subscript))
    for text in dict.fromkeys(map(ast.unparse, inner)):
        for old, new in product(names, names):
            if old != new and re.search(rf"\b{old}\b", text):
                yield re.sub(rf"\b{old}\b", new, text)


def _attributes_of_others(texts: list[str]) -> Iterator[str]:
    """Yield the attributes that are read of one object, of the others: `b.bias` for `a.bias`."""
    pairs = [text.rsplit(".", 1) for text in texts if re.fullmatch(r"[\w.]+\.\w+", text)]
    for object_, _ in pairs:
        yield from (f"{object_}.{name}" for other, name in pairs if other != object_)


@functools.cache
def _changes_something(text: str) -> bool:
    names = {n.attr for n in ast.walk(expression(text)) if isinstance(n, ast.Attribute)}
    names |= {n.id for n in ast.walk(expression(text)) if isinstance(n, ast.Name)}
    return any(name in _CHANGING or (name.endswith("_") and name != "_") for name in names)


class Fitting:
    """What may be missing at a place, by values.

    Args:
        values: what the place gives, each time that it is evaluated.
        wanted: the numbers that it should give.
        names: that are known there each time.
        texts: expressions that an operand may be, or be made of.
    """

    def __init__(self, values: list[Any], wanted: Any, names: list[dict], texts: list[str]) -> None:
        self._names = names
        self._shapes = [tuple(getattr(value, "shape", ())) for value in values]
        sizes = [int(np.prod(shape)) for shape in self._shapes]
        self._is_plain = sum(sizes) == len(wanted.numbers)  # no lists, nor dictionaries
        places = np.flatnonzero(wanted.is_known)
        chosen = np.linspace(0, len(places) - 1, min(_SAMPLES, len(places))).astype(int)
        self._chosen = places[chosen]
        self._v = self._sampled(values) if self._is_plain else None
        self._u = wanted.numbers[self._chosen]
        self._texts: list[str] = []
        self._tensors: list[tuple[str, Any]] = []
        rows = []
        for text in texts if self._v is not None else ():
            value = self._value(text)
            if isinstance(value, Tensor) and value.is_floating_point() and value.dim() in (1, 2):
                self._tensors.append((text, value.shape))
            row = None if value is None else self._row(text)
            if row is not None and np.isfinite(row).all():
                self._texts.append(text)
                rows.append(row)
        self._table = np.array(rows).reshape(len(rows), len(self._chosen))

    def operations(self, node: ast.expr) -> Iterator[tuple[int, Any]]:
        """Yield operations of what stands at a place that give what is wanted, the shortest first.

        Args:
            node: what stands there.

        Yields:
            How long the operand is, from 0, and the operation.
        """
        if self._v is None or not len(self._chosen):
            return
        own = ast.unparse(node)
        with np.errstate(all="ignore"):
            targets = [(op.text, op.operand(self._v, self._u)) for op in _OPERATORS]
            targets = [(text, target) for text, target in targets if np.isfinite(target).all()]
        kinds: tuple[Callable[[Any], Iterator[str]], ...] = (
            *(self._numbers, self._alone, self._powers, self._pairs, self._areas),
            *(self._matrices, functools.partial(self._counts, own)),
        )
        if len(self._chosen) >= _TELLING:
            with np.errstate(all="ignore"):
                gives = [form for form, f in _FUNCTIONS if _are_equal(f(self._v), self._u).all()]
            yield from ((0, expression(form.format(own))) for form in gives)
        for length, fits in enumerate(kinds if len(self._chosen) >= _TELLING else kinds[:2]):
            for operator, target in targets:
                if length and _are_equal(target, 0.0).all():
                    continue
                with np.errstate(all="ignore"):
                    operands = list(fits(target))
                for operand in operands[:_MOST]:
                    yield length, expression(operator.format(own, operand))

    def _sampled(self, values: list[Any]) -> Any:
        """Return the chosen numbers of values, or None where their shapes do not fit."""
        parts = []
        for value, shape in zip(values, self._shapes, strict=True):
            if isinstance(value, Tensor):
                value = value.detach().double().numpy()
            try:
                parts.append(np.broadcast_to(np.asarray(value, np.float64), shape).reshape(-1))
            except (TypeError, ValueError):
                return None
        return np.concatenate(parts)[self._chosen]

    def _value(self, text: str) -> Any:
        """Return what an expression gives when the place is evaluated first, or None."""
        try:
            return eval(_code(text), self._names[0])
        except Exception:
            return None

    def _row(self, text: str) -> Any:
        try:
            return self._sampled([eval(_code(text), names) for names in self._names])
        except Exception:
            return None

    def _numbers(self, target: Any) -> Iterator[str]:
        if _are_equal(target, target[0]).all():
            yield from plain_numbers(float(target[0]))

    def _alone(self, target: Any) -> Iterator[str]:
        for index in np.flatnonzero(_are_equal(self._table, target).all(1)):
            yield self._texts[index]

    def _counts(self, own: str, target: Any) -> Iterator[str]:
        """Yield what counts up from a whole number, for each row of what stands at the place."""
        first = round(float(target[0] - self._chosen[0]))
        has_rows = len(self._shapes) == len(self._shapes[0]) == 1
        if has_rows and _are_equal(target, first + self._chosen).all():
            yield f"torch.arange({first}, {first} + len({own}))"

    def _powers(self, target: Any) -> Iterator[str]:
        """Yield a power of a value, times a number, or with a number added."""
        for power, form in ((1, "{1} * {0}"), (2, "{1} * {0} ** 2"), (-1, "{1} / {0}")):
            factors = target / self._table**power
            for index in np.flatnonzero(_are_equal(factors, factors[:, :1]).all(1)):
                for number in plain_numbers(float(factors[index, 0])):
                    yield form.format(f"({self._texts[index]})", number)
        summands = target - self._table
        for index in np.flatnonzero(_are_equal(summands, summands[:, :1]).all(1)):
            for number in plain_numbers(float(summands[index, 0])):
                yield f"{self._texts[index]} + {number}"

    def _pairs(self, target: Any) -> Iterator[str]:
        """Yield operations of two values, or of a value and a root or exponential of another."""
        t = self._table
        for sign, others in (("+", target - t), ("*", target / t), ("/", t / target)):
            for first, second in _equal_rows(others, t):
                if first <= second or sign == "/":
                    yield f"({self._texts[first]}) {sign} ({self._texts[second]})"
        for first, second in _equal_rows(t - target, t):
            yield f"({self._texts[first]}) - ({self._texts[second]})"
        for form, function in _FUNCTIONS:
            for index in np.flatnonzero(_are_equal(function(t), target).all(1)):
                yield form.format(self._texts[index])

    def _matrices(self, target: Any) -> Iterator[str]:
        for text, row in self._products:
            if _are_equal(row, target).all():
                yield text

    @functools.cached_property
    def _products(self) -> list[tuple[str, Any]]:
        """The products of two matrices, the second as it is or transposed, and their numbers."""
        rows = []
        for (first, shape), (second, other) in product(self._tensors, self._tensors):
            for end, turned in (("", other), (".T", other[::-1])):
                fits = shape[-1] == turned[0] and self._holds((*shape[:-1], *turned[1:]))
                text = f"({first}) @ ({second}){end}"
                row = self._row(text) if fits else None
                if row is not None:
                    rows.append((text, row))
        return rows

    def _holds(self, shape: tuple[int, ...]) -> bool:
        """Tell whether a value of this shape can be repeated to that of what stands there."""
        own = self._shapes[0]
        sides = zip(reversed(shape), reversed(own), strict=False)
        return len(shape) <= len(own) and all(side in (1, whole) for side, whole in sides)

    def _areas(self, target: Any) -> Iterator[str]:
        """Yield products of two differences, sums of two such, and their products with values."""
        names = [i for i, text in enumerate(self._texts) if text.isidentifier()][:12]
        pairs = [(i, j) for i in names for j in names if i != j]
        if not pairs:
            return
        sides = np.array([self._table[i] - self._table[j] for i, j in pairs])
        sides_texts = [f"({self._texts[i]} - {self._texts[j]})" for i, j in pairs]
        for first, second in _equal_rows(target / sides, sides):
            yield f"{sides_texts[first]} * {sides_texts[second]}"
        for first, second in _equal_rows(target / self._table, sides):
            yield f"({self._texts[first]}) * {sides_texts[second]}"
        of_two = [(i, j) for i in range(len(pairs)) for j in range(i) if _are_apart(pairs, i, j)]
        if not of_two:
            return
        areas = np.array([sides[i] * sides[j] for i, j in of_two])
        for pair in _equal_rows(target - areas, areas):
            if pair[0] < pair[1]:
                both = (of_two[number] for number in pair)
                yield " + ".join(f"{sides_texts[i]} * {sides_texts[j]}" for i, j in both)


_FUNCTIONS: tuple[tuple[str, Callable], ...] = (
    ("torch.exp({})", np.exp),
    ("torch.log({})", np.log),
    ("torch.log1p({})", np.log1p),
    ("torch.expm1({})", np.expm1),
    ("torch.tanh({})", np.tanh),
    ("torch.sqrt({})", np.sqrt),
    ("torch.sigmoid({})", lambda x: 1 / (1 + np.exp(-x))),
    ("({}) ** 0.5", np.sqrt),
    ("({}) ** 2", np.square),
)


@functools.cache
def _code(text: str) -> CodeType:
    return compile(text, "<an operand>", "eval")


def _are_apart(pairs: list[tuple[int, int]], i: int, j: int) -> bool:
    return len({*pairs[i], *pairs[j]}) == 4 and pairs[i][0] > pairs[i][1]


def _are_equal(found: Any, other: Any) -> Any:
    return np.abs(found - other) <= _RELATIVE * np.abs(other) + _ABSOLUTE


def _equal_rows(wanted: Any, rows: Any) -> Iterator[tuple[int, int]]:
    """Yield the pairs of a row that is wanted and one that is equal, with the first as a key."""
    order = np.argsort(rows[:, 0])
    keys = rows[order, 0]
    slack = _RELATIVE * np.abs(wanted[:, 0]) + _ABSOLUTE
    first = np.searchsorted(keys, wanted[:, 0] - slack)
    last = np.searchsorted(keys, wanted[:, 0] + slack, side="right")
    for index in np.flatnonzero((last > first) & np.isfinite(wanted).all(1)):
        candidates = order[first[index] : last[index]]
        equal = _are_equal(rows[candidates], wanted[index]).all(1)
        yield from ((int(index), int(other)) for other in candidates[equal])


def plain_numbers(value: float) -> Iterator[str]:
    """Yield the number that a value is close to, where that is one that people write."""
    for number in (round(value), round(value * 2) / 2, float(f"{value:.2g}")):
        if abs(number - value) <= _RELATIVE * abs(value) + 1e-6:
            yield repr(number)
            return
