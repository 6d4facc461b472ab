"""nbgrader with the repository's configuration: what is graded, shown and lost."""

import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_output
from nbgrader.apps.api import NbGraderAPI

from rcnn_course.authoring.course import load_config
from rcnn_course.authoring.release import release
from rcnn_course.grading.demo.hand_in import hand_in, solution_cells
from rcnn_course.grading.execution.scores import explanation
from tests.grading.points import read_results
from tests.patience import PATIENCE


@pytest.fixture
def grade(course, toy):
    """Hand in the toy notebook for a student and let nbgrader grade it.

    By default the submission is right; `change` edits it, answers replace exercises.
    """

    def grade(student="ada", change=lambda notebook: None, **answers):
        release(course)
        file = course / "submitted" / student / "toy" / "toy.ipynb"
        hand_in(course / "course/toy/toy.ipynb", {**solution_cells(toy), **answers}, file)
        submission = nbformat.read(file, as_version=4)
        change(submission)
        nbformat.write(submission, file)
        api = NbGraderAPI(config=load_config(course))
        done = api.autograde("toy", student)
        assert done["success"], done["log"]
        return read_results(api, "toy", student)

    return grade


def points(results):
    return {exercise: result.points for exercise, result in results.items()}


WRONG = "def add(a, b):\n    return a - b"


def test_fresh_clone_can_be_autograded(course, grade):
    assert not (course / "gradebook.db").exists()
    results = grade()
    assert points(results) == {"add": 5, "multiply": 5}
    assert all(result.possible == 5 and result.said == "" for result in results.values())


def test_wrong_answer_loses_its_exercise_and_says_why(grade):
    results = grade(add=WRONG)
    assert points(results) == {"add": 0, "multiply": 5}
    assert results["add"].said == "add is incorrect: expected 5, got -1"


def test_answer_that_does_not_compile_is_reported_as_such(grade):
    results = grade(add="def add(a, b):\n    return (")
    assert points(results) == {"add": 0, "multiply": 5}
    assert results["add"].said.startswith("SyntaxError: ")


def test_code_without_its_end_has_a_name_that_python_documents():
    error = {"ename": "_IncompleteInputError", "evalue": "incomplete input (1.py, line 2)"}
    cell = new_code_cell(outputs=[new_output("error", **error, traceback=[])])
    assert explanation(cell) == "SyntaxError: incomplete input (1.py, line 2)"


def test_edited_hidden_test_counts_at_once(course, grade, toy, save):
    assert points(grade()) == {"add": 5, "multiply": 5}
    toy.cells[4].source = toy.cells[4].source.replace(
        "check(add, seed=17)", "assert add(1, 1) == 3"
    )
    save(course, toy)
    results = grade()
    assert points(results) == {"add": 2, "multiply": 5}
    assert results["add"].said.startswith("AssertionError")


def test_warning_costs_no_points(grade):
    noisy = "import warnings\n\ndef add(a, b):\n    warnings.warn('slow')\n    return a + b"
    assert points(grade(add=noisy)) == {"add": 5, "multiply": 5}


def test_cell_that_is_tagged_to_be_skipped_is_graded(grade):
    def tag_all(notebook):
        for cell in notebook.cells:
            cell.metadata["tags"] = ["skip-execution"]

    assert points(grade(change=tag_all, add=WRONG)) == {"add": 0, "multiply": 5}


@pytest.mark.filterwarnings("ignore:Cell is missing an id field")  # of the cells put back
def test_deleted_checks_are_put_back(grade):
    def delete(notebook):
        del notebook.cells[3:5]

    assert points(grade(change=delete, add=WRONG)) == {"add": 0, "multiply": 5}


def test_edited_checks_are_restored(grade):
    def pass_all(notebook):
        for position in (3, 4):
            notebook.cells[position].source = "pass"

    assert points(grade(change=pass_all, add=WRONG)) == {"add": 0, "multiply": 5}


def test_feedback_has_the_explanation_and_no_hidden_test(course, grade):
    grade("ada", add=WRONG)
    grade("bob", add="from math import nothing")
    api = NbGraderAPI(config=load_config(course))
    for student, said in (("ada", "add is incorrect: expected 5, got -1"), ("bob", "NameError")):
        done = api.generate_feedback("toy", student)
        assert done["success"], done["log"]
        page = (course / "feedback" / student / "toy" / "toy.html").read_text(encoding="utf-8")
        assert said in page
        assert "Further checks run when this is graded." in page
        assert "HIDDEN" not in page
        assert "17" not in page.split("<body")[1]


def test_feedback_survives_a_student_who_writes_markers(course, grade):
    grade(add="def add(a, b):\n    ### BEGIN HIDDEN TESTS\n    return a + b")
    done = NbGraderAPI(config=load_config(course)).generate_feedback("toy", "ada")
    assert done["success"], done["log"]


@pytest.mark.slow
def test_commands_of_nbgrader_work_from_the_root(course):
    """As nbgrader documents them, in an environment that is not activated."""

    def nbgrader(*arguments):
        command = [sys.executable, "-m", "nbgrader", *arguments]
        done = subprocess.run(command, cwd=course, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        assert "ERROR" not in done.stderr
        assert "CRITICAL" not in done.stderr
        return done.stdout

    nbgrader("generate_assignment", "toy")
    hand_in(course / "course/toy/toy.ipynb", {"add": WRONG}, course / "submitted/ada/toy/toy.ipynb")
    said = nbgrader("validate", "course/toy/toy.ipynb")
    assert "VALIDATION FAILED ON 3 CELL(S)!" in said  # two checks and the free-text question
    assert "add is not attempted" in said
    nbgrader("autograde", "toy")
    nbgrader("generate_feedback", "toy")
    assert (course / "feedback/ada/toy/toy.html").is_file()
    nbgrader("export")
    assert "toy,,,ada,,,,0.0,0.0,0.0,11.0" in (course / "grades.csv").read_text()
    nbgrader("release_assignment", "toy")
    assert (course / "exchange/rcnn_course/outbound/toy/toy.ipynb").is_file()
