"""Examination: read a submission's code, and hold its answers against those of the reference.

It runs in a fork of the fork server, which has torch and the checks in its memory: what a student
wrote must not delay, or end, the process that grades.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from rcnn_course.checks.remote import Question, verdict
from rcnn_course.grading.integrity.code_scan import Cell, scan


def examine(cells: Sequence[Cell], rounds: Sequence[tuple[Sequence[Any], Any]]) -> dict[str, Any]:
    """Examine an executed submission; see `settlement.settle`.

    Args:
        cells: its code, for `scan`.
        rounds: for each check, what was asked, and what the kernel has answered, which may be
            anything.

    Returns:
        `scanned`, what was found in the code in sentences, and `verdicts`, for each check the
        fields of `suspicions.Ruling`, the report as data and its message; nothing of a check that
        was not answered.
    """
    return {
        "scanned": list(_scanned(cells)),
        "verdicts": [list(_rulings(questions, answers)) for questions, answers in rounds],
    }


def _scanned(cells: Sequence[Cell]) -> Iterator[str]:
    try:
        yield from scan(cells)
    except Exception as error:  # code may be anything
        yield f"It could not be examined ({type(error).__name__}: {error}"[:200] + ")."


def _rulings(questions: Sequence[Any], answers: Any) -> Iterator[tuple]:
    if not isinstance(answers, list) or len(answers) != len(questions):
        return
    for fields, answered in zip(questions, answers, strict=True):
        error = answered.get("error") if isinstance(answered, dict) else None
        if error:
            yield fields, None, "", 0.0, [str(part) for part in error][:2]
            continue
        report, right = verdict(Question(*fields), answered)
        yield fields, report.to_data(), report.message, right, ("", "")
