"""Checking from a distance: a student's work answers in one process, and is judged in another.

In grading, `answer` runs in the kernel of a submission, where neither a reference runs nor an
expected value is until all answers are judged, and `verdict` where no student's code has ever run.
What goes between them is plain data.
"""

import dataclasses
import functools
import random
from collections.abc import Iterable
from typing import Any, NamedTuple

from rcnn_course.checks.checking import exercise_called, require_function
from rcnn_course.checks.engine.exercise import VISIBLE_SEED, Exercise
from rcnn_course.checks.engine.explain import explain
from rcnn_course.checks.engine.judge import Attempts, judge
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.engine.run import Expected, expect, run_all_cases, ways_to_run
from rcnn_course.checks.engine.settings import default_settings
from rcnn_course.checks.engine.transport import answers_from_data, answers_to_data
from rcnn_course.reports import Report, general, paragraphs

FEW = 4
"""How many cases of a seed that nobody knows a student's work is asked to answer, too."""

UNREADABLE = (ValueError, TypeError, LookupError, RuntimeError, AttributeError, RecursionError)
"""What data from a kernel can raise; it may have sent anything."""


_MISSING = object()


class Question(NamedTuple):
    """What a student's work is asked.

    Attributes:
        exercise: its name.
        seed: of the cases.
        few: whether `FEW` of the cases are enough.
    """

    exercise: str
    seed: int = VISIBLE_SEED
    few: bool = False


class Verdict(NamedTuple):
    """What the answers to a question are worth.

    Attributes:
        report: what there is to say.
        right: the share of the cases that are answered rightly, from 0 to 1.
    """

    report: Report
    right: float


@default_settings()
def answer(question: Question, names: dict[str, Any]) -> list[dict[str, Any]]:
    """Have a student's work answer; return the answers of each of `ways_to_run` as data.

    Args:
        question: what it is asked.
        names: of the notebook.

    Raises:
        NameError: If the notebook has no such name.
        TypeError: If it is neither a function nor a class.
        ValueError: If no exercise has this name.
    """
    subject = dict.get(names, question.exercise, _MISSING)  # whatever a class of a student's does
    if subject is _MISSING:
        raise NameError(f"name {question.exercise!r} is not defined")
    require_function(subject)
    exercise = _exercise(question)
    return [
        answers_to_data(run_all_cases(exercise, subject, question.seed, lend=lend))
        for lend in ways_to_run(exercise)
    ]


@default_settings()
def verdict(question: Question, data: Any) -> Verdict:
    """Compare the answers that a kernel has sent with the reference, which runs here.

    Args:
        question: what was asked.
        data: what `answer` has returned there, or anything else.
    """
    exercise = _exercise(question)
    expected = _known.get(question) or expect(exercise, question.seed)
    try:
        ways = [answers_from_data(way) for way in data]
        attempts = judge(exercise, expected, ways)
    except UNREADABLE:
        return Verdict(_report_unreadable(exercise), right=0.0)
    report = explain(exercise, question.seed, expected, attempts)
    return Verdict(report, _share_right(attempts, len(expected)))


_known: dict[Question, list[Expected]] = {}
"""What `prepare` has found."""


@default_settings()
def prepare(questions: Iterable[Question]) -> None:
    """Run the reference for questions to come; `verdict` need not run it then, here and in forks.

    No process may do this in which a student's work will run.
    """
    for question in questions:
        _known[question] = expect(_exercise(question), question.seed)


def _exercise(question: Question) -> Exercise:
    """Return the exercise; where a few of its cases are enough, with them, and no mistakes."""
    exercise = exercise_called(question.exercise)
    if not question.few:
        return exercise

    @functools.wraps(exercise.own_cases)
    def some_cases(*_: Any) -> Any:
        known = list(exercise.own_cases(*random_tensors(question.seed)))
        chosen = random.Random(question.seed).sample(range(len(known)), min(FEW, len(known)))
        return (known[index] for index in sorted(chosen))

    return dataclasses.replace(exercise, own_cases=some_cases, odd=None, mistakes={})


def _share_right(attempts: Attempts, number: int) -> float:
    if attempts.stub or attempts.refused:
        return 0.0
    return sum(not attempt.problem for attempt in attempts.tried) / number


def _report_unreadable(exercise: Exercise) -> Report:
    message = paragraphs(
        f"{exercise.name} is incorrect: what it returned could not be read. Something in the "
        "notebook has changed what the check sends."
    )
    return Report(exercise.name, "incorrect", message, *general("unknown"))
