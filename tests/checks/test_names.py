"""An answer is found by the name under which the notebook knows it, whatever it is."""

import sys

import pytest

from rcnn_course.checks import examine, remote
from rcnn_course.checks.remote import Question
from tests.answers import namespace, run

AREA = """
import functools
import torch
def area(boxes):
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
class Area:
    def __call__(self, boxes):
        return area(boxes)
    def method(self, boxes):
        return area(boxes)
def bare(function):
    return lambda *args: function(*args)
def wrapped(function):
    return functools.wraps(function)(lambda *args: function(*args))
"""
BOUND = [
    "area",
    "lambda boxes: area(boxes)",
    "functools.partial(area)",
    "functools.partial(lambda scale, boxes: area(boxes) * scale, 1)",
    "bare(area)",
    "wrapped(area)",
    "torch.no_grad()(area)",
    "torch.jit.script(area)",
    "torch.compile(area, backend='eager')",
    "Area()",
    "Area().method",
]


@pytest.fixture
def notebook(monkeypatch):
    """Return a function that runs a cell in the notebook and returns the notebook's names."""
    names = vars(sys.modules["__main__"])

    def run_cell(source):
        own = namespace("00_start_here")
        run(AREA + source, own)
        for name, value in own.items():
            if not name.startswith("__"):
                monkeypatch.setitem(names, name, value)
        return own

    return run_cell


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")
@pytest.mark.parametrize("answer", BOUND)
def test_answer_is_found_by_the_name_it_is_bound_to(answer, notebook):
    names = notebook(f"box_area = {answer}\n")
    report = examine(names["box_area"])
    assert (report.exercise, report.outcome) == ("box_area", "correct"), report.message
    data = remote.answer(Question("box_area"), names)
    assert remote.verdict(Question("box_area"), data).report.outcome == "correct"


def test_function_with_the_names_of_two_exercises_is_asked_to_be_two(notebook):
    names = notebook("box_area = box_iou = bare(area)\n")
    with pytest.raises(ValueError, match=r"box_area and box_iou at once.*Write a function"):
        examine(names["box_area"])


def test_own_name_decides_where_another_exercise_has_the_function_too(notebook):
    names = notebook("def box_area(boxes):\n    return area(boxes)\nbox_iou = box_area\n")
    assert examine(names["box_iou"]).exercise == "box_area"


def test_answer_without_the_name_of_an_exercise_is_told_what_to_write(notebook):
    names = notebook("")
    with pytest.raises(ValueError, match=r"'area'. Give your answer the name of its exercise"):
        examine(names["area"])
