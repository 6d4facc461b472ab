"""Which cells run for the points of a notebook: what answers use, and what nobody can know."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from rcnn_course.authoring.course import assignments
from rcnn_course.authoring.lint import NOT_WHEN_GRADED, WHEN_GRADED
from rcnn_course.grading.intake.slicing import Given, given_by, is_left_out, leave_out
from tests.grading.conftest import REPOSITORY
from tests.grading.made import nbgrader_cell

SETUP = "import torch\nfrom rcnn_course import check, draw"
ANSWER = "def area(boxes):\n    return boxes[:, 2] * SCALE"
NOTHING = Given(frozenset(), frozenset())

USED = {
    "assigned": "SCALE = 2",
    "unpacked": "other, SCALE = 1, 2",
    "in a loop": "for SCALE in range(3):\n    pass",
    "in a branch": "if torch.rand(()) < 1:\n    SCALE = 2",
    "walrus": "print(SCALE := 2)",
    "as a function": "def SCALE():\n    return 2",
    "as a class": "class SCALE:\n    pass",
    "by a function": "def set_scale():\n    global SCALE\n    SCALE = 2\nset_scale()",
    "imported": "from math import pi as SCALE",
    "deleted": "del SCALE",
    "increased": "SCALE += 1",
    "wrapped": "area = torch.no_grad()(area)",
    "given an attribute": "area.calls = 0",
    "by setattr": "setattr(area, 'calls', 0)",
}
IN_DOUBT = {
    "magic": "%matplotlib inline",
    "magic of a cell": "%%capture\nSCALE",
    "everything imported": "from math import *",
    "executed": "exec('SCALE = 2')",
    "all names": "globals()['SCA' 'LE'] = 2",
    "another module": "import sys\nsys.path.append('lib')",
    "a library that is patched": "torch.relu = None",
    "a library that is handed on": "strange(torch)",
    "a library by another name": "mine = torch",
    "a library's switch": "torch.library.Library('aten', 'IMPL')",
    "no Python": "SCALE is 2, I think",
}
UNUSED = {
    "a picture": "draw.show(draw.draw_boxes(area(torch.ones(1, 4))))",
    "names of its own": "boxes = torch.ones(1, 4)\nboxes[0] = 2\nprint(boxes)",
    "a name inside a function": "def own():\n    SCALE = 3\n    return SCALE",
    "a name inside a comprehension": "print([SCALE for SCALE in range(3)])",
    "a keyword": "dict(SCALE=3)",
    "a demonstration": "with torch.no_grad():\n    found = area(torch.ones(1, 4))",
    "a check": "check(area)",
}


def notebook(*cells, before=()):
    """Return a notebook with an exercise, cells before it, and cells between it and its check."""
    return new_notebook(
        cells=[
            new_markdown_cell("# Areas"),
            nbgrader_cell("setup", SETUP),
            *map(new_code_cell, before),
            nbgrader_cell("area", ANSWER, solution=True),
            *map(new_code_cell, cells),
            nbgrader_cell("check_area", "check(area)", points=2),
        ]
    )


def left_out(made, given=NOTHING):
    """Return the texts of the cells that are left out."""
    leave_out(made, given)
    return [cell.source for cell in made.cells if is_left_out(cell)]


@pytest.mark.parametrize("text", USED.values(), ids=USED)
def test_cell_runs_when_an_answer_uses_what_it_defines_or_changes(text):
    assert left_out(notebook(text)) == []


@pytest.mark.parametrize("text", IN_DOUBT.values(), ids=IN_DOUBT)
def test_cell_runs_when_nobody_can_know(text):
    assert left_out(notebook(text)) == []


@pytest.mark.parametrize("text", UNUSED.values(), ids=UNUSED)
def test_cell_is_left_out_when_no_point_depends_on_it(text):
    assert left_out(notebook(text)) == [text]


def test_what_a_cell_needs_runs_too():
    needs = ["half = 2", "def SCALE():\n    return half * helper()", "def helper():\n    return 3"]
    assert left_out(notebook(*needs, "third = 3")) == ["third = 3"]


def test_cells_run_that_could_change_what_is_used_by_another_name():
    cells = ["values = [1]", "alias = values", "alias.append(2)", "SCALE = values", "print(5)"]
    assert left_out(notebook(*cells)) == ["print(5)"]


def test_cells_run_that_could_change_what_an_answer_keeps():
    made = notebook("print(remembered)", "print(other)")
    made.cells[2].source = "remembered = {}\n" + ANSWER
    assert left_out(made) == ["print(other)"]


@pytest.mark.parametrize("broken", ["def area(boxes)\n    return boxes[SCALE]", "area = SCALE ="])
def test_answer_that_is_no_python_needs_no_cell(broken):
    made = notebook("SCALE = 2", "boxes = torch.ones(1, 4)", "SCALE is 2, I think")
    made.cells[2].source = broken
    assert left_out(made) == ["SCALE = 2", "boxes = torch.ones(1, 4)"]


def test_name_that_is_defined_anew_below_does_not_count_for_a_cell_above():
    made = notebook("kept = 2", before=["kept = 1", "SCALE = kept"])
    assert left_out(made) == ["kept = 2"]


def test_cells_of_nbgrader_always_run():
    made = notebook()
    made.cells.insert(2, nbgrader_cell("locked", "print('given')"))
    assert left_out(made) == []


def test_declaration_decides_where_it_is_given():
    source = notebook("%time print(1)", "print(2)", "SCALE = 2")
    for cell, tag in zip(
        source.cells[3:], (NOT_WHEN_GRADED, WHEN_GRADED, NOT_WHEN_GRADED), strict=False
    ):
        cell.metadata["tags"] = [tag]
    given = given_by(source)
    made = notebook("%time print(1)", "print(2)", "SCALE = 2", "print(3)")
    assert left_out(made, given) == ["%time print(1)", "SCALE = 2", "print(3)"]


def test_what_the_courses_answers_need_runs_whatever_is_handed_in():
    source = notebook("SCALE = 2", "print(1)")
    made = notebook("SCALE = 2", "print(1)")
    made.cells[2].source = "def area(boxes):\n    raise NotImplementedError"
    assert left_out(made, given_by(source)) == ["print(1)"]


def test_tags_of_a_submission_declare_nothing():
    made = notebook("SCALE = 2")
    made.cells[3].metadata["tags"] = [NOT_WHEN_GRADED]
    assert left_out(made) == []


def test_text_of_any_length_is_read_quickly():
    assert left_out(notebook("!x\n" * 60_000)) == []


@pytest.mark.parametrize("name", assignments(REPOSITORY))
def test_most_given_cells_of_the_course_are_left_out(name):
    source = nbformat.read(REPOSITORY / "solutions" / name / f"{name}.ipynb", as_version=4)
    leave_out(source, given_by(source))
    given = [c for c in source.cells if c.cell_type == "code" and "nbgrader" not in c.metadata]
    run = [cell.source for cell in given if not is_left_out(cell)]
    assert all(text.startswith("def ") for text in run)
    assert len(run) <= 1
