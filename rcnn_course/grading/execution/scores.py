"""What the cells of an executed notebook have earned, and the first thing that was wrong."""

from collections.abc import Sequence
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import determine_grade, is_grade, is_solution

from rcnn_course.grading.execution.watch import Why
from rcnn_course.grading.outcome import ExerciseResult
from rcnn_course.reports import ERRORS, general, reports_in

KINDS = {
    "CellTimeoutError": "too_slow",
    "StoppedByClock": "waits",
    **dict.fromkeys(("SyntaxError", "IndentationError", "TabError"), "no_python"),
}
"""The mistake that the name of an error stands for, by its key in `reports.GENERAL`."""

LONGEST_NAME = 80
"""Characters of the name of an error that counts as one; a kernel may have sent anything."""

OF_REPORT = ("outcome", "mistake", "title", "change", "line")
"""What a result takes over from the report of a check."""

PUBLIC_NAMES = {"_IncompleteInputError": "SyntaxError"}
"""What Python's documents call an exception; since 3.13 code that lacks its end raises this one."""


def results_of(notebook: NotebookNode) -> dict[str, ExerciseResult]:
    """Return the result of each exercise of an executed notebook, as nbgrader scores it.

    Scores that somebody gave by hand are not in it.

    Raises:
        ValueError: If a graded cell ends in a number above its points.
    """
    results = {}
    for name, (solution, checks) in cells_by_exercise(notebook).items():
        scores = [determine_grade(check) for check in checks]
        points = sum(points or 0 for points, _ in scores)
        possible = sum(possible for _, possible in scores)
        failed = next((cell for cell in (solution, *checks) if cell and explanation(cell)), None)
        said = " ".join(explanation(failed).split()) if failed else ""
        earned = _verdict(failed) if points < possible else {"outcome": "correct"}
        results[name] = ExerciseResult(points, possible, said=said, **earned)
    return results


def _verdict(failed: NotebookNode | None) -> dict[str, Any]:
    """Return what is wrong with an exercise that has lost points, as fields of its result.

    Args:
        failed: the first of its cells that shows an error, or None where none does.
    """
    error = _last_error(failed) if failed else None
    name = _name(error) if error else ""
    mistake, title = general("unknown")
    if failed and name in ERRORS.values():
        for report in reversed(reports_in(failed.outputs)):
            if report.outcome != "correct":
                return {name: getattr(report, name) for name in OF_REPORT}
    elif name in KINDS:
        mistake, title = general(KINDS[name])
    elif name.isidentifier() and len(name) <= LONGEST_NAME:
        mistake, title = general("cell_raises", name)
    return {"outcome": "incorrect", "mistake": mistake, "title": title}


def undecided(notebook: NotebookNode, stops: Sequence[Why | None]) -> dict[str, Why]:
    """Return the checks of an executed notebook that lost points by the clock alone.

    Those that it has stopped; after one of a student's cells, any that lost points: it may have
    needed what that cell could not finish.

    Args:
        notebook: the executed notebook.
        stops: for each of its cells, why it was interrupted, or None.

    Returns:
        Maps grade_ids to why.
    """
    found: dict[str, Why] = {}
    before: Why | None = None
    for cell, stop in zip(notebook.cells, stops, strict=True):
        why = before if stop in (None, "used") else stop
        if not is_grade(cell):
            before = why
        elif why and cell.cell_type == "code" and _lost_points(cell):
            found[cell.metadata.nbgrader.grade_id] = why
    return found


def _lost_points(cell: NotebookNode) -> bool:
    try:
        points, possible = determine_grade(cell)
    except ValueError:  # it ended in more than its points
        return True
    return points is not None and points < possible


def cells_by_exercise(
    notebook: NotebookNode,
) -> dict[str, tuple[NotebookNode | None, list[NotebookNode]]]:
    """Return the cells of each exercise: its solution, or None, and its checks.

    Checks belong to an exercise by their grade_id: `check_roi_align` and `check_roi_align_hidden`
    to `roi_align`. Questions that are graded by hand are left out.
    """
    solutions = {
        cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if is_solution(cell)
    }
    found: dict[str, tuple[NotebookNode | None, list[NotebookNode]]] = {}
    for cell in notebook.cells:
        if is_grade(cell) and not is_solution(cell):
            name = cell.metadata.nbgrader.grade_id.removeprefix("check_").removesuffix("_hidden")
            found.setdefault(name, (solutions.get(name), []))[1].append(cell)
    return found


def explanation(cell: NotebookNode) -> str:
    """Return what the last error of a cell says, or '' where it shows none."""
    error = _last_error(cell)
    if error is None:
        return ""
    name = _name(error)
    if name in ERRORS.values():
        return error.evalue
    if name == "CellTimeoutError":
        return "CellTimeoutError: it ran longer than a cell may"
    return f"{name}: {error.evalue}"


def _last_error(cell: NotebookNode) -> NotebookNode | None:
    errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
    return errors[-1] if errors else None


def _name(error: NotebookNode) -> str:
    return PUBLIC_NAMES.get(error.ename, error.ename)
