"""Checking: `check` finds the exercise by the function's name, runs its cases and explains.

The order matters. All expected results are computed before the student's code is called for the
first time, from references that were taken when the library was imported, so nothing that the
student's code does can change them.
"""

import functools
import sys
from collections.abc import Callable
from dataclasses import replace

import torch

from rcnn_course.checks import pictures
from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.checks.engine.compare import equal
from rcnn_course.checks.engine.exercise import VISIBLE_SEED, Exercise
from rcnn_course.checks.engine.explain import explain
from rcnn_course.checks.engine.judge import judge
from rcnn_course.checks.engine.locate import Location, locate
from rcnn_course.checks.engine.report import announce
from rcnn_course.checks.engine.run import expect, run_all_cases, run_reference, ways_to_run
from rcnn_course.checks.engine.settings import default_settings
from rcnn_course.checks.engine.stubs import name_of
from rcnn_course.checks.steps import Examination, may_name_lines
from rcnn_course.reports import Report, general, paragraphs

last_examinations: dict[str, Examination] = {}
"""What the last check of each exercise has found in this kernel; `hint` reads it."""


def check(subject: Callable, *, seed: int = VISIBLE_SEED) -> None:
    """Check a student's function or class; the exercise is found by its name.

    Shows one line where the work is correct. In a notebook, the report is published as data, too.

    Args:
        subject: the function or class itself, not its result.
        seed: of the cases; the hidden checks of an assignment use other seeds than students see.

    Raises:
        NotAttempted: If the exercise is still the untouched stub.
        CheckFailed: If the work is incorrect; the text explains what differs and, where a
            typical mistake fits, names it.
        TypeError: If `subject` is not a function or class.
        ValueError: If no exercise has this name.
    """
    exercise = _find_exercise(subject)
    name = exercise.name
    if is_withheld():
        print(_when_withheld(exercise))
        return
    examination = _examine(subject, seed, locating=may_name_lines())
    if seed == VISIBLE_SEED:
        last_examinations[name] = examination
    report = examination.report
    if report.outcome != "correct" and examination.has_more:
        report = replace(report, message=f'{report.message}\nMore help: hint("{name}")')
    pictures.show_below(examination)
    announce(report, may_be_left=exercise.is_stretch)


def _when_withheld(exercise: Exercise) -> str:
    if exercise.is_stretch:
        return f"{exercise.name} is a stretch goal: grading does not check it."
    return f"{exercise.name} is checked when this notebook is graded."


def examine(subject: Callable, *, seed: int = VISIBLE_SEED, locating: bool = True) -> Report:
    """Do what `check` does, but return the report instead of showing or raising it.

    Args:
        subject: the function or class itself, not its result.
        seed: of the cases.
        locating: whether to look for the line of a small change, which takes seconds.

    Raises:
        TypeError: If `subject` is not a function or class.
        ValueError: If no exercise has this name.
    """
    return _examine(subject, seed, locating=locating).report


@default_settings()
def _examine(subject: Callable, seed: int, *, locating: bool) -> Examination:
    exercise = _find_exercise(subject)
    if _is_library_changed(exercise):
        return Examination(exercise, _report_changed_library(exercise))
    expected = expect(exercise, seed)
    ways = (run_all_cases(exercise, subject, seed, lend=lend) for lend in ways_to_run(exercise))
    attempts = judge(exercise, expected, ways)

    @functools.cache
    @default_settings()
    def find() -> Location | None:
        return locate(exercise, subject, expected, attempts)

    def place() -> Location | None:
        return find() if locating else None

    report = explain(exercise, seed, expected, attempts, place)
    return Examination(exercise, report, attempts, tuple(expected), find)


def _name_of(subject: Callable) -> str:
    """Return the exercise's name that a function has, or under which the notebook knows it.

    Many decorators leave a function the name of their wrapper; `lambda`, `partial` and objects
    that are called have none of their own.

    Raises:
        ValueError: If neither gives one name of an exercise.
    """
    own, notebook = name_of(subject), vars(sys.modules["__main__"])
    known = [name for name in EXERCISES if notebook.get(name) is subject]
    if own in EXERCISES and (own in known or not known):
        return own
    if len(known) == 1:
        return known[0]
    if known:
        raise ValueError(
            f"what check was given is called {' and '.join(known)} at once, so that nobody can "
            f"tell which exercise it answers. Write a function of its own for each."
        )
    raise ValueError(
        f"no exercise is called {own!r}. Give your answer the name of its exercise, as in "
        f"`roi_align = ...`, and write check(roi_align). There are: {', '.join(EXERCISES)}."
    )


def require_function(subject: object) -> None:
    """Raise TypeError where a check is given something else than a function or class."""
    if not callable(subject):
        raise TypeError(
            f"check needs your function itself, but got a value of type {type(subject).__name__}. "
            "Write check(roi_align), without calling the function."
        )


def _find_exercise(subject: Callable) -> Exercise:
    require_function(subject)
    return exercise_called(_name_of(subject))


def exercise_of(subject: str | Callable) -> Exercise:
    """Return an exercise by its name, or by the student's function or class.

    Raises:
        TypeError: If `subject` is none of these.
        ValueError: If there is no such exercise.
    """
    return exercise_called(subject) if isinstance(subject, str) else _find_exercise(subject)


def exercise_called(name: str) -> Exercise:
    """Return an exercise by its name.

    Raises:
        ValueError: If there is none.
    """
    if name not in EXERCISES:
        raise ValueError(f"no exercise is called {name!r}. There are: {', '.join(EXERCISES)}.")
    return EXERCISES[name]


with default_settings():
    _FIRST_ANSWERS = {
        name: run_reference(exercise, next(exercise.cases(VISIBLE_SEED))).value
        for name, exercise in EXERCISES.items()
    }


def withhold() -> None:
    """Forget what was computed, and have `check` compare nothing from now on.

    In grading, what is expected stays out of the kernels of submissions; see `remote`.
    """
    _FIRST_ANSWERS.clear()


def is_withheld() -> bool:
    """Tell whether checks compare nothing in this kernel."""
    return not _FIRST_ANSWERS


def _is_library_changed(exercise: Exercise) -> bool:
    """Tell whether the reference or the comparison no longer do what they did at import."""
    if exercise.name not in _FIRST_ANSWERS:
        return False
    answer = run_reference(exercise, next(exercise.cases(VISIBLE_SEED))).value
    rounding = {"rtol": exercise.rtol, "atol": exercise.atol}
    same_answer = equal(answer, _FIRST_ANSWERS[exercise.name], **rounding)
    return not same_answer or equal(torch.zeros(1), torch.ones(1))


def _report_changed_library(exercise: Exercise) -> Report:
    message = paragraphs(
        "torch or torchvision has been changed in this kernel, so nothing can be "
        "checked. Remove the change, restart the kernel and run the cells again."
    )
    return Report(exercise.name, "incorrect", message, *general("changed_library"))
