"""Whatever happens to gradebook, folders, submissions and solutions/: the next run makes it right.

A random history ends, after one more run, in the gradebook and the folders of a class that is
graded for the first time.
"""

import contextlib
import json
import random
import shutil
import sqlite3
from dataclasses import replace

import pytest
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from rcnn_course.authoring.course import load_config
from rcnn_course.authoring.release import release
from rcnn_course.grading.gradebook.database import prepare
from rcnn_course.grading.report.feedback_pages import write_feedback
from tests.grading.classes import WRONG, autograded, copy_course, hand_in_for, in_gradebook
from tests.grading.conftest import make_course, nbgrader_cell, save_source, toy_notebook
from tests.grading.remembering import CRASH

pytestmark = pytest.mark.slow

ANSWERS = [{}, {"add": WRONG}, {"add": CRASH}, {"why": "Because of the sum."}, None]
STUDENTS = ["ada", "bob [2]", "cyd "]


class History:
    """A course that things happen to.

    Attributes:
        course: its root.
        moments: where the random choices come from.
    """

    def __init__(self, course, grade, seed):
        self.course = course
        self.grade = grade
        self.moments = random.Random(seed)
        self.told = []

    def happen(self, number):
        """Let some things happen, one after another."""
        for _ in range(number):
            event = self.moments.choice(EVENTS)
            self.told.append(event.__name__)
            event(self)

    def student(self):
        return self.moments.choice(STUDENTS)

    @property
    def book(self):
        return open_gradebook(self.course)

    def change(self, statement, *values):
        """Change the gradebook behind nbgrader's back."""
        self.book.close()
        with contextlib.closing(sqlite3.connect(self.course / "gradebook.db")) as connection:
            connection.execute(statement, values)
            connection.commit()


def open_gradebook(course):
    coursedir = CourseDirectory(config=load_config(course))
    prepare(coursedir.db_url)  # nbgrader takes seconds for a new one
    return Gradebook(coursedir.db_url, coursedir.course_id)


def graded(history):
    history.grade(history.course)


def graded_in_part(history):
    student = history.student()
    if (history.course / "submitted" / student).exists():
        history.grade(history.course, students=[student])


def handed_in(history):
    answers = history.moments.choice(ANSWERS)
    file = hand_in_for(history.course, history.student(), answers or {})
    if answers is None:
        file.write_text("This is not a notebook.")


def student_removed(history):
    with history.book as book:
        known = [student.id for student in book.students]
        if known:
            book.remove_student(history.moments.choice(known))


def assignment_removed(history):
    with history.book as book:
        if book.assignments:
            book.remove_assignment("toy")


def submission_removed(history):
    with history.book as book:
        if book.assignments and (known := book.assignment_submissions("toy")):
            book.remove_submission("toy", history.moments.choice(known).student.id)


def rows_removed(history):
    table = history.moments.choice(["grade", "comment", "submitted_notebook", "source_cell"])
    history.change(f"DELETE FROM {table} WHERE rowid % 2 = ?", history.moments.choice([0, 1]))


def scores_changed(history):
    history.change("UPDATE grade SET auto_score = 77 WHERE rowid % 3 = 0")


def file_lost(history):
    files = sorted(history.course.glob("autograded/*/toy/*"))
    if files:
        history.moments.choice(files).unlink()


def file_damaged(history):
    files = sorted(history.course.glob("autograded/*/toy/*"))
    if files:
        file = history.moments.choice(files)
        file.chmod(0o644)
        file.write_bytes(file.read_bytes()[:100])


def folder_lost(history):
    folders = [*sorted(history.course.glob("autograded/*")), history.course / "autograded"]
    shutil.rmtree(history.moments.choice(folders), ignore_errors=True)


def gradebook_kept(history):
    if (history.course / "gradebook.db").exists():
        shutil.copy(history.course / "gradebook.db", history.course / "backup")


def gradebook_restored(history):
    if (history.course / "backup").exists():
        shutil.copy(history.course / "backup", history.course / "gradebook.db")


def gradebook_lost(history):
    (history.course / "gradebook.db").unlink(missing_ok=True)


def solutions_changed(history):
    notebook = toy_notebook()
    for change in history.moments.sample(CHANGES, 2):
        change(notebook)
    save_source(history.course, notebook)


def cell_added(notebook):
    notebook.cells.append(nbgrader_cell("check_sum", "assert add(1, 1) == 2", points=4))


def cell_removed(notebook):
    notebook.cells = [c for c in notebook.cells if not is_called(c, "check_add_hidden")]


def cell_renamed(notebook):
    for cell in notebook.cells:
        if is_called(cell, "why"):
            cell.metadata.nbgrader.grade_id = "because"


def cell_moved(notebook):
    notebook.cells.insert(2, notebook.cells.pop())


def points_changed(notebook):
    for cell in notebook.cells:
        if is_called(cell, "check_add") or is_called(cell, "why"):
            cell.metadata.nbgrader.points = 7


def kind_changed(notebook):
    for cell in notebook.cells:
        if is_called(cell, "why"):
            cell.metadata.nbgrader.update(grade=False, solution=False, task=True, locked=True)


def exercise_removed(notebook):
    names = ("multiply", "check_multiply", "check_multiply_hidden")
    notebook.cells = [c for c in notebook.cells if not any(is_called(c, n) for n in names)]


def question_removed(notebook):
    notebook.cells = [c for c in notebook.cells if not is_called(c, "why")]


def hidden_test_changed(notebook):
    for cell in notebook.cells:
        if is_called(cell, "check_add_hidden"):
            cell.source = cell.source.replace("check(add, seed=17)", "assert add(1, 1) == 3")


def is_called(cell, name):
    return cell.metadata.get("nbgrader", {}).get("grade_id") == name


CHANGES = [
    cell_added,
    cell_removed,
    cell_renamed,
    cell_moved,
    points_changed,
    kind_changed,
    exercise_removed,
    question_removed,
    hidden_test_changed,
]

EVENTS = [
    graded,
    graded,
    graded_in_part,
    handed_in,
    handed_in,
    student_removed,
    assignment_removed,
    submission_removed,
    rows_removed,
    scores_changed,
    file_lost,
    file_damaged,
    folder_lost,
    gradebook_kept,
    gradebook_restored,
    gradebook_lost,
    solutions_changed,
]


def kept(course):
    """Return what is kept of a class."""
    with open_gradebook(course) as book:
        cells = {
            (type(cell).__name__, cell.name, getattr(cell, "max_score", None))
            for cell in book.find_notebook("toy", "toy")._base_cells
        }
        sources = [cell.to_dict() for cell in book.find_notebook("toy", "toy").source_cells]
        sources = [{**source, "id": None} for source in sources]
    return cells, sources, in_gradebook(course), autograded(course)


@pytest.mark.parametrize("seed", range(8))
def test_random_history_ends_as_if_nothing_had_happened(tmp_path, grade_quickly, seed):
    (tmp_path / "course").mkdir()
    course = make_course(tmp_path / "course")
    release(course)
    hand_in_for(course, "ada")
    history = History(course, grade_quickly, seed)
    history.happen(10)
    again = grade_quickly(course)
    fresh = copy_course(course, tmp_path / "fresh")
    first = grade_quickly(fresh)
    assert kept(course) == kept(fresh), history.told
    known = {one.student: one for one in first}
    for one in again:
        if one.status != "missing":
            assert (one.results, one.reason) == (
                known[one.student].results,
                known[one.student].reason,
            ), history.told


def give(course, student, cell, score, comment=""):
    """Give points by hand, as the formgrader does."""
    with open_gradebook(course) as book:
        grade = book.find_grade(cell, "toy", "toy", student)
        grade.manual_score, grade.needs_manual_grade = score, False
        if comment:
            book.find_comment(cell, "toy", "toy", student).manual_comment = comment
        book.db.commit()


def given(course, student, cell):
    with open_gradebook(course) as book:
        grade = book.find_grade(cell, "toy", "toy", student)
        return grade.manual_score, book.find_comment(cell, "toy", "toy", student).manual_comment


@pytest.fixture
def class_of_two(course, grade_quickly):
    """A class that is graded, with points and a comment for Ada's free text."""
    release(course)
    for student in ("ada", "bob"):
        hand_in_for(course, student, {"why": f"Because, says {student}."})
    grade_quickly(course)
    give(course, "ada", "why", 0.5, "Half of it.")
    return course


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_any_change_of_solutions_keeps_what_was_given_by_hand(
    class_of_two, grade_quickly, toy, change
):
    change(toy)
    save_source(class_of_two, toy)
    ada, bob = grade_quickly(class_of_two)
    assert (ada.status, bob.status) == ("graded", "graded"), ada.reason
    if change is not question_removed:
        cell = "because" if change is cell_renamed else "why"
        assert given(class_of_two, "ada", cell) == (0.5, "Half of it.")
    with open_gradebook(class_of_two) as book:
        possible = sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in toy.cells)
        assert book.find_submission("toy", "bob").max_score == possible
    save_source(class_of_two, toy_notebook())
    grade_quickly(class_of_two)
    assert given(class_of_two, "ada", "why") == (0.5, "Half of it.")
    assert given(class_of_two, "bob", "why") == (None, None)


def test_page_of_who_was_graded_before_a_change_says_so(class_of_two, grade_quickly, toy):
    exercise_removed(toy)
    save_source(class_of_two, toy)
    grade_quickly(class_of_two, students=["ada"])
    told = write_feedback(class_of_two, "toy")
    assert told["ada"] == ""
    assert told["bob"] == "since it was graded before solutions/ changed; grade it again"


def test_points_for_a_failed_submission_stay_until_another_is_handed_in(course, grade_quickly):
    release(course)
    hand_in_for(course, "ada", {"add": CRASH})
    (ada,) = grade_quickly(course)
    assert ada.status == "failed"
    for cell in ("check_add", "why"):
        give(course, "ada", cell, 1)
    for answers, waits in (({"add": CRASH}, False), ({"add": CRASH + " "}, True)):
        hand_in_for(course, "ada", answers)
        grade_quickly(course)
        with open_gradebook(course) as book:
            row = book.find_grade("check_add", "toy", "toy", "ada")
            assert (row.manual_score, row.auto_score, row.needs_manual_grade) == (1, None, waits)


def test_what_a_version_without_reports_has_put_down_is_graded_again(course, grade_quickly):
    release(course)
    hand_in_for(course, "ada", {"add": WRONG})
    hand_in_for(course, "bob").write_text("This is not a notebook.")
    first = grade_quickly(course)
    of_then = json.loads(first[0].to_json())
    for result in of_then["results"].values():
        for name in ("outcome", "mistake", "title"):
            del result[name]
    history = History(course, grade_quickly, 0)
    history.change(
        "UPDATE rcnn_course_ledger SET graded = ? WHERE student = 'ada'", json.dumps(of_then)
    )
    assert write_feedback(course, "toy") == {"ada": "", "bob": ""}
    assert grade_quickly(course) == first
    assert grade_quickly(course)[0] == replace(first[0], status="skipped")
