"""Locating: which line of a wrong answer one small change would make right."""

import copy
from collections.abc import Callable, Iterator

from torch.utils import _pytree as pytree

from rcnn_course.checks.engine.edits import Edit
from rcnn_course.checks.engine.exercise import Case, Exercise
from rcnn_course.checks.engine.judge import Attempts, attempt
from rcnn_course.checks.engine.limit import which
from rcnn_course.checks.engine.repairs import repairs_of
from rcnn_course.checks.engine.run import Result, guard_of, lent, run_case
from rcnn_course.checks.engine.source import Source, source_of

SECONDS = 2.0
"""Processor time for all changes of an answer."""
EACH = 0.5
"""Processor time for one change."""


def locate(
    exercise: Exercise, subject: Callable, expected: list[Result], attempts: Attempts
) -> Edit | None:
    """Return the change that would make an answer right, or None where none is found.

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
    found = which(trial.edits(), trial.passes, each=EACH, total=SECONDS)
    return one_of(found)


def one_of(edits: list[Edit]) -> Edit | None:
    lines = {edit.line for edit in edits}
    return edits[0] if len(lines) == 1 else None


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

    def edits(self) -> Iterator[Edit]:
        return repairs_of(self._source.text)

    def passes(self, edit: Edit) -> bool:
        """Tell whether the answer is right on all cases once it is edited."""
        subject = self._source.define(edit.tree)
        if subject is None:
            return False
        self._guard.called.clear()
        with lent(self._exercise, subject, self._guard):
            return all(self._is_right(subject, case, wanted) for case, wanted in self._cases)

    def _is_right(self, subject: Callable, case: Case, wanted: Result) -> bool:
        answer = run_case(self._exercise, subject, copy.deepcopy(case), self._guard)
        is_right = not attempt(self._exercise, case, answer, wanted).problem
        return is_right and not self._guard.called


def _size(case: Case) -> int:
    return sum(getattr(leaf, "numel", lambda: 1)() for leaf in pytree.tree_leaves(case.args))
