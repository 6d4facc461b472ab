"""The examples in docstrings do what they show, and what notebooks use has one.

An example finds what a notebook has imported: `torch`, `draw`, and the names of the other rooms.
"""

import doctest
import re
from importlib import import_module
from inspect import getdoc
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest
import torch

from rcnn_course import datasets, draw, models, widgets
from rcnn_course.draw.base import figures
from rcnn_course.widgets import explorer

PACKAGE = Path(__file__).parents[2] / "rcnn_course"
MODULES = [
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in sorted(PACKAGE.rglob("*.py"))
    if re.search("^ *>>> ", path.read_text(encoding="utf-8"), re.MULTILINE)
]
IMPORTED = {
    "torch": torch,
    "draw": draw,
    **{name: getattr(room, name) for room in (datasets, models, widgets) for name in room.__all__},
}
NEEDS_A_NETWORK = {"CocoPeople"}


@pytest.fixture(autouse=True)
def no_page_and_no_time(monkeypatch):
    """Take pictures away, as no notebook shows them, and the clock: explorers say what is slow."""
    monkeypatch.setattr(figures, "display", lambda *data, **options: None)
    monkeypatch.setattr(explorer, "time", SimpleNamespace(perf_counter=lambda: 0.0))
    yield
    plt.close("all")


def failures(module):
    """Run the examples of a module or class; return what they should have shown and did not."""
    said = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for example in doctest.DocTestFinder().find(module, globs=IMPORTED):
        runner.run(example, out=said.append)
    return "".join(said)


@pytest.mark.parametrize("module", MODULES)
def test_examples_of_a_module_do_what_they_show(module):
    if wrong := failures(import_module(module)):
        pytest.fail(wrong, pytrace=False)


def test_example_that_shows_something_else_would_be_seen():
    class Wrong:
        """>>> 1 + 1
        3
        """

    assert "Got:\n    2" in failures(Wrong)


def needs_example(room, name):
    offered = getattr(room, name)
    is_error = isinstance(offered, type) and issubclass(offered, Exception)
    return callable(offered) and not is_error and name not in NEEDS_A_NETWORK


@pytest.mark.parametrize(
    ("room", "name"),
    [
        pytest.param(room, name, id=name)
        for room in (datasets, draw, models, widgets)
        for name in room.__all__
        if needs_example(room, name)
    ],
)
def test_what_notebooks_use_has_an_example(room, name):
    assert ">>> " in getdoc(getattr(room, name))
