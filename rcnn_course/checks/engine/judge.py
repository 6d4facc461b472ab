"""Judging: what the student's work gave, held against what the reference gives."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rcnn_course.checks.engine.compare import Mismatch, compare
from rcnn_course.checks.engine.exercise import Case, Exercise
from rcnn_course.checks.engine.kept import Mark
from rcnn_course.checks.engine.run import Answer, Answers, Expected, Result


@dataclass(frozen=True)
class Attempt:
    """One case tried with the student's work.

    Attributes:
        case: the case.
        result: what came back, or None where nothing can be compared.
        problem: what is wrong, in a sentence, or '' where the result is right.
        mismatch: where and how the result differs, or None.
        raised: name of the exception that was raised, or ''.
        difference: the largest difference to the expected numbers of a right result.
    """

    case: Case
    result: Result | None = None
    problem: str = ""
    mismatch: Mismatch | None = None
    raised: str = ""
    difference: float = 0.0


@dataclass(frozen=True)
class Attempts:
    """The cases of an exercise, tried in order with the student's work.

    Attributes:
        tried: one attempt for each case; fewer where the work is a stub or handed over.
        stub: whether the work is not attempted.
        refused: names of what the work called and the exercise refuses.
        said: warnings and other text for standard error.
    """

    tried: list[Attempt]
    stub: bool
    refused: list[str]
    said: str

    @property
    def passed(self) -> bool:
        """Whether the work is right on every case."""
        return not (self.stub or self.refused or any(attempt.problem for attempt in self.tried))


def judge(exercise: Exercise, expected: list[Expected], ways: Iterable[Answers]) -> Attempts:
    """Compare what the student's work gave with what the reference gives.

    Args:
        exercise: the exercise.
        expected: what the reference gives for each case.
        ways: what the work gave for each of `ways_to_run`; one is taken after another until one
            is right.

    Returns:
        The attempts of the way that is right; where none is, of the first.
    """
    first = None
    for answers in ways:
        attempts = _judge(exercise, expected, answers)
        if attempts.passed:
            return attempts
        first = first or attempts
    if first is None:
        raise ValueError("there is no answer to judge")
    return first


def _judge(exercise: Exercise, expected: list[Expected], answers: Answers) -> Attempts:
    is_cut_short = bool(answers.refused) or answers.stub
    pairs = zip(answers.given, expected, strict=not is_cut_short)
    tried = [attempt(exercise, answer, wanted) for answer, wanted in pairs]
    return Attempts(tried, answers.stub, answers.refused, answers.said)


def attempt(exercise: Exercise, answer: Answer, expected: Expected) -> Attempt:
    """Compare what the student's work gave for one case with what the reference gives."""
    case = expected.case
    if answer.result is None:
        return Attempt(case, problem=answer.problem, raised=answer.raised)
    result = answer.result
    try:
        result = replace(result, value=exercise.marked(result.value))
        difference = _compare_results(exercise, result, expected)
        _require_unchanged_arguments(answer.arguments, expected.arguments)
    except Mismatch as mismatch:
        return Attempt(case, result, str(mismatch), mismatch)
    return Attempt(case, result, difference=difference)


def _compare_results(exercise: Exercise, found: Result, expected: Result) -> float:
    tolerance = {"rtol": exercise.rtol, "atol": exercise.atol}
    difference = compare(found.value, expected.value, where="The result", **tolerance)
    for gradient, wanted in zip(found.gradients, expected.gradients, strict=True):
        if wanted is None:
            continue
        if gradient is None:
            raise Mismatch(
                "The values are right, but no gradient flows back to the input, so nothing in "
                "front could be trained. .item(), .detach(), .numpy(), torch.no_grad() and "
                "torch.tensor(...) cut the connection."
            )
        where = "The values are right, but the gradient"
        difference = max(difference, compare(gradient, wanted, where=where, **tolerance))
    return difference


def _require_unchanged_arguments(after: tuple[Mark, ...], before: tuple[Mark, ...]) -> None:
    if len(after) != len(before):
        raise Mismatch(
            "The result is right, but your code added entries to a list or dictionary that it was "
            "given, or took some away. The caller still needs it: work on a copy."
        )
    for now, original in zip(after, before, strict=True):
        if now != original:
            raise Mismatch(
                "The result is right, but your code changed an argument in place (a tensor of "
                f"shape {list(original[0])}). The caller still needs it: work on a copy."
            )
