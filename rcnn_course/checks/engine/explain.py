"""Explaining: from what came out of an exercise's cases to a few lines for the student."""

import copy
from collections.abc import Callable
from typing import Any

from torch import Tensor
from torch.utils import _pytree as pytree

from rcnn_course.checks.engine.compare import Mismatch, equal
from rcnn_course.checks.engine.exercise import VISIBLE_SEED, Case, Exercise, Mistake
from rcnn_course.checks.engine.judge import Attempt, Attempts
from rcnn_course.checks.engine.locate import Location
from rcnn_course.checks.engine.run import Expected
from rcnn_course.reports import Report, general, paragraphs


def explain(
    exercise: Exercise,
    seed: int,
    expected: list[Expected],
    attempts: Attempts,
    locate: Callable[[], Location | None] = lambda: None,
) -> Report:
    """Turn attempts into the report of an exercise.

    Args:
        exercise: the exercise.
        seed: of the cases.
        expected: what the reference gives for each case.
        attempts: the student's results.
        locate: returns where one small change would make the answer right, or None; asked only
            where no typical mistake explains it.
    """
    if attempts.refused:
        return _report_refused(exercise, attempts)
    if attempts.stub:
        return _report_stub(exercise, attempts)
    if attempts.passed:
        return _report_correct(exercise, seed, attempts)
    return _report_incorrect(exercise, expected, attempts, locate)


def _report_refused(exercise: Exercise, attempts: Attempts) -> Report:
    message = paragraphs(
        f"{exercise.name} is incorrect: this exercise asks you to build it.",
        f"Your code called {attempts.refused[0]}, which gives the answer away. Build it from "
        "indexing, arithmetic and your earlier exercises.",
    )
    return Report(exercise.name, "incorrect", message, *general("delegated"))


def _report_stub(exercise: Exercise, attempts: Attempts) -> Report:
    returned_nothing = attempts.tried[0].result is not None
    message = paragraphs(
        f"{exercise.name} is not attempted yet: write it in the cell above.",
        "It returned nothing. If you wrote it, is a return missing?" if returned_nothing else "",
    )
    return Report(exercise.name, "not attempted", message)


def _report_correct(exercise: Exercise, seed: int, attempts: Attempts) -> Report:
    which = "visible" if seed == VISIBLE_SEED else "further"
    difference = max(attempt.difference for attempt in attempts.tried)
    message = paragraphs(
        f"{exercise.name}: {which} checks passed. {len(attempts.tried)} cases equal "
        f"{exercise.source} (largest difference {difference:.1g}).",
        *_said(attempts),
    )
    return Report(exercise.name, "correct", message)


def _report_incorrect(
    exercise: Exercise,
    expected: list[Expected],
    attempts: Attempts,
    locate: Callable[[], Location | None],
) -> Report:
    number, failure = next((i, a) for i, a in enumerate(attempts.tried, 1) if a.problem)
    key = _diagnose(exercise, expected, attempts, failure)
    mistake = exercise.mistakes.get(key)
    hint = mistake.hint if mistake else hint_of_case(failure, attempts)
    message = paragraphs(
        f"{exercise.name} is incorrect: {mistake.name}."
        if mistake
        else f"{exercise.name} is incorrect.",
        f"Case {number} of {len(expected)}, {failure.case.what}:",
        *[f"  {line}" for line in failure.problem.splitlines()],
        f"Think about it: {hint}" if hint else "",
        *_said(attempts),
    )
    named = (key, mistake.name) if mistake else _general(failure)
    at = failure.mismatch or Mismatch("")
    report = Report(
        exercise.name,
        "incorrect",
        message,
        *named,
        case=failure.case.what,
        place=at.place,
        found=at.found,
        expected=at.expected,
    )
    place = None if mistake else locate()
    return report.located(place.kind, place.line, place.other) if place else report


def hint_of_case(failure: Attempt, attempts: Attempts) -> str:
    """Return the hint whose subject is that of the failing cases, or ''.

    Of the hints that the first failing case has to do with, it is the one whose cases fail, all of
    them and no others; odd cases, which may be too simple, need not. Where there is none, it is
    the case's own, unless cases fail that are not about its subject. An error that all cases raise
    says more than any hint.
    """
    case = failure.case
    if all(one.raised or one.case.is_odd for one in attempts.tried):
        return ""
    failing = [one.case for one in attempts.tried if one.problem]
    right = [one.case for one in attempts.tried if not one.problem and not one.case.is_odd]
    for hint in filter(None, (case.hint, *case.also)):
        is_of_all = all(one.is_about(hint) for one in failing)
        if is_of_all and not any(one.is_about(hint) for one in right):
            return hint
    return case.hint if all(one.is_about(case.hint) for one in failing) else ""


def _general(failure: Attempt) -> tuple[str, str]:
    """Return key and title of a failure that no typical mistake explains."""
    return general("raises", failure.raised) if failure.raised else general("unknown")


def _said(attempts: Attempts) -> list[str]:
    return [f"Your code also said: {line}" for line in attempts.said.splitlines()[:2]]


def _diagnose(
    exercise: Exercise, expected: list[Expected], attempts: Attempts, failure: Attempt
) -> str:
    """Return the key of the first typical mistake that gives the student's values, or ''.

    It must explain the first failing case and contradict no other, right or wrong; a case for
    which it says nothing, for which the student's work raised an error, or whose values have
    another dtype as well, does not count.
    """
    if failure.result is None:
        return ""
    first = attempts.tried.index(failure)
    for key, mistake in exercise.mistakes.items():
        if not _fits(exercise, mistake, failure, expected[first]):
            continue
        each = zip(attempts.tried, expected, strict=True)
        if all(_fits(exercise, mistake, *one) is not False for one in each):
            return key
    return ""


def _fits(
    exercise: Exercise, mistake: Mistake, attempt: Attempt, expected: Expected
) -> bool | None:
    """Tell whether a mistake gives what the student's work gave; None where it says nothing."""
    if attempt.result is None:
        return None
    predicted = _predict(exercise, mistake, copy.deepcopy(expected.case))
    if predicted is None:
        return None
    tolerance = {"rtol": exercise.rtol, "atol": exercise.atol}
    if not equal(attempt.result.value, predicted, **tolerance):
        values = _as_float64(attempt.result.value), _as_float64(predicted)
        return None if equal(*values, **tolerance) else False
    return not equal(predicted, expected.value, **tolerance) or None


def _as_float64(value: Any) -> Any:
    """Return a result with all its floating tensors in one dtype."""
    return pytree.tree_map_only(
        Tensor, lambda tensor: tensor.double() if tensor.is_floating_point() else tensor, value
    )


def _predict(exercise: Exercise, mistake: Mistake, case: Case) -> Any:
    try:
        return exercise.marked(mistake.wrong(exercise.call(case)))
    except (RuntimeError, ValueError, IndexError):
        return None
