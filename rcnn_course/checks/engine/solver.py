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
from rcnn_course.checks.engine.repairs.fitting import plain_numbers
from rcnn_course.checks.engine.repairs.found import Found, Repair, expression, is_number, is_value
from rcnn_course.checks.engine.solved import Names, Solved
from rcnn_course.checks.engine.source import compiled
from rcnn_course.checks.engine.values import HOLE, copied_names, hole, needs_its_frame
from rcnn_course.checks.engine.wanted import Numbers, Run, Wanted, starts_from, wanted

_MOST = 8
"""Turns of a loop whose names are kept."""
_FORMS = ("({0}) * {1}", "({0}) + {1}", "{1} - ({0})", "{1} / ({0})")
_FORMS_OF_UNREAD = (
    *("({0}) * ({1} * {2})", "({0}) * ({1} * {2} ** 2)", "({0}) * ({1} / {2})"),
    *("({0}) * ({1} / {2} ** 2)", "({0}) + {1} * {2}", "{1} * {2} - ({0})"),
    *("{1} * {2} / ({0})", "({0}) + {1} / {2}"),
)
"""Operations of what stands at a place with a number, and with that and what is read nowhere."""
_STARTS = (np.array([1.0]),)
_STATEMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return)


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
        self._solved: dict[ast.AST, Solved | None] = {}
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

    def _solved_at(self, statement: Place) -> Solved | None:
        node = statement.node
        if node not in self._solved:
            self._solved[node] = None
            with suppress(Exception):
                self._solved[node] = self._solve(statement)
        return self._solved[node]

    def _solve(self, statement: Place) -> Solved | None:
        index = next(i for i, p in enumerate(self.statements) if p.node is statement.node)
        is_hopeless = self.wanted is not None and index not in self.wanted
        if is_hopeless or any(map(needs_its_frame, ast.walk(statement.node))):
            return None
        code = compiled(tree_with(statement, hole(statement.node)))
        names: list[Names] = []
        values: list[Any] = []

        def keep(known: Names, inside: Callable[[], Any]) -> Any:
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
                return Solved(self.found, statement, names, given, found)
        return None

    def _wanted_at(self, code: CodeType, given: list[Any]) -> Wanted | None:
        """Return the numbers that are wanted where code has a hole, for those that are given."""

        def run(numbers: Numbers) -> Numbers | None:
            others = iter(with_floats(given, numbers))
            try:
                return numbers_of(self._result(code, {HOLE: lambda *_: next(others)}))
            except Exception:
                return None

        return wanted(run, starts_from(floats_of(given)), self._target)

    def _widened(self, values: list[Any]) -> list[Any]:
        """Return what a place gives once in the shape of a result that is a tensor."""
        is_one = len(values) == 1 and isinstance(self._expected, Tensor)
        return [as_large(values[0], self._expected)] if is_one else values


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
