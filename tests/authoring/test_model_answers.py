"""Model answers are collected from the sources, packed, and shown when one setting says so."""

import nbformat
import pytest

from rcnn_course.authoring.release import BOOK, ReleaseError, main, release
from rcnn_course.checks import checking
from rcnn_course.model_answers import access
from rcnn_course.model_answers.book import unpack
from rcnn_course.model_answers.showing import solution

WHY = "### BEGIN SOLUTION\nBecause.\n\nIndeed. (2 points: a reason;\nan example.)\n### END SOLUTION"
OTHER = """
import math
import operator


def _both(a, b):
    return operator.add(a, b)


def add_loops(a, b):
    return _both(a, b)


def add_again(a, b):
    combined = a + b
    return combined
"""


@pytest.fixture
def checkout(course, toy, save, make_cell):
    """A course with the folder of the book, a question and right answers of its tests."""
    (course / BOOK).parent.mkdir(parents=True)
    (course / "tests" / "answers" / "ntoy").mkdir(parents=True)
    (course / "tests" / "answers" / "ntoy" / "add.py").write_text(OTHER)
    toy.cells.append(make_cell("question_answer", WHY, points=2, solution=True, markdown=True))
    save(course, toy)
    return course


def test_release_packs_model_other_answer_and_question(checkout):
    assert BOOK.as_posix() in release(checkout)
    answers = unpack((checkout / BOOK).read_bytes())
    assert answers["add"].model == "def add(a, b):\n    combined = a + b\n    return combined"
    assert answers["add"].other == (
        "import operator\n\ndef _both(a, b):\n    return operator.add(a, b)\n\n"
        "def add(a, b):\n    return _both(a, b)"
    ), "the one that is least like the model answer, with what it needs"
    assert answers["multiply"].other == ""
    question = answers["toy"]
    assert question.model == "Because.\n\nIndeed."
    assert question.earns == "2 points: a reason;\nan example."
    assert question.behind == ("add", "multiply")


def test_book_that_is_older_than_its_sources_is_named(checkout, capsys):
    release(checkout)
    assert main(checkout, check=True) == 0
    path = checkout / "tests" / "answers" / "ntoy" / "add.py"
    path.write_text(OTHER.replace("return _both(a, b)", "return _both(b, a)"))
    assert main(checkout, check=True) == 1
    assert f"{BOOK.as_posix()}: differs" in capsys.readouterr().out


def test_question_without_what_earns_its_points_releases_nothing(checkout, toy, save):
    toy.cells[-1].source = WHY.replace("(2 points: a reason;", "(a reason;")
    save(checkout, toy)
    with pytest.raises(ReleaseError, match="must end in what earns its points"):
        release(checkout)
    assert not (checkout / BOOK).exists()


@pytest.fixture
def last_lines(course, toy, save):
    """Release the course with a setting; return what the first code cell has gained by it."""

    def last_lines(shown):
        cell = toy.cells[1]
        cell.metadata["nbgrader"] = {
            **{"grade": False, "solution": False, "task": False, "locked": True},
            **{"grade_id": "setup", "schema_version": 3},
        }
        save(course, toy)
        config = course / "nbgrader_config.py"
        config.write_text(config.read_text() + f"\nc.ModelAnswers.shown = {shown!r}\n")
        release(course)
        released = nbformat.read(course / "course/toy/toy.ipynb", as_version=4)
        return released.cells[1].source.removeprefix(cell.source)

    return last_lines


def test_without_a_setting_notebooks_are_as_they_are_written(last_lines):
    assert last_lines("by oneself") == ""


def test_notebook_carries_the_date_to_the_kernel(last_lines, monkeypatch, capsys):
    monkeypatch.setattr(access, "_shown", access.ALWAYS)
    monkeypatch.setattr(checking, "last_examinations", {})
    exec(last_lines("2999-03-01"), {})
    solution("box_area")
    assert capsys.readouterr().out.startswith("This course shows model answers from 01 March 2999")


def test_what_is_no_date_releases_nothing_and_says_why(last_lines):
    said = r"ModelAnswers.*expected 'always', 'never', 'by oneself' or a date"
    with pytest.raises(ReleaseError, match=rf"^\S+nbgrader_config\.py: .*{said}"):
        last_lines("in May")
