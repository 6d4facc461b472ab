"""Tables of grades: points per question, and what Moodle and Canvas take."""

import csv
import shutil
import subprocess
import sys

import pytest
from nbgrader.apps.api import NbGraderAPI

from rcnn_course.authoring.course import load_config
from rcnn_course.authoring.release import release
from rcnn_course.grading.run import grade_class
from tests.grading.classes import WRONG, hand_in_for

pytestmark = pytest.mark.slow

EXPORTERS = "rcnn_course.grading.gradebook.export"


@pytest.fixture
def graded(course):
    release(course)
    for student, answers in {"4711": {}, "4712": {"add": WRONG}, "ada": {}}.items():
        hand_in_for(course, student, answers)
    file = course / "submitted/4713/toy/toy.ipynb"
    file.parent.mkdir(parents=True)
    file.write_text("Dear teacher")
    grade_class(course, "toy", in_sandbox=False, workers=1)
    with NbGraderAPI(config=load_config(course)).gradebook as book:
        book.update_or_create_student("4711", first_name="Ada", last_name="King, née Byron")
        book.update_or_create_student("4711", email="ada@example.org")
    return course


@pytest.fixture
def nbgrader(course):
    def nbgrader(*words):
        command = [sys.executable, "-m", "nbgrader", *words]
        return subprocess.run(command, cwd=course, capture_output=True, text=True)

    return nbgrader


def read(file):
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_table_has_points_of_each_question(graded, nbgrader):
    done = nbgrader("export")
    assert done.returncode == 0, done.stderr
    rows = {row["student_id"]: row for row in read(graded / "grades.csv")}
    columns = ["toy/add", "toy/multiply", "toy/why"]
    assert [name for name in rows["4711"] if "/" in name] == columns
    assert [rows["4711"][name] for name in columns] == ["5.0", "5.0", "0.0"]
    assert [rows["4712"][name] for name in columns] == ["0.0", "5.0", "0.0"]
    assert [rows["4713"][name] for name in (*columns, "score")] == ["", "", "", ""]


def test_moodle_gets_a_worksheet_without_those_that_have_no_score(graded, nbgrader):
    done = nbgrader("export", f"--exporter={EXPORTERS}.MoodleWorksheet", "--assignment", "toy")
    assert done.returncode == 0, done.stderr
    rows = {row["Identifier"]: row for row in read(graded / "moodle.csv")}
    assert set(rows) == {"Participant 4711", "Participant 4712", "Participant ada"}
    assert rows["Participant 4711"] == {
        "Identifier": "Participant 4711",
        "Full name": "Ada King, née Byron",
        "Email address": "ada@example.org",
        "Grade": "10.0",
        "Maximum Grade": "11.0",
        "Last modified (grade)": "-",
    }


def test_canvas_gets_its_columns_and_points_possible(graded, nbgrader):
    done = nbgrader("export", f"--exporter={EXPORTERS}.CanvasGradebook", "--assignment", "toy")
    assert done.returncode == 0, done.stderr
    possible, *rows = read(graded / "canvas.csv")
    assert list(possible) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "toy"]
    assert (possible["Student"].strip(), possible["toy"]) == ("Points Possible", "11.0")
    found = {(row["ID"], row["SIS Login ID"]): row["toy"] for row in rows}
    assert found == {("4711", ""): "10.0", ("4712", ""): "5.0", ("", "ada"): "10.0"}
    assert [row["Student"] for row in rows if row["Student"]] == ["King, née Byron, Ada"]


def test_platform_without_an_assignment_is_an_error(graded, nbgrader):
    done = nbgrader("export", f"--exporter={EXPORTERS}.CanvasGradebook")
    assert done.returncode != 0
    assert "name it, as in --assignment 06_roi_align; got none" in done.stderr


DOWNLOADS = {
    "Ada Lovelace_4711_assignsubmission_file/toy.ipynb": "4711",
    "Ada Lovelace_4711_assignsubmission_file_/toy.ipynb": "4711",
    "Ada Lovelace_4711_assignsubmission_file_toy.ipynb": "4711",
    "Participant_4711_assignsubmission_file/toy.ipynb": "4711",
    "Müller-Lüdenscheidt, Ärmin 2_4711_assignsubmission_file/toy (1).ipynb": "4711",
    "lovelaceada_4711_99_toy.ipynb": "4711",
    "lovelaceada_LATE_4711_99_toy.ipynb": "4711",
    "lovelaceada_4711_99_toy-1.ipynb": "4711",
    "lovelace2ada_4711_99_toy_12_13_x.ipynb": "4711",
    "notes_of_mine.ipynb": None,
}


@pytest.mark.parametrize("name", DOWNLOADS)
def test_downloads_of_platforms_are_collected(course, nbgrader, name):
    release(course)
    archive = course / "downloaded/toy/archive"
    file = course / "download" / name
    file.parent.mkdir(parents=True)
    shutil.copy(course / "course/toy/toy.ipynb", file)
    archive.mkdir(parents=True)
    shutil.make_archive(str(archive / "Course-toy-12"), "zip", course / "download")
    nbgrader("zip_collect", "toy")
    found = [path.parts[-3] for path in course.glob("submitted/*/toy/*.ipynb")]
    assert found == ([DOWNLOADS[name]] if DOWNLOADS[name] else [])
