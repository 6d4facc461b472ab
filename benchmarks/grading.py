"""Classes graded by `nbgrader autograde` and by `rcnn-course grade`, notebook by notebook.

Both commands get the same course and the same submissions of a notebook: right ones, written
differently, untouched, half finished, with typical mistakes. `rcnn-course grade` runs them in
sandboxes, two at once, and what points depend on alone. The gradebooks must hold the same scores,
cell by cell.

`rcnn-course grade` is timed with the whole class. nbgrader takes the same for each submission, so
that a few of them tell: its command is timed with them, and once more with nothing left to do. That
is taken off before the rest is scaled up to the class, and added again once. With `--all`, as in
`make bench ARGS="grading --all"`, it grades the whole class.

Other work on the machine distorts both times. So they alternate: nbgrader grades half of its
submissions before `rcnn-course grade` grades the class, and half of them after.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import nbformat
from nbgrader.apps.api import NbGraderAPI

from rcnn_course.authoring.course import CONFIG_FILE, assignments, load_config
from rcnn_course.grading.demo.classroom import build_classroom
from rcnn_course.grading.demo.hand_in import hand_in, load_answers, solution_cells
from rcnn_course.grading.demo.members import make_members

ROOT = Path(__file__).parents[1]
STUDENTS = 24
SAMPLE = 2
"""Submissions that nbgrader grades where it does not grade all."""

SLOW = {"endless_loop", "not_json"}
"""Members of the demo class who take no time, or as much as the time limit says."""

CELL_SECONDS = 600
"""What a cell may take: a busy machine must not take points from anybody."""

Scores = dict[str, dict[str, float | None]]


def nbgrader(name: str) -> list[str]:
    """Return the command of nbgrader that grades an assignment."""
    return [sys.executable, "-m", "nbgrader", "autograde", name]


def ours(name: str, workers: int = 2) -> list[str]:
    """Return the course's command that grades an assignment."""
    command = [sys.executable, "-m", "rcnn_course.cli", "grade", name]
    return [*command, "--workers", str(workers)]


def make_course(course: Path, name: str, students: Iterable[int]) -> Path:
    """Make a course whose students have handed in, in turn, what the demo's members do."""
    course.mkdir()
    build_classroom(ROOT, [name], course)
    with (course / CONFIG_FILE).open("a", encoding="utf-8") as settings:
        settings.write(f"\nc.Execute.timeout = {CELL_SECONDS}\n")
    file = Path(name, f"{name}.ipynb")
    solution = solution_cells(nbformat.read(course / "solutions" / file, as_version=4))
    members = make_members(solution, load_answers(ROOT, name))
    members = [member for member in members if member.name not in SLOW]
    for number in students:
        member = members[number % len(members)]
        place = course / "submitted" / f"{number:03}_{member.name}" / file
        hand_in(course / "course" / file, member.answers, place)
    return course


def timed(course: Path, command: Sequence[str]) -> float:
    """Run a command in the folder of a course; return its seconds.

    Raises:
        SystemExit: If the command fails.
    """
    started = time.perf_counter()
    run = subprocess.run(command, cwd=course, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if run.returncode:
        sys.exit(f"{' '.join(command)} failed: {(run.stderr or run.stdout).strip()[-1000:]}")
    return seconds


def scores(course: Path, name: str) -> Scores:
    """Return the scores of each cell, by student."""
    with NbGraderAPI(config=load_config(course)).gradebook as book:
        return {
            submission.student.id: {
                grade.name: grade.auto_score
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in book.assignment_submissions(name)
        }


def require_same(theirs: Scores, ours: Scores, students: int) -> None:
    """See that all that nbgrader has graded, both have graded alike.

    Raises:
        SystemExit: If they differ; names the first difference.
    """
    if len(theirs) != students or len(ours) != STUDENTS:
        sys.exit(f"{len(theirs)} and {len(ours)} were graded, not {students} and {STUDENTS}")
    for student, grades in theirs.items():
        for cell, score in grades.items():
            if ours[student][cell] != score:
                sys.exit(f"{student}, {cell}: nbgrader {score}, rcnn-course {ours[student][cell]}")


def compare(folder: Path, name: str, sample: int) -> tuple[float, float]:
    """Grade the class of a notebook in both ways.

    Returns:
        Seconds of nbgrader for the whole class, and those of `rcnn-course grade`.
    """
    chosen = range(0, STUDENTS, STUDENTS // sample)
    before = make_course(folder / "before", name, chosen[: sample // 2])
    course = make_course(folder / "class", name, range(STUDENTS))
    after = make_course(folder / "after", name, chosen[sample // 2 :])
    first = timed(before, nbgrader(name))
    seconds = timed(course, ours(name))
    second = timed(after, nbgrader(name))
    start = timed(after, nbgrader(name))
    require_same(scores(before, name) | scores(after, name), scores(course, name), sample)
    return start + (first + second - 2 * start) * STUDENTS / sample, seconds


def report(row: dict) -> None:
    """Print a row as soon as it is there."""
    print(json.dumps({**row, "value": round(row["value"], 1)}), flush=True)


def main(arguments: list[str]) -> None:
    """Measure, and print a row for each notebook, their mean and the worst."""
    parser = argparse.ArgumentParser()
    parser.add_argument("notebooks", nargs="*", help="some of them; all by default")
    parser.add_argument("--all", action="store_true", help="without a sample")
    args = parser.parse_args(arguments)
    sample = STUDENTS if args.all else SAMPLE
    ratios = []
    for name in args.notebooks or assignments(ROOT):
        with tempfile.TemporaryDirectory() as folder:
            theirs, seconds = compare(Path(folder), name, sample)
        ratios.append(theirs / seconds)
        row = f"{STUDENTS} x {name}"
        report({"name": f"nbgrader autograde, {row}", "value": theirs, "unit": "s"})
        report({"name": f"rcnn-course grade, {row}", "value": seconds, "unit": "s"})
        report({"name": f"{row}, beside nbgrader", "value": ratios[-1], "unit": "x nbgrader"})
    mean = math.prod(ratios) ** (1 / len(ratios))
    row = "rcnn-course grade, two workers, sandboxed"
    report({"name": f"{row}, mean", "value": mean, "unit": "x nbgrader", "at_least": 10})
    report({"name": f"{row}, worst", "value": min(ratios), "unit": "x nbgrader", "at_least": 6})


if __name__ == "__main__":
    main(sys.argv[1:])
