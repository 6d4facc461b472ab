"""What notebooks take from `rcnn_course.draw` is what it offers."""

import re
from pathlib import Path

import pytest

from rcnn_course import draw

SOLUTIONS = Path(__file__).parents[2] / "solutions"


@pytest.mark.parametrize("name", draw.__all__)
def test_name_that_is_offered_is_there(name):
    assert getattr(draw, name) is not None


@pytest.mark.parametrize("notebook", sorted(SOLUTIONS.glob("*/*.ipynb")), ids=lambda p: p.stem)
def test_notebook_uses_names_that_are_offered(notebook):
    used = re.findall(r"\bdraw\.(\w+)", notebook.read_text(encoding="utf-8"))
    assert set(used) <= set(draw.__all__)
