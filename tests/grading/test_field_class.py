"""A class of what students really hand in: nothing crashes, nothing honest loses, all is told."""

import csv
import html
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbgrader.apps.api import NbGraderAPI

from rcnn_course.authoring.course import load_config
from rcnn_course.authoring.release import release
from rcnn_course.grading.execution import execute
from rcnn_course.grading.outcome import Graded
from rcnn_course.grading.report.feedback_pages import write_feedback
from rcnn_course.grading.run import grade_class
from tests.grading.conftest import REPOSITORY
from tests.grading.field import ANSWER, assignment
from tests.grading.field_cells import CELLS
from tests.grading.field_code import CODE
from tests.grading.field_files import FILES
from tests.grading.made import NAME, RIGHT, cell
from tests.grading.remembering import remembered

ROWS = FILES | CELLS | CODE
pytestmark = [
    pytest.mark.requires("bubblewrap"),
    pytest.mark.slow,
    pytest.mark.xdist_group("field"),
]

LIMITS = "\nc.Execute.timeout = 8\n"


@dataclass(frozen=True)
class Classroom:
    """A class that has been graded.

    Attributes:
        root: folder of the course.
        graded: what came out, by student.
        asked: for each student in the gradebook, whether somebody has to grade the question.
        pages: for each student, why there is no page of feedback, or ''.
        table: the rows of the exported grades, by student.
    """

    root: Path
    graded: dict[str, Graded]
    asked: dict[str, bool]
    pages: dict[str, str]
    table: dict[str, dict[str, str]]


def hand_in_all(root, released, rows):
    """Hand in what the rows make of the right notebook."""
    for student, row in rows.items():
        notebook = nbformat.reads(released, as_version=4)
        for exercise, answer in RIGHT.items():
            cell(notebook, exercise).source = answer
        cell(notebook, "question_answer").source = ANSWER
        folder = root / "submitted" / student / "class"
        folder.mkdir(parents=True)
        row.make(folder, notebook)


def grade(root, make_cell, rows):
    """Have a class hand in, and grade it; return what came out."""
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    with (root / "nbgrader_config.py").open("a") as config:
        config.write(LIMITS)
    (root / "solutions" / "class").mkdir(parents=True)
    nbformat.write(assignment(make_cell), root / "solutions" / "class" / NAME)
    release(root)
    hand_in_all(root, (root / "course" / "class" / NAME).read_text(encoding="utf-8"), rows)
    with pytest.MonkeyPatch.context() as patch:  # what is mended is often the same notebook then
        patch.setattr(execute, "run", remembered({}))
        graded = {one.student: one for one in grade_class(root, "class")}
    pages = write_feedback(root, "class")
    nbgrader = [sys.executable, "-m", "nbgrader", "export"]
    subprocess.run(nbgrader, cwd=root, check=True, capture_output=True)
    with (root / "grades.csv").open(newline="") as file:
        table = {line["student_id"]: line for line in csv.DictReader(file)}
    with NbGraderAPI(config=load_config(root)).gradebook as book:
        asked = {
            submission.student.id: submission.needs_manual_grade
            for submission in book.assignment_submissions("class")
        }
    return Classroom(root, graded, asked, pages, table)


@pytest.fixture(scope="module")
def classroom(tmp_path_factory, make_cell):
    return grade(tmp_path_factory.mktemp("field"), make_cell, ROWS)


def test_class_is_large_and_each_row_says_where_its_kind_was_met():
    assert len(ROWS) == len(FILES) + len(CELLS) + len(CODE) >= 100
    assert [name for name, row in ROWS.items() if "#" not in row.met] == []


@pytest.mark.parametrize("name", ROWS)
def test_submission_gets_what_is_fair(classroom, name):
    found = "\n".join(surprises(classroom, name, ROWS[name]))
    assert not found, found


def surprises(classroom, name, row):
    """Yield what came out otherwise than the row says, in the grades and on the pages."""
    one = classroom.graded[name]
    points = tuple(int(result.points) for result in one.results.values()) or None
    lost = (f"{r.outcome}: {r.said}" for r in one.results.values() if r.said)
    said = " ".join([one.reason, *one.mended, *lost]).strip()
    seen = " ".join(one.suspicions)
    if row.points is not ... and points != row.points:
        yield f"points {points}, not {row.points}: {said}"
    if row.told is not None and (bool(said) > bool(row.told) or row.told not in f"{said} {seen}"):
        yield f"said {said!r}, not {row.told!r}"
    if row.never in said:
        yield f"said {said!r}"
    if row.look is not None and (bool(seen) > bool(row.look) or row.look not in seen):
        yield f"suspected: {seen!r}, not {row.look!r}"
    yield from unasked(classroom, name, row, graded=points is not None)
    yield from unwritten(classroom, name, points, one)


def unasked(classroom, name, row, *, graded):
    """Yield where nobody is asked to read the words, or where these are not to be found."""
    if row.asked is not None and classroom.asked[name] != (row.asked or not graded):
        yield f"somebody is asked: {classroom.asked[name]}"
    if graded:
        notebook = classroom.root / "autograded" / name / "class" / NAME
        sources = [each.source for each in nbformat.read(notebook, as_version=4).cells]
        if row.shown not in "\n".join(sources):
            yield "the words are not in the graded notebook"


def unwritten(classroom, name, points, one):
    """Yield what is missing on a page or in the table of grades."""
    page = classroom.root / "feedback" / name / "class" / "class.html"
    if classroom.pages[name] or not page.is_file():
        yield f"no page: {classroom.pages[name]!r}"
    else:
        text = " ".join(html.unescape(page.read_text(encoding="utf-8")).split())
        lacking = [told for told in (one.reason, *one.mended) if " ".join(told.split()) not in text]
        if lacking:
            yield f"the page does not say {lacking}"
    if name not in classroom.table:
        yield "not in the table of grades"
    elif classroom.table[name]["score"] != (str(float(sum(points))) if points else ""):
        yield f"exported {classroom.table[name]['score']!r}"


def test_class_is_reported_whole(classroom):
    assert sorted(classroom.graded) == sorted(ROWS)
    assert sorted(classroom.pages) == sorted(ROWS)
