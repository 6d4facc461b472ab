"""Whatever a student is called: grades, a page, a row of the report, a row of the export."""

import csv
import os
import subprocess
import sys

import pytest

from rcnn_course.authoring.release import release
from rcnn_course.grading import commands
from rcnn_course.grading.intake.student_names import named, shown
from rcnn_course.grading.report import class_report
from rcnn_course.grading.report.feedback_pages import write_feedback
from tests.grading.classes import hand_in_for, in_gradebook

NAMES = [
    "ada",
    "Ada",
    "007",
    "7",
    "ada [group 2]",
    "[]",
    "[!a]*",
    "*",
    "a?a",
    " ada",
    "ada ",
    " ",
    'O\'Hara "Bob"',
    "Zoe\u0308",
    "Zo\u00eb",
    "\u5b66\u751f \U0001f469\u200d\U0001f393",
    "\u202eevil",
    ".ada",
    "...",
    "a.b.ipynb",
    "-ada",
    "--force",
    "100%",
    "%41 %s {student_id} {0}",
    "<b>ada",
    "ada@example.org",
    "ada+bob",
    "Lovelace, Ada; a|b",
    "ada\\bob",
    "~root",
    "$HOME",
    "line\nbreak\ttab",
    "toy",
    "None",
    "x" * 200,
    "\u00fc" * 120,
]
NOT_TEXT = os.fsdecode(b"caf\xe9")


@pytest.fixture
def odd_class(course):
    release(course)
    for name in (*NAMES, NOT_TEXT):
        hand_in_for(course, name)
    return course


@pytest.mark.slow
def test_any_name_gets_grades_a_page_a_row_and_is_exported(odd_class, grade_quickly):
    graded = {one.student: one for one in grade_quickly(odd_class)}
    assert set(graded) == {*NAMES, NOT_TEXT}
    assert graded[NOT_TEXT].status == "failed"
    assert graded[NOT_TEXT].reason == "The name of the folder is not UTF-8; rename the folder."
    book = in_gradebook(odd_class)
    assert {name for name in NAMES if graded[name].status != "graded"} == set()
    assert {name for name in NAMES if book[name]["score"] != 10} == set()

    text = class_report.class_report("toy", list(graded.values()))
    assert {name for name in NAMES if shown(name) not in text} == set()
    assert text.count("10/10") == len(NAMES)

    told = write_feedback(odd_class, "toy")
    assert {name: said for name, said in told.items() if said and name != NOT_TEXT} == {}
    pages = [odd_class / "feedback" / name / "toy" / "toy.html" for name in NAMES]
    assert [page for page in pages if "What the checks say" not in page.read_text("utf-8")] == []

    again = grade_quickly(odd_class)
    assert {one.student for one in again if one.status == "skipped"} == set(NAMES)
    one_by_one = grade_quickly(odd_class, students=NAMES)
    assert {one.student for one in one_by_one if one.status == "skipped"} == set(NAMES)

    nbgrader = [sys.executable, "-m", "nbgrader", "export"]
    subprocess.run(nbgrader, cwd=odd_class, check=True, capture_output=True)
    with (odd_class / "grades.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["student_id"]: row["score"] for row in csv.DictReader(file)}
    assert rows == dict.fromkeys(NAMES, "10.0")


def test_folder_of_the_course_may_be_called_anything_too(tmp_path, course, grade_quickly):
    odd = tmp_path.parent / f"{tmp_path.name} [2027] {{x}} 100%"
    course.rename(odd)
    release(odd)
    hand_in_for(odd, "ada")
    (ada,) = grade_quickly(odd)
    assert ada.status == "graded"
    assert write_feedback(odd, "toy") == {"ada": ""}


def test_name_that_nobody_has_is_refused_before_anything_is_graded(course, grade_quickly):
    release(course)
    hand_in_for(course, "ada")
    with pytest.raises(ValueError, match=r"there is no student 'adda'.* did you mean 'ada'\?"):
        grade_quickly(course, students=["ada", "adda"])
    with pytest.raises(ValueError, match="there is no student 'bob', neither in submitted/ nor"):
        commands.feedback(course, "toy", students=["bob"])
    assert in_gradebook(course) == {}


def test_accent_may_be_typed_in_either_way():
    assert named(["Zo\u00eb"], ["Zoe\u0308", "ada"]) == ["Zoe\u0308"]
    assert named(["Zo\u00eb"], ["Zoe\u0308", "Zo\u00eb"]) == ["Zo\u00eb"]
