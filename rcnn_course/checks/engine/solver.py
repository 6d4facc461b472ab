"""Solving: operands that are missing in an answer, found by the values that they should have."""

import ast
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from types import CodeType
from typing import Any

import numpy as np
from torch import Tensor

from rcnn_course.checks.engine.edits.places import Place, places, tree_with
from rcnn_course.checks.engine.edits.statements import reads, writes
from rcnn_course.checks.engine.numbers import (
    as_large,
    floats_for_whole,
    floats_of,
    numbers_of,
    with_floats,
)
from rcnn_course.checks.engine.repairs.fitting import Fitting, plain_numbers, texts_of
from rcnn_course.checks.engine.repairs.found import Found, Repair, expression, is_number, is_value
from rcnn_course.checks.engine.source import compiled
from rcnn_course.checks.engine.values import HOLE, code_of, copied_names, hole, needs_its_frame
from rcnn_course.checks.engine.wanted import Numbers, Run, Wanted, are_close, wanted

_MOST = 8
"""Turns of a loop whose names are kept."""
_LARGEST = 4000
"""Numbers of a part that are solved for."""
_FORMS = ("({0}) * {1}", "({0}) + {1}", "{1} - ({0})", "{1} / ({0})")
_FORMS_OF_UNREAD = (
    *("({0}) * ({1} * {2})", "({0}) * ({1} * {2} ** 2)", "({0}) * ({1} / {2})"),
    *("({0}) * ({1} / {2} ** 2)", "({0}) + {1} * {2}", "{1} * {2} - ({0})"),
    *("{1} * {2} / ({0})", "({0}) + {1} / {2}"),
)
"""Operations of what stands at a place with a number, and with that and what is read nowhere."""
_STARTS = (np.array([1.0]),)
_STATEMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return)

_Names = dict[str, Any]


class Solver:
    """The values that parts of an answer should have in one call.

    Args:
        found: the places of the answer.
        result: returns what the answer gives whose code it is given, with further names of its
            module; it may raise any error.
        expected: what the answer should give.
    """

    def __init__(
        self, found: Found, result: Callable[[CodeType, Mapping[str, Any]], Any], expected: Any
    ) -> None:
        self.found, self._result = found, result
        self._expected, self._target = expected, numbers_of(expected)
        self.statements = [place for place in found.places if _is_of_statement(place)]
        self.wanted: dict[int, Wanted] | None = None
        """By index of the statement, once all have been solved in another process."""
        self._solved: dict[ast.AST, _Solved | None] = {}
        self._around: dict[ast.AST, Place | None] = {}

    def repairs(self, statement: Place) -> Iterator[tuple[int, Repair]]:
        """Yield operations that give the expression of a statement the value that is wanted.

        Yields:
            How long what is added is, from 0, and the repair; the shortest first.
        """
        solved = self._solved_at(statement)
        places = [statement, *_below(statement)]
        fits = self._with_numbers if solved is None else solved.operations
        found = [
            (length, Repair("missing step", place, new))
            for place in places
            for length, new in fits(place)
        ]
        yield from sorted(found, key=lambda entry: entry[0])

    def _with_numbers(self, place: Place) -> Iterator[tuple[int, Any]]:
        """Yield operations with a number, or with one and what is read nowhere."""
        own = ast.unparse(place.node)
        unread = [name for name in self.found.scope(place).unread if name != own][:2]
        forms = [*_FORMS, *(form.replace("{2}", n) for n in unread for form in _FORMS_OF_UNREAD)]
        for length, form in enumerate(forms):
            new = expression(form.format(own, HOLE))
            with suppress(Exception):
                code = compiled(tree_with(place, new))
                found = wanted(self._run_with_number(code), _STARTS, self._target, enough=1)
                for number in plain_numbers(float(found.numbers[0])) if found else ():
                    yield length // len(_FORMS), expression(form.format(own, number))

    def _run_with_number(self, code: CodeType) -> Run:
        """Return what runs code with a number in its hole."""

        def run(numbers: Numbers) -> Numbers | None:
            try:
                return numbers_of(self._result(code, {HOLE: float(numbers[0])}))
            except Exception:
                return None

        return run

    def excludes(self, repair: Repair) -> bool:
        """Tell whether a repair gives a value that cannot be the one that is wanted."""
        node = repair.place.node
        if node not in self._around:
            self._around[node] = _statement_of(repair.place)
        statement = self._around[node]
        if statement is None or not isinstance(repair.new, ast.expr):
            return False
        solved = self._solved_at(statement)
        return solved is not None and not solved.is_right(repair.place, repair.new)

    def wanted_in(self, statement: Place) -> Wanted | None:
        """Return the numbers that the expression of a statement should give, or None."""
        solved = self._solved_at(statement)
        return solved.all if solved else None

    def _solved_at(self, statement: Place) -> "_Solved | None":
        node = statement.node
        if node not in self._solved:
            self._solved[node] = None
            with suppress(Exception):
                self._solved[node] = self._solve(statement)
        return self._solved[node]

    def _solve(self, statement: Place) -> "_Solved | None":
        index = next(i for i, p in enumerate(self.statements) if p.node is statement.node)
        is_hopeless = self.wanted is not None and index not in self.wanted
        if is_hopeless or any(map(needs_its_frame, ast.walk(statement.node))):
            return None
        code = compiled(tree_with(statement, hole(statement.node)))
        names: list[_Names] = []
        values: list[Any] = []

        def keep(known: _Names, inside: Callable[[], Any]) -> Any:
            if len(names) < _MOST:
                names.append({**inside.__globals__, **copied_names(known)})
            values.append(inside())
            return values[-1]

        self._result(code, {HOLE: keep})
        if len(values) > 1 and reads(statement.node) & writes(statement.above()):
            return None  # what is known in a later turn is wrong because of this statement
        for given in (values, self._widened(values)):
            given = floats_for_whole(given)
            found = self.wanted[index] if self.wanted else self._wanted_at(code, given)
            if found is not None and len(found.numbers) == len(floats_of(given)):
                return _Solved(self.found, statement, names, given, found)
        return None

    def _wanted_at(self, code: CodeType, given: list[Any]) -> Wanted | None:
        """Return the numbers that are wanted where code has a hole, for those that are given."""
        start = floats_of(given)

        def run(numbers: Numbers) -> Numbers | None:
            others = iter(with_floats(given, numbers))
            try:
                return numbers_of(self._result(code, {HOLE: lambda *_: next(others)}))
            except Exception:
                return None

        return wanted(run, _starts(start), self._target) if 0 < len(start) <= _LARGEST else None

    def _widened(self, values: list[Any]) -> list[Any]:
        """Return what a place gives once in the shape of a result that is a tensor."""
        is_one = len(values) == 1 and isinstance(self._expected, Tensor)
        return [as_large(values[0], self._expected)] if is_one else values


class _Solved:
    """The expression of a statement, and the value that it should have.

    Args:
        found: the places of the answer.
        statement: the place of the expression.
        names: that are known there, each time that it is evaluated.
        values: what it gives.
        numbers: that it should give.

    Attributes:
        all: the numbers that it should give.
    """

    def __init__(
        self,
        found: Found,
        statement: Place,
        names: list[_Names],
        values: list[Any],
        numbers: Wanted,
    ) -> None:
        self._places, self._statement, self._names, self.all = found, statement, names, numbers
        self._values = values[: len(names)]
        size = len(floats_of(self._values))
        self._found = Wanted(numbers.numbers[:size], numbers.is_known[:size])

    def is_right(self, place: Place, new: ast.expr) -> bool:
        """Tell whether the expression with something else at a place gives what is wanted."""
        try:
            code = code_of(_expression_with(self._statement, place, new))
            numbers = floats_of([eval(code, names) for names in self._names])
        except NameError:
            return True  # a function in a function sees more names than it has used so far
        except Exception:
            return False
        return self._is_wanted(numbers)

    def operations(self, place: Place) -> Iterator[tuple[int, Any]]:
        """Yield operations of what stands at a place inside that give it what is wanted there."""
        fitting = self._fitting(place)
        if fitting is not None:
            yield from fitting.operations(place.node)

    def _fitting(self, place: Place) -> Fitting | None:
        """Return what fits at a place inside, where the numbers that are wanted there are told."""
        if _is_evaluated_apart(self._statement, place):
            return None
        try:
            code = code_of(place.node)
            values = floats_for_whole([eval(code, names) for names in self._names])
        except Exception:
            return None
        if place.node is self._statement.node:
            texts = texts_of(self._places, place)
            return Fitting(self._values, self._found, self._names, texts)
        whole = code_of(_expression_with(self._statement, place, ast.Name(HOLE, ast.Load())))
        known = self._found.is_known
        target = self._found.numbers[known]
        for start in (values, self._widened(values)):
            found = self._wanted_inside(whole, start, known, target)
            if found is not None:
                return Fitting(start, found, self._names, texts_of(self._places, place))
        return None

    def _wanted_inside(
        self, whole: CodeType, values: list[Any], known: Any, target: Numbers
    ) -> Wanted | None:
        start = floats_of(values)
        if not 0 < len(start) <= _LARGEST:
            return None

        def run(numbers: Numbers) -> Numbers | None:
            others = with_floats(values, numbers)
            pairs = zip(self._names, others, strict=True)
            try:
                given = floats_of([eval(whole, {**names, HOLE: new}) for names, new in pairs])
            except Exception:
                return None
            return given[known] if given.shape == known.shape else None

        return wanted(run, _starts(start), target)

    def _widened(self, values: list[Any]) -> list[Any]:
        """Return values at a place in the shapes of those of the whole, where they can be."""
        pairs = zip(values, self._values, strict=True)
        return [as_large(value, whole) for value, whole in pairs]

    def _is_wanted(self, numbers: Numbers) -> bool:
        if numbers.shape != self._found.numbers.shape:
            return False
        return bool(are_close(numbers, self._found.numbers)[self._found.is_known].all())


def _starts(numbers: Numbers) -> tuple[Numbers, ...]:
    return numbers, np.abs(numbers) + 0.5, 5 * np.abs(numbers) + 2


def _statement_of(place: Place) -> Place | None:
    """Return the expression of a statement that holds a place, or None."""
    for depth, step in enumerate(place.way):
        inner = place.way[depth + 1].node if depth + 1 < len(place.way) else place.node
        around = Place(inner, place.way[: depth + 1])
        if step.node is not inner and _is_of_statement(around):
            return around
    return None


def _is_of_statement(place: Place) -> bool:
    if not isinstance(place.node, ast.expr):
        return False
    above = place.above()
    if place.field == "value" and isinstance(above, _STATEMENTS):
        return True
    return place.field == "args" and isinstance(above, ast.Call) and _is_statement(place.above(2))


def _is_statement(node: Any) -> bool:
    return isinstance(node, ast.Expr)


def _below(statement: Place) -> list[Place]:
    """Return the values and numbers inside of an expression, the largest first."""
    inside = places(statement.node, statement.way[:0])
    below = [Place(p.node, (*statement.way, *p.way)) for p in inside]
    return [p for p in below if is_value(p) or is_number(p.node)]


def _expression_with(statement: Place, place: Place, new: ast.expr) -> ast.expr:
    """Return the expression of a statement with something else at a place inside."""
    if place.node is statement.node:
        return new
    way = place.way[len(statement.way) :]
    return tree_with(Place(place.node, way), new)  # type: ignore[return-value]


def _is_evaluated_apart(statement: Place, place: Place) -> bool:
    """Tell whether a place is inside of a comprehension or a lambda of the expression."""
    steps = place.way[len(statement.way) :]
    apart = (ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)
    return any(isinstance(step.node, apart) for step in steps)
