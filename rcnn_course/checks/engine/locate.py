"""Locating: which line of a wrong answer one small change would make right."""

import ast
import copy
import functools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import CodeType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from rcnn_course.checks.engine.apart import prolong, results_apart, seconds_of_copies
from rcnn_course.checks.engine.compare import equal
from rcnn_course.checks.engine.edits import Edit
from rcnn_course.checks.engine.executed import executed_lines
from rcnn_course.checks.engine.exercise import Case, Exercise
from rcnn_course.checks.engine.judge import Attempts, attempt
from rcnn_course.checks.engine.modules import without_a_second_look
from rcnn_course.checks.engine.numbers import numbers_of
from rcnn_course.checks.engine.repairs import BEFORE_SOLVING, REPAIRS, SHARING
from rcnn_course.checks.engine.repairs.found import Repair, found_in
from rcnn_course.checks.engine.repairs.scope import are_one_place
from rcnn_course.checks.engine.run import Expected, guard_of, lent, result_of, run_case
from rcnn_course.checks.engine.solver import Solver
from rcnn_course.checks.engine.source import CHANGED, EMPTY, Source, source_of
from rcnn_course.checks.engine.values import Values
from rcnn_course.checks.engine.wanted import Wanted

SECONDS = 2.3
"""Processor time for all changes of an answer."""
EACH = 0.4
"""Processor time for one change, at most."""
_SLOWER = 20
"""Times that a change may take what the answer takes; beyond, it is taken to be endless."""
LAST = 0.8
"""Processor time for the other cases, where a change makes the answer right on the first one."""
SHARE = 0.6
"""Of the time that is left, what some kinds of changes may take before the next has its turn."""
_MANY = 12
"""Different numbers in a result that tell enough of a case."""


class Location(NamedTuple):
    """Where a small change makes an answer right.

    Attributes:
        line: of the cell, from 1.
        kind: of the change, a key of `reports.CHANGES`.
        other: another line where a change does the same, as it reads what this one makes; 0 where
            there is none.
    """

    line: int
    kind: str
    other: int = 0


def locate(
    exercise: Exercise, subject: Callable, expected: list[Expected], attempts: Attempts
) -> Location | None:
    """Return where one small change would make an answer right, or None where none is found.

    None is looked for in an answer that hands the work over: it was not tried on all cases.

    Args:
        exercise: the exercise.
        subject: the student's function or class.
        expected: what the reference gives for each case.
        attempts: what the subject gave for the cases.
    """
    source = source_of(subject)
    if source is None or attempts.stub or attempts.refused:
        return None
    return one_of(places(exercise, source, expected, attempts), source.text)


def places(
    exercise: Exercise, source: Source, expected: list[Expected], attempts: Attempts
) -> list[Location]:
    """Return where changes of the likeliest kind make an answer right; see `locate`."""
    trial = _Trial(exercise, source, expected, attempts)
    before = seconds_of_copies()
    run = results_apart(lambda: iter([()]), trial.run, each=EACH, total=EACH)
    lines, seconds = run[0] if run else (None, EACH)
    each = min(EACH, _SLOWER * seconds + 0.05)
    found_in(source.text, lines)  # before copies of this process find it, each for itself
    for repairs in REPAIRS:
        left = SECONDS - (seconds_of_copies() - before)
        found = results_apart(
            functools.partial(repairs, source.text, lines),
            trial.place_if_right,
            each=each,
            total=SHARE * left if repairs in SHARING else left,
        )
        if not found and repairs is BEFORE_SOLVING:
            left = SECONDS - (seconds_of_copies() - before)
            found = _solutions(trial, lines, SHARE * left)
        if found:
            return found
    return []


def _solutions(trial: "_Trial", lines: frozenset[int] | None, total: float) -> list[Location]:
    """Return where a missing operand is told by the values that statements should have."""
    solver = trial.solver(lines)
    numbers = range(len(solver.statements))
    solved = results_apart(lambda: iter(numbers), trial.solution, each=2 * EACH, total=total)
    solver.wanted = {one.number: one.wanted for one in solved if one.wanted}
    lengths = [one.length for one in solved if one.place]
    return [one.place for one in solved if one.place and one.length == min(lengths)]


def one_of(found: Sequence[Location], source: str) -> Location | None:
    """Return the likeliest of places, or None where they are in lines that have no relation.

    Args:
        found: the places, the likeliest first.
        source: Python text that they are in.
    """
    lines = sorted({place.line for place in found})
    if len(lines) == 1:
        return found[0]
    if len(lines) != 2 or not are_one_place(source, *lines):
        return None
    return Location(lines[0], found[0].kind, lines[1])


class _Solution(NamedTuple):
    """What a statement should give, and where an operand is missing.

    Attributes:
        number: of the statement.
        wanted: the numbers that it should give, or None.
        length: of the operand, from 0.
        place: where it is missing, or None.
    """

    number: int
    wanted: Wanted | None
    length: int = 0
    place: Location | None = None


class _Trial:
    """The cases of an exercise, those that the answer fails on first.

    Args:
        exercise: the exercise.
        source: of the answer.
        expected: what the reference gives for each case.
        attempts: what the answer gave for the cases.
    """

    def __init__(
        self, exercise: Exercise, source: Source, expected: list[Expected], attempts: Attempts
    ) -> None:
        self._exercise, self._source = exercise, source
        self._guard = guard_of(exercise)
        order = sorted(
            range(len(expected)),
            key=lambda i: (not attempts.tried[i].problem, _size(expected[i].case)),
        )
        self._cases = [expected[i] for i in order]
        self._failing = sum(bool(attempt.problem) for attempt in attempts.tried)
        self._values = Values(self._gives)
        self._solver: Solver | None = None

    def run(self, _: object) -> tuple[frozenset[int], float]:
        """Return the lines that are executed in the first case, and the seconds that it takes."""
        tree = ast.parse(self._source.text)
        lines = executed_lines(tree, CHANGED, lambda: self._gives(tree))
        before = time.process_time()
        self._gives(tree)
        return frozenset(lines), time.process_time() - before

    def solver(self, lines: frozenset[int] | None) -> Solver:
        """Return what solves for the values that the answer should have in a telling case."""
        telling = max(range(self._failing), key=lambda i: _variety(self._cases[i].value))
        self._solver = Solver(
            found_in(self._source.text, lines),
            functools.partial(self._result, number=telling),
            self._cases[telling].value,
        )
        return self._solver

    def solution(self, number: int) -> "_Solution":
        """Return what should stand in a statement, and where an operand of it is missing."""
        assert self._solver
        statement = self._solver.statements[number]
        wanted = self._solver.wanted_in(statement)
        for length, repair in self._solver.repairs(statement):
            place = self.place_if_right(repair)
            if place is not None:
                return _Solution(number, wanted, length, place)
        return _Solution(number, wanted)

    def place_if_right(self, edit: Edit | Repair) -> Location | None:
        """Return the place of an edit that makes the answer right on all cases."""
        if isinstance(edit, Repair):
            is_excluded = self._solver is not None and self._solver.excludes(edit)
            if is_excluded or not self._values.helps(edit):
                return None
        elif not self._gives(edit.tree):
            return None
        prolong(LAST)
        subject: Any = self._source.define(edit.tree)
        is_right = all(self._is_right(subject, wanted) for wanted in self._cases)
        return Location(edit.line, edit.kind) if is_right else None

    def _gives(self, changed: ast.Module | CodeType, names: Mapping[str, Any] = EMPTY) -> bool:
        """Tell whether a changed answer gives the values of the first case, if it may do so.

        Nearly all changes end here. So nothing is guarded, nor said of what differs.
        """
        try:
            return self._is_close(self._result(changed, names), self._cases[0].value)
        except (Exception, SystemExit):
            return False

    def _result(
        self, changed: ast.Module | CodeType, names: Mapping[str, Any] = EMPTY, number: int = 0
    ) -> Any:
        """Return what a changed answer gives in a case, or the first; it may raise any error."""
        subject = self._source.define(changed, {**self._exercise.lends, **names})
        if subject is None:
            raise ValueError("the changed answer defines nothing")
        with without_a_second_look():
            result = result_of(self._exercise.use, subject, _copied(self._cases[number].case))
        return self._exercise.marked(result.value)

    def _is_close(self, found: Any, wanted: Any) -> bool:
        tolerance = {"rtol": self._exercise.rtol, "atol": self._exercise.atol}
        if type(found) is type(wanted) is Tensor:  # in nearly all cases, and sooner than in words
            if (found.shape, found.dtype) != (wanted.shape, wanted.dtype):
                return False
            if not torch.allclose(found, wanted, **tolerance, equal_nan=True):
                return False
        return equal(found, wanted, **tolerance)

    def _is_right(self, subject: Callable, wanted: Expected) -> bool:
        self._guard.called.clear()
        with self._guard, lent(self._exercise, subject, self._guard):
            answer = run_case(self._exercise, subject, copy.deepcopy(wanted.case))
        if self._guard.called:
            return False
        return not attempt(self._exercise, answer, wanted).problem


def _copied(case: Case) -> Case:
    """Return a case with arguments of its own: a deep copy, sooner where all are tensors."""
    leaves, form = pytree.tree_flatten((case.args, case.kwargs))
    if not all(map(_is_plain, leaves)):
        return copy.deepcopy(case)
    copies = [leaf.detach().clone() if isinstance(leaf, Tensor) else leaf for leaf in leaves]
    for leaf, of_its_own in zip(leaves, copies, strict=True):
        if isinstance(leaf, Tensor):
            of_its_own.requires_grad_(leaf.requires_grad)
    args, kwargs = pytree.tree_unflatten(copies, form)
    return replace(case, args=args, kwargs=kwargs)


def _is_plain(leaf: Any) -> bool:
    return (type(leaf) is Tensor and leaf.is_leaf) or isinstance(leaf, int | float | str | None)


def _variety(value: Any) -> int:
    """Return how many different numbers are in a value, up to a few."""
    return min(len(np.unique(numbers_of(value).round(3))), _MANY)


def _size(case: Case) -> int:
    return sum(getattr(leaf, "numel", lambda: 1)() for leaf in pytree.tree_leaves(case.args))
