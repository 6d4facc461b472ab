"""Solved: the expression of a statement, the value that it should have, and what gives it."""

import ast
from collections.abc import Iterator
from types import CodeType
from typing import Any

from rcnn_course.checks.engine.edits.places import Place, tree_with
from rcnn_course.checks.engine.numbers import as_large, floats_for_whole, floats_of, with_floats
from rcnn_course.checks.engine.repairs.fitting import Fitting, texts_of
from rcnn_course.checks.engine.repairs.found import Found
from rcnn_course.checks.engine.values import HOLE, SCOPES, code_of
from rcnn_course.checks.engine.wanted import Numbers, Wanted, are_close, starts_from, wanted

Names = dict[str, Any]


class Solved:
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
        names: list[Names],
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
        def run(numbers: Numbers) -> Numbers | None:
            others = with_floats(values, numbers)
            pairs = zip(self._names, others, strict=True)
            try:
                given = floats_of([eval(whole, {**names, HOLE: new}) for names, new in pairs])
            except Exception:
                return None
            return given[known] if given.shape == known.shape else None

        return wanted(run, starts_from(floats_of(values)), target)

    def _widened(self, values: list[Any]) -> list[Any]:
        """Return values at a place in the shapes of those of the whole, where they can be."""
        pairs = zip(values, self._values, strict=True)
        return [as_large(value, whole) for value, whole in pairs]

    def _is_wanted(self, numbers: Numbers) -> bool:
        if numbers.shape != self._found.numbers.shape:
            return False
        return bool(are_close(numbers, self._found.numbers)[self._found.is_known].all())


def _expression_with(statement: Place, place: Place, new: ast.expr) -> ast.expr:
    """Return the expression of a statement with something else at a place inside."""
    if place.node is statement.node:
        return new
    way = place.way[len(statement.way) :]
    return tree_with(Place(place.node, way), new)  # type: ignore[return-value]


def _is_evaluated_apart(statement: Place, place: Place) -> bool:
    """Tell whether a place is inside of a comprehension or a lambda of the expression."""
    steps = place.way[len(statement.way) :]
    return any(isinstance(step.node, SCOPES) for step in steps)
