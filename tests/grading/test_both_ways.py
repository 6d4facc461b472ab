"""Points are those of the whole notebook: a class graded with and without its pictures.

`python -m tests.grading.both_ways` compares the demo classes of all notebooks.
"""

import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from rcnn_course.grading.intake.slicing import NOTE
from rcnn_course.grading.run import grade_class
from tests.grading.both_ways import differences, make_class
from tests.grading.made import cell, place

NAME = "00_start_here"
KEPT = {"full_solution", "mistakes_01", "untouched"}
USING = "def box_area(boxes):\n    return {}"
OWN_CELLS = {
    "uses_a_constant": ("ONE = 1.0", USING.format("ONE * area_of(boxes)")),
    "uses_a_given_cell": ("", USING.format("area_of(boxes) + 0 * target['area'].sum()")),
    "spoils_its_answer": ("box_area = torch.sum", USING.format("area_of(boxes)")),
    "looks_at_it": ("print(box_area(suitcase[None]))", USING.format("area_of(boxes)")),
}
"""Students' own cells above the check, and their answers."""
OWN = "def area_of(boxes):\n    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])"

pytestmark = [pytest.mark.requires("bubblewrap"), pytest.mark.slow]


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """A course whose class has handed in the first notebook."""
    course = tmp_path_factory.mktemp("course") / "sliced"
    course.mkdir()
    make_class(NAME, course)
    for folder in (course / "submitted").iterdir():
        if folder.name not in KEPT:
            shutil.rmtree(folder)
    released = (course / "course" / NAME / f"{NAME}.ipynb").read_text("utf-8")
    for student, (text, answer) in OWN_CELLS.items():
        notebook = nbformat.reads(released, as_version=4)
        cell(notebook, "box_area").source = answer
        where = place(notebook, "check_box_area")
        notebook.cells[where:where] = [new_code_cell(OWN), new_code_cell(text)]
        file = course / "submitted" / student / NAME / f"{NAME}.ipynb"
        file.parent.mkdir(parents=True)
        nbformat.write(notebook, file)
    return course


def test_points_are_those_of_the_whole_notebook(classroom):
    assert list(differences(classroom, NAME)) == []
    read = {
        student: (classroom / f"autograded/{student}/{NAME}/{NAME}.ipynb").read_text("utf-8")
        for student in (*KEPT, *OWN_CELLS)
    }
    left_out = {student: text.count(NOTE.split(":")[0]) for student, text in read.items()}
    assert left_out["full_solution"] == left_out["uses_a_constant"] == 13
    assert left_out["looks_at_it"] == 14
    assert left_out["uses_a_given_cell"] < 13
    assert "image/" not in read["full_solution"]


def test_pictures_come_when_they_are_asked_for(classroom):
    """And stay when the class is graded again."""
    file = classroom / f"autograded/full_solution/{NAME}/{NAME}.ipynb"
    for pictures, status in ((True, "graded"), (True, "skipped"), (False, "skipped")):
        (one,) = grade_class(classroom, NAME, students=["full_solution"], pictures=pictures)
        assert one.status == status
        assert "image/" in file.read_text("utf-8")
