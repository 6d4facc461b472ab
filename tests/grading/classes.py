"""Classes for the tests of grading: who hands in what, and what the gradebook says of them."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from nbgrader.apps.api import NbGraderAPI

from rcnn_course.authoring.course import load_config
from rcnn_course.grading.demo.hand_in import hand_in, solution_cells

WRONG = "def add(a, b):\n    return a - b"
NEVER = "def add(a, b):\n    import time\n    time.sleep(10**6)"

GRADE = [sys.executable, "-m", "rcnn_course.cli", "grade", "toy"]
"""The command, to be run in the course's root."""


def hand_in_for(course: Path, student: str, answers: Mapping[str, str] | None = None) -> Path:
    """Hand in the toy notebook; answers replace those of the solution. Return the file."""
    source = nbformat.read(course / "solutions/toy/toy.ipynb", as_version=4)
    file = course / "submitted" / student / "toy" / "toy.ipynb"
    hand_in(course / "course/toy/toy.ipynb", solution_cells(source) | (answers or {}), file)
    return file


def in_gradebook(course: Path) -> dict[str, dict[str, object]]:
    """Return what nbgrader's gradebook holds of each student's toy notebook."""
    with NbGraderAPI(config=load_config(course)).gradebook as book:
        return {
            submission.student.id: {
                "grades": {
                    grade.name: (grade.auto_score, grade.needs_manual_grade)
                    for notebook in submission.notebooks
                    for grade in notebook.grades
                },
                "comments": {
                    comment.name: comment.auto_comment
                    for notebook in submission.notebooks
                    for comment in notebook.comments
                },
                "score": submission.score,
                "notebooks": len(submission.notebooks),
            }
            for submission in book.assignment_submissions("toy")
        }


def autograded(course: Path) -> dict[str, list[str]]:
    """Return what the cells of each autograded notebook show, and check that no scraps are left.

    A text is one text, in however many pieces it came.
    """
    assert list(course.glob(".grading-*")) == []
    join = CoalesceStreamsPreprocessor(enabled=True)
    shown = {}
    for file in sorted(course.glob("autograded/*/toy/toy.ipynb")):
        notebook, _ = join(nbformat.read(file, as_version=4), {})
        shown[file.parts[-3]] = [str(cell.get("outputs")) for cell in notebook.cells]
    return shown


def copy_course(course: Path, place: Path) -> Path:
    """Copy a course without what grading has made of it."""
    made = shutil.ignore_patterns("gradebook.db*", "autograded", ".grading*", "reports")
    return shutil.copytree(course, place, ignore=made)
