"""A class graded in sandboxes: who gets what, what is skipped, and what nbgrader sees of it."""

import subprocess
from dataclasses import replace

import nbformat
import pytest
from jupyter_core.utils import ensure_event_loop
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from rcnn_course.authoring.course import load_config
from rcnn_course.authoring.release import release
from rcnn_course.grading.execution.ready import imports_of
from rcnn_course.grading.gradebook.database import prepare
from rcnn_course.grading.report.progress import Progress
from rcnn_course.grading.run import grade_class
from tests.grading.classes import GRADE, WRONG, hand_in_for, in_gradebook

needs_sandbox = pytest.mark.requires("bubblewrap")

pytestmark = pytest.mark.slow

CRASH = "import os\n\ndef add(a, b):\n    os._exit(3)"
KILLED = "import os, signal\n\ndef add(a, b):\n    os.kill(os.getpid(), signal.SIGSEGV)"


class Seen(Progress):
    """Notes what it is told."""

    def __init__(self):
        self.total, self.begun, self.saved = 0, set(), []

    def begin(self, total):
        self.total = total

    def started(self, student):
        self.begun.add(student)

    def done(self, graded):
        self.saved.append(graded.student)


def test_kernels_without_a_sandbox_do_not_talk_into_the_report(course):
    release(course)
    hand_in_for(course, "ada")
    command = [*GRADE, "--no-sandbox"]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stdout + done.stderr


@pytest.fixture
def submit(course):
    """Hand in the toy notebook for a student; answers replace those of the solution."""
    release(course)

    def submit(student, **answers):
        return hand_in_for(course, student, answers)

    return submit


@pytest.fixture
def loop_of_caller():
    """An event loop that nbclient has made in the thread that grades, as in a notebook."""
    loop = ensure_event_loop()
    yield loop
    loop.close()


def points(graded):
    return {name: result.points for name, result in graded.results.items()}


def scores(course, student):
    """Return the automatic scores of a student, by grade_id, as nbgrader has them."""
    return {name: score for name, (score, _) in in_gradebook(course)[student]["grades"].items()}


@needs_sandbox
@pytest.mark.usefixtures("loop_of_caller")
def test_workers_do_not_share_an_event_loop_with_the_caller(course, submit):
    submit("ada")
    submit("bob")
    graded = grade_class(course, "toy", students=["ada", "bob"], workers=2)
    assert [one.status for one in graded] == ["graded", "graded"]


@needs_sandbox
def test_class_is_graded_once_and_everybody_by_his_own_work(course, submit):
    submit("ada")
    submit("bob", add=WRONG)
    submit("cyd", add=CRASH)
    submit("dan", add=KILLED)
    submit("eve").write_text("This is not a notebook.")
    (course / "submitted/eve/toy/notes.txt").write_text("see my notebook")
    coursedir = CourseDirectory(config=load_config(course))
    prepare(coursedir.db_url)
    with Gradebook(coursedir.db_url) as book:
        book.add_student("fay")
    seen = Seen()
    ada, bob, cyd, dan, eve, fay = grade_class(
        course, "toy", students=["ada", "bob", "cyd", "dan", "eve", "fay"], progress=seen
    )
    assert (seen.total, seen.begun) == (5, {"ada", "bob", "cyd", "dan"})
    assert sorted(seen.saved) == ["ada", "bob", "cyd", "dan", "eve"]
    assert (ada.status, points(ada)) == ("graded", {"add": 5, "multiply": 5})
    assert (bob.status, points(bob)) == ("graded", {"add": 0, "multiply": 5})
    assert bob.results["add"].said == "add is incorrect: expected 5, got -1"
    assert cyd.reason == "the Python process was ended with exit code 3 in the cell check_add"
    assert dan.reason == "the Python process crashed (Segmentation fault) in the cell check_add"
    assert eve.reason.startswith("The file is not a notebook")
    assert [one.status for one in (cyd, dan, eve, fay)] == ["failed", "failed", "failed", "missing"]

    assert scores(course, "ada")["check_add_hidden"] == 3
    assert scores(course, "bob")["check_add_hidden"] == 0
    for student in ("cyd", "dan", "eve"):
        assert set(in_gradebook(course)[student]["grades"].values()) == {(None, True)}
    autograded = nbformat.read(course / "autograded/bob/toy/toy.ipynb", as_version=4)
    assert "expected 5, got -1" in str(autograded.cells[3].outputs)

    again = Seen()
    graded = grade_class(course, "toy", progress=again)
    assert sorted(again.saved) == ["cyd", "dan", "eve"]
    assert graded[:2] == [replace(ada, status="skipped"), replace(bob, status="skipped")]


@needs_sandbox
def test_change_of_submission_or_of_tests_is_graded_anew(course, submit, toy, save):
    submit("ada")
    submit("bob")
    grade_class(course, "toy", workers=1)
    submit("bob", add=WRONG)
    ada, bob = grade_class(course, "toy", workers=1)
    assert (ada.status, bob.status, points(bob)["add"]) == ("skipped", "graded", 0)
    (course / "submitted/bob/toy/toy.ipynb").write_text("{")
    ada, bob = grade_class(course, "toy", workers=1)
    assert (bob.status, set(scores(course, "bob").values())) == ("failed", {None})
    toy.cells[4].source = toy.cells[4].source.replace(
        "check(add, seed=17)", "assert add(1, 1) == 3"
    )
    save(course, toy)
    (ada,) = grade_class(course, "toy", students=["ada"], workers=1)
    assert (ada.status, points(ada)["add"]) == ("graded", 2)


def test_unknown_assignment_is_named(course):
    with pytest.raises(ValueError, match="there is no assignment 'toys' in"):
        grade_class(course, "toys")


def test_imports_are_those_of_the_course_alone():
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("%matplotlib inline\nimport math, torch\nx = 1"),
            nbformat.v4.new_code_cell("from rcnn_course import check\ndef f():\n    import os"),
            nbformat.v4.new_code_cell("import math, torch\nthis is no Python"),
            nbformat.v4.new_markdown_cell("import sys"),
        ]
    )
    assert imports_of(notebook) == ("import math, torch", "from rcnn_course import check")


@needs_sandbox
def test_explorer_leaves_its_picture_once_in_a_graded_copy(course, submit):
    shown = "from rcnn_course.widgets import NMSExplorer\ndisplay(NMSExplorer())\n\n"
    submit("ada", add=f"{shown}def add(a, b):\n    return a + b")
    (graded,) = grade_class(course, "toy")
    assert points(graded)["add"] == 5
    copy = nbformat.read(course / "autograded/ada/toy/toy.ipynb", as_version=4)
    shown = [output for cell in copy.cells for output in cell.get("outputs", [])]
    (picture,) = [output.data for output in shown if "text/html" in output.get("data", {})]
    assert set(picture) == {"text/html", "text/plain"}
