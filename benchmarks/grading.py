"""A class graded by `nbgrader autograde` and by `rcnn-course grade`, in one run.

Both commands get the same course and the same submissions of one notebook: right ones, written
differently, untouched, half finished, with typical mistakes. `rcnn-course grade` runs them in
sandboxes, two at once. All gradebooks must hold the same scores, cell by cell.

A machine that is busy for a moment distorts the shorter of the two times more. So `rcnn-course
grade` grades the class before and after nbgrader does, and the mean counts.
"""

import json
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

import nbformat
from nbgrader.apps.api import NbGraderAPI

from rcnn_course.authoring.course import CONFIG_FILE, load_config
from rcnn_course.grading.demo.classroom import build_classroom
from rcnn_course.grading.demo.hand_in import hand_in, load_answers, solution_cells
from rcnn_course.grading.demo.members import make_members

ROOT = Path(__file__).parents[1]
ASSIGNMENT = "00_start_here"
STUDENTS = 24
SLOW = {"endless_loop", "not_json"}
"""Members of the demo class who take no time, or as much as the time limit says."""

CELL_SECONDS = 600
"""What a cell may take: a busy machine must not take points from anybody."""

NBGRADER = [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT]
OURS = [sys.executable, "-m", "rcnn_course.cli", "grade", ASSIGNMENT, "--workers", "2"]

Scores = dict[str, dict[str, float | None]]


def make_course(course: Path) -> None:
    """Make a course whose students have handed in, in turn, what the demo's members do."""
    build_classroom(ROOT, [ASSIGNMENT], course)
    with (course / CONFIG_FILE).open("a", encoding="utf-8") as settings:
        settings.write(f"\nc.Execute.timeout = {CELL_SECONDS}\n")
    file = Path(ASSIGNMENT, f"{ASSIGNMENT}.ipynb")
    solution = solution_cells(nbformat.read(course / "solutions" / file, as_version=4))
    members = make_members(solution, load_answers(ROOT, ASSIGNMENT))
    members = [member for member in members if member.name not in SLOW]
    for number, member in enumerate(islice(cycle(members), STUDENTS)):
        place = course / "submitted" / f"{number:02}_{member.name}" / file
        hand_in(course / "course" / file, member.answers, place)


def grade(course: Path, command: list[str]) -> tuple[float, Scores]:
    """Run a command in the folder of a course; return its seconds and the scores of each cell.

    Raises:
        SystemExit: If the command fails.
    """
    started = time.perf_counter()
    run = subprocess.run(command, cwd=course, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if run.returncode:
        sys.exit(f"{' '.join(command)} failed: {(run.stderr or run.stdout).strip()[-1000:]}")
    with NbGraderAPI(config=load_config(course)).gradebook as book:
        scores = {
            submission.student.id: {
                grade.name: grade.auto_score
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in book.assignment_submissions(ASSIGNMENT)
        }
    return seconds, scores


def require_same(theirs: Scores, ours: Scores) -> None:
    """See that both have graded the whole class, and alike.

    Raises:
        SystemExit: If they differ; names the first difference.
    """
    if not len(theirs) == len(ours) == STUDENTS:
        sys.exit(f"{len(theirs)} and {len(ours)} students were graded, not {STUDENTS}")
    for student, grades in theirs.items():
        for cell, score in grades.items():
            if ours[student][cell] != score:
                sys.exit(f"{student}, {cell}: nbgrader {score}, rcnn-course {ours[student][cell]}")


def report(name: str, value: float, unit: str, **yardstick: float) -> None:
    print(json.dumps({"name": name, "value": round(value, 1), "unit": unit, **yardstick}))


def main() -> None:
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        for name, command in (("before", OURS), ("nbgrader", NBGRADER), ("after", OURS)):
            course = Path(folder, name)
            course.mkdir()
            make_course(course)
            runs.append(grade(course, command))
    (before, scores_before), (theirs, their_scores), (after, scores_after) = runs
    require_same(their_scores, scores_before)
    require_same(their_scores, scores_after)
    ours = (before + after) / 2
    report(f"nbgrader autograde, {STUDENTS} x {ASSIGNMENT}", theirs, "s")
    report(f"rcnn-course grade, {STUDENTS} x {ASSIGNMENT}", ours, "s")
    report("rcnn-course grade, two workers, sandboxed", theirs / ours, "x nbgrader", at_least=6)


if __name__ == "__main__":
    main()
