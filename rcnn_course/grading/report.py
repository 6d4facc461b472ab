"""The table of a class: a row for each student, with points and what was wrong."""

import shutil
from collections.abc import Mapping

from rcnn_course.grading.results import ExerciseResult

NAME_WIDTH = 36


def header(assignment: str, results: Mapping[str, ExerciseResult]) -> str:
    """Return the head of the table: exercises get numbers, since their names are long.

    Args:
        assignment: name of the assignment.
        results: of any student, for the names and points of the exercises.
    """
    names = "   ".join(
        f"{number} {name} ({result.possible:g})"
        for number, (name, result) in enumerate(results.items(), start=1)
    )
    numbers = "".join(f"{number:5}" for number in range(1, len(results) + 1))
    return (
        f"\n{assignment}: {names}\n\n{'student':{NAME_WIDTH}}{numbers}    total  what was wrong\n"
        f"{'-' * _width()}"
    )


def row(student: str, results: Mapping[str, ExerciseResult] | None, failure: str = "") -> str:
    """Return the row of one student, as wide as the terminal.

    Args:
        student: name of the student.
        results: of each exercise, or None where grading failed.
        failure: why grading failed.
    """
    if results is None:
        return _cut(f"{student:{NAME_WIDTH}}  failed to run: {failure}")
    points = "".join(f"{result.points:5g}" for result in results.values())
    earned = sum(result.points for result in results.values())
    possible = sum(result.possible for result in results.values())
    said = next((result.said for result in results.values() if result.said), "")
    total = f"{earned:g}/{possible:g}"
    return _cut(f"{student:{NAME_WIDTH}}{points}{total:>9}  {said}".rstrip())


def _cut(line: str) -> str:
    return line if len(line) <= _width() else f"{line[: _width() - 1]}…"


def _width() -> int:
    return max(shutil.get_terminal_size((160, 24)).columns, 100)
