"""Steps: what there is to say of the last check of an exercise, a little more each time."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from rcnn_course.checks.engine.exercise import Exercise
from rcnn_course.checks.engine.explain import hint_of_case
from rcnn_course.checks.engine.judge import Attempt, Attempts
from rcnn_course.checks.engine.locate import Location
from rcnn_course.checks.engine.run import Expected
from rcnn_course.reports import CHANGES, Report, place_of

LINE = 3
"""The number of the step that names a line; symptom and idea come before."""

_most: int | None = None


def allow_hints(most: int) -> None:
    """Allow so many hints for a mistake: what differs, the idea, a line; 0 for none.

    The course's instructor sets it (`c.HintSteps.most`); without, every hint there is may be had.

    Raises:
        ValueError: If `most` is negative.
    """
    global _most
    if most < 0:
        raise ValueError(f"most must be 0 or more, got {most}")
    _most = most


def most_hints() -> int | None:
    """Return how many hints are allowed for a mistake; None for all."""
    return _most


def may_name_lines() -> bool:
    """Tell whether a line of the student's code may be named."""
    return _most is None or _most >= LINE


@dataclass(frozen=True)
class Examination:
    """What an exercise was tried with, and what came out.

    Attributes:
        exercise: the exercise.
        report: what the check says.
        attempts: the student's results; None where nothing was tried.
        expected: what the reference gives for each case.
        locate: returns where one small change would make the answer right; it takes seconds at
            the first call.
    """

    exercise: Exercise
    report: Report
    attempts: Attempts | None = None
    expected: tuple[Expected, ...] = ()
    locate: Callable[[], Location | None] = lambda: None

    @cached_property
    def failure(self) -> tuple[int, Attempt] | None:
        """The number, from 0, and the attempt of the first case that the answer has wrong."""
        if self.attempts is None or self.attempts.stub or self.attempts.refused:
            return None
        return next(((i, a) for i, a in enumerate(self.attempts.tried) if a.problem), None)

    @property
    def idea(self) -> str:
        """What to think of, in the words of a typical mistake or of the case that failed, or ''."""
        mistake = self.exercise.mistakes.get(self.report.mistake)
        if mistake:
            return mistake.hint
        if self.failure is None or self.attempts is None:
            return ""
        return hint_of_case(self.failure[1], self.attempts)

    @property
    def has_more(self) -> bool:
        """Whether there are steps in words beyond what the check's own message says."""
        said = 0
        if self.failure is not None:
            said = 2 if self.idea else 1
            is_named = self.report.mistake in self.exercise.mistakes
            if not is_named and may_name_lines() and self.locate():
                return False
        return bool(self.exercise.steps) and (_most is None or _most > said)


def steps_of(exercise: Exercise, examination: Examination | None) -> Iterator[str]:
    """Yield symptom, idea and line; where no line is found, the written steps and what to read.

    Args:
        exercise: the exercise.
        examination: its last check in this kernel, or None.
    """
    if examination is not None and examination.report.outcome == "incorrect":
        yield _symptom(examination)
        if examination.idea:
            yield f"Think about it: {examination.idea}"
        location = examination.locate()
        if location is not None:
            if not examination.idea:
                idea = CHANGES[location.kind]
                yield f"One small change would make it right. Think about {idea}."
            place = place_of(location.kind, location.line, location.other)
            yield f"One small change would make it right: look at {place}."
            return
    yield from exercise.steps
    yield _reading(exercise)


def _symptom(examination: Examination) -> str:
    if examination.failure is None:
        return examination.report.message
    number, failure = examination.failure
    case = f"Case {number + 1} of {len(examination.expected)}, {failure.case.what}:"
    return "\n".join([case, *(f"  {line}" for line in failure.problem.splitlines())])


def _reading(exercise: Exercise) -> str:
    text = (
        f"Read the docstring of {exercise.name} again: what each argument holds, its shape, and "
        "what is returned."
    )
    is_public = re.fullmatch(r"torch(\.\w+|vision\.\w+)+", exercise.source)
    return f"{text} Then read help({exercise.source})." if is_public else text
