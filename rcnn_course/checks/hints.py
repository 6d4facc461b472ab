"""Hints: `hint` says a step more of an exercise at each call."""

from collections.abc import Callable
from itertools import islice

from rcnn_course.checks import checking
from rcnn_course.checks.engine.exercise import Exercise
from rcnn_course.checks.steps import Examination, most_hints, steps_of
from rcnn_course.reports import Report, paragraphs

_given: dict[str, tuple[Report | None, int]] = {}
"""By exercise, the report that hints were given for, and how many."""


def hint(subject: str | Callable) -> None:
    """Print a hint for an exercise; each call gives one step more.

    First what differs, then the idea, then the line to look at, as far as the exercise's last
    `check` in this kernel has found them and the course allows. They begin anew when a check
    finds something else.

    Args:
        subject: the exercise's name, or the function or class itself.

    Raises:
        TypeError: If `subject` is neither.
        ValueError: If no exercise has this name.
    """
    exercise = checking.exercise_of(subject)
    print(paragraphs(*_hint(exercise)))


def _hint(exercise: Exercise) -> list[str]:
    """Return the paragraphs of the next hint, and count it as given."""
    name, most = exercise.name, most_hints()
    if checking.is_withheld():
        return [f"{name} gets no hints when this notebook is graded."]
    examination = checking.last_examinations.get(name)
    if examination is not None and examination.report.outcome == "correct":
        return [f"{name} passed its last check: nothing to hint at."]
    if most == 0:
        return [f"This course gives no hints; check({name}) says what differs."]
    number = _count(name, examination)
    steps = list(islice(steps_of(exercise, examination), _at_most(number + 1, most)))
    text = steps[:number][-1]
    first, *further = text.splitlines()
    return [
        "" if examination else f"check({name}) says what differs; it was not run in this kernel.",
        f"{name}, hint {min(number, len(steps))}. {first}",
        *further,
        _what_next(name, is_last=number >= len(steps), is_cut=len(steps) == most),
    ]


def _count(name: str, examination: Examination | None) -> int:
    """Return the number of this hint, from 1."""
    report = examination.report if examination else None
    former, number = _given.get(name, (report, 0))
    number = number + 1 if former == report else 1
    _given[name] = (report, number)
    return number


def _at_most(number: int, most: int | None) -> int:
    return number if most is None else min(number, most)


def _what_next(name: str, *, is_last: bool, is_cut: bool) -> str:
    if not is_last:
        return f'More help: hint("{name}")'
    return "This course gives no further hint for it." if is_cut else "There is no further hint."
