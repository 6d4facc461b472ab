"""A tiny course of one assignment, `toy`, whose notebook needs neither torch nor the library."""

import logging
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from rcnn_course.authoring.release import release
from tests.grading.made import nbgrader_cell
from tests.grading.remembering import grade_quickly, memory, quick_workers  # noqa: F401 (fixtures)

REPOSITORY = Path(__file__).parents[2]

SETUP = """
from IPython.display import display


class CheckFailed(AssertionError):
    def _render_traceback_(self):
        return str(self).splitlines()


def check(function, seed=0):
    expected = {"add": 5, "multiply": 6}[function.__name__]
    try:
        found = function(2, 3)
    except NotImplementedError:
        report(function, "not attempted")
        raise CheckFailed(f"{function.__name__} is not attempted yet") from None
    if found != expected:
        report(function, "incorrect", mistake="minus", title="the numbers are subtracted")
        raise CheckFailed(f"{function.__name__} is incorrect: expected {expected}, got {found}")
    report(function, "correct")


def report(function, outcome, **more):
    empty = dict.fromkeys(("mistake", "title", "case", "place", "found", "expected"), "")
    data = empty | {"exercise": function.__name__, "outcome": outcome} | more
    shown = {"text/plain": outcome} if outcome == "correct" else {"text/html": ""}
    display({**shown, "application/vnd.rcnn-course.report+json": data}, raw=True)
"""

EXERCISE = '''def {name}(a, b):
    """Combine two numbers."""
    ### BEGIN SOLUTION
    combined = a {sign} b
    return combined
    ### END SOLUTION'''

HIDDEN = """# Further checks run when this is graded.
### BEGIN HIDDEN TESTS
check({name}, seed=17)
### END HIDDEN TESTS"""


@pytest.fixture(scope="session")
def make_cell():
    """The function that makes a cell with nbgrader's metadata."""
    return nbgrader_cell


def toy_notebook():
    cells = [new_markdown_cell("# Toy", id="title"), new_code_cell(SETUP.strip(), id="setup")]
    for name, sign in (("add", "+"), ("multiply", "*")):
        cells += [
            nbgrader_cell(name, EXERCISE.format(name=name, sign=sign), solution=True),
            nbgrader_cell(f"check_{name}", f"check({name})", points=2),
            nbgrader_cell(f"check_{name}_hidden", HIDDEN.format(name=name), points=3),
        ]
    cells.append(nbgrader_cell("why", "Because.", points=1, solution=True, markdown=True))
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return new_notebook(
        cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}}
    )


@pytest.fixture(scope="session")
def released_toy(tmp_path_factory):
    """The notebook as students get it, written by nbgrader; copy it before you change it."""
    root = tmp_path_factory.mktemp("released")
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    save_source(root, toy_notebook())
    release(root)
    return nbformat.read(root / "course" / "toy" / "toy.ipynb", as_version=4)


@pytest.fixture
def toy():
    """The notebook as instructors have it: cells by position, 2 = add, 5 = multiply."""
    return toy_notebook()


@pytest.fixture
def course(tmp_path):
    """The root of a course with the repository's own nbgrader_config.py."""
    return make_course(tmp_path)


def make_course(root):
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    save_source(root, toy_notebook())
    return root


def save_source(root, notebook):
    path = root / "solutions" / "toy" / "toy.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


@pytest.fixture
def save():
    """Write a notebook as the source of the assignment."""
    return save_source


@pytest.fixture(autouse=True)
def nbgrader_logs_to_capture(caplog):
    """Keep nbgrader's log in pytest's capture."""
    caplog.set_level(logging.INFO)
