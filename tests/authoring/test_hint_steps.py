"""One setting of the course tells how many hints its notebooks give."""

import nbformat
import pytest

from rcnn_course.authoring.release import ReleaseError, release
from rcnn_course.checks import checking, hint, steps


@pytest.fixture
def setup_cell(course):
    """Release the course with a setting; return the source of the notebook's first cell."""
    path = course / "solutions/toy/toy.ipynb"
    source = nbformat.read(path, as_version=4)
    cell = nbformat.v4.new_code_cell("import math", id="first")
    cell.metadata["nbgrader"] = {
        **{"grade": False, "solution": False, "task": False, "locked": True},
        **{"grade_id": "setup", "schema_version": 3},
    }
    source.cells.insert(0, cell)
    nbformat.write(source, path)

    def setup_cell(most):
        config = course / "nbgrader_config.py"
        config.write_text(config.read_text() + f"\nc.HintSteps.most = {most}\n")
        release(course)
        released = nbformat.read(course / "course/toy/toy.ipynb", as_version=4)
        return released.cells[0].source

    return setup_cell


def test_without_a_setting_notebooks_are_as_they_are_written(setup_cell):
    assert setup_cell(None) == "import math"


def test_notebook_carries_the_setting_to_the_kernel(setup_cell, monkeypatch, capsys):
    monkeypatch.setattr(steps, "_most", None)
    monkeypatch.setattr(checking, "last_examinations", {})
    exec(setup_cell(0), {})
    hint("box_area")
    assert capsys.readouterr().out.startswith("This course gives no hints")


def test_number_below_0_releases_nothing_and_says_why(setup_cell):
    with pytest.raises(ReleaseError, match=r"^\S+nbgrader_config\.py: The .* HintSteps"):
        setup_cell(-1)
