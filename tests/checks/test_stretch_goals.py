"""Stretch goals: without points, checked all the same, and nothing depends on them."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.validator import Validator

from rcnn_course.checks import CheckFailed, check, checking
from rcnn_course.checks.catalogue import EXERCISES
from tests.answers import ASSIGNMENTS, answers, solutions, write

GOALS = [(a, e) for a in ASSIGNMENTS for e in answers(a).WRONG if EXERCISES[e].is_stretch]
STUB = (
    "def generalized_box_iou(boxes1, boxes2):\n    # YOUR CODE HERE\n    raise NotImplementedError"
)
WRONG = "def generalized_box_iou(boxes1, boxes2):\n    return boxes1 @ boxes2.T"


WITHOUT = ("00_start_here", "11_your_own_data")
"""Notebooks without one: a first look, and one whose further work is the student's own pictures."""


def test_every_other_notebook_has_one_or_two():
    counts = {name: [a for a, _ in GOALS].count(name) for name in ASSIGNMENTS}
    assert [counts.pop(name) for name in WITHOUT] == [0, 0]
    assert set(counts.values()) <= {1, 2}, counts


@pytest.mark.parametrize("execution", [None, "validate", "autograde"])
def test_untouched_one_is_no_failure_wherever_it_runs(monkeypatch, capsys, execution):
    if execution:
        monkeypatch.setenv("NBGRADER_EXECUTION", execution)
    check(write("01_detect_people", "generalized_box_iou", STUB))
    assert "not attempted" in capsys.readouterr().out


def test_wrong_one_is_explained():
    with pytest.raises(CheckFailed, match="generalized_box_iou is incorrect"):
        check(write("01_detect_people", "generalized_box_iou", WRONG))


def test_grading_does_not_check_it(monkeypatch, capsys):
    monkeypatch.setattr(checking, "_FIRST_ANSWERS", {})
    check(write("01_detect_people", "generalized_box_iou", WRONG))
    out = capsys.readouterr().out
    assert out == "generalized_box_iou is a stretch goal: grading does not check it.\n"


def cell(grade_id, source, *, points=0, is_solution=False):
    nbgrader = {"grade_id": grade_id, "grade": points > 0, "solution": is_solution}
    nbgrader |= {"locked": not is_solution, "task": False, "schema_version": 3}
    nbgrader |= {"points": points} if points else {}
    return new_code_cell(source, metadata={"nbgrader": nbgrader})


@pytest.mark.slow
@pytest.mark.parametrize("left", [STUB, WRONG], ids=["untouched", "wrong"])
def test_validate_asks_for_none(tmp_path, left):
    right = solutions("00_start_here")["box_area"]
    cells = [
        cell("setup", "from rcnn_course import check"),
        cell("box_area", right, is_solution=True),
        cell("check_box_area", "check(box_area)", points=1),
        cell("generalized_box_iou", left, is_solution=True),
        new_code_cell("check(generalized_box_iou)"),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "mine.ipynb")
    assert Validator().validate(str(tmp_path / "mine.ipynb")) == {}
