"""Locating: which line of a wrong answer one small change would make right."""

import copy
import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

from torch.utils import _pytree as pytree

from rcnn_course.checks.engine.apart import results_apart
from rcnn_course.checks.engine.edits import Edit
from rcnn_course.checks.engine.exercise import Case, Exercise
from rcnn_course.checks.engine.judge import Attempts, attempt
from rcnn_course.checks.engine.repairs import additions_of, exchanges_of
from rcnn_course.checks.engine.run import Result, guard_of, lent, run_case
from rcnn_course.checks.engine.source import Source, source_of

SECONDS = {exchanges_of: 1.5, additions_of: 1.0}
"""Processor time for the changes of an answer; one kind after another, until one helps."""
EACH = 0.5
"""Processor time for one change."""


class Location(NamedTuple):
    """Where a small change makes an answer right.

    Attributes:
        line: of the cell, from 1.
        kind: of the change, a key of `reports.CHANGES`.
    """

    line: int
    kind: str


def locate(
    exercise: Exercise, subject: Callable, expected: list[Result], attempts: Attempts
) -> Location | None:
    """Return where one small change would make an answer right, or None where none is found.

    Args:
        exercise: the exercise.
        subject: the student's function or class.
        expected: the reference's results, one for each case.
        attempts: what the subject gave for the cases.
    """
    source = source_of(subject)
    if source is None:
        return None
    trial = _Trial(exercise, source, expected, attempts)
    for edits, seconds in SECONDS.items():
        found = results_apart(
            functools.partial(edits, source.text), trial.place_if_right, each=EACH, total=seconds
        )
        if found:
            return one_of(found)
    return None


def one_of(found: Sequence[Location]) -> Location | None:
    """Return the likeliest of places, or None where they are in different lines."""
    return found[0] if len({place.line for place in found}) == 1 else None


class _Trial:
    """The cases of an exercise, those that the answer fails on first.

    Args:
        exercise: the exercise.
        source: of the answer.
        expected: the reference's results, one for each case.
        attempts: what the answer gave for the cases.
    """

    def __init__(
        self, exercise: Exercise, source: Source, expected: list[Result], attempts: Attempts
    ) -> None:
        self._exercise, self._source = exercise, source
        self._guard = guard_of(exercise)
        cases = [attempt.case for attempt in attempts.tried]
        order = sorted(
            range(len(cases)),
            key=lambda i: (not attempts.tried[i].problem, _size(cases[i])),
        )
        self._cases = [(cases[i], expected[i]) for i in order]

    def place_if_right(self, edit: Edit) -> Location | None:
        """Return the place of an edit that makes the answer right on all cases."""
        subject = self._source.define(edit.tree)
        if subject is None:
            return None
        self._guard.called.clear()
        with self._guard, lent(self._exercise, subject, self._guard):
            is_right = all(self._is_right(subject, case, wanted) for case, wanted in self._cases)
        return Location(edit.line, edit.kind) if is_right else None

    def _is_right(self, subject: Callable, case: Case, wanted: Result) -> bool:
        answer = run_case(self._exercise, subject, copy.deepcopy(case))
        is_right = not attempt(self._exercise, case, answer, wanted).problem
        return is_right and not self._guard.called


def _size(case: Case) -> int:
    return sum(getattr(leaf, "numel", lambda: 1)() for leaf in pytree.tree_leaves(case.args))
