"""One setting gives the hidden tests of a term other inputs."""

import re

import nbformat
import pytest
from nbgrader.apps.api import NbGraderAPI

from rcnn_course.authoring.course import load_config
from rcnn_course.authoring.release import release
from rcnn_course.grading.gradebook.assignment import put_on_record


@pytest.fixture
def hidden_seeds(course, monkeypatch):
    """Return the seeds of the hidden tests that the gradebook holds for a term."""
    monkeypatch.chdir(course)

    def hidden_seeds(term):
        path = course / "nbgrader_config.py"
        text = re.sub(r'TermSeeds.term = ".*"', f'TermSeeds.term = "{term}"', path.read_text())
        path.write_text(text)
        put_on_record("toy", load_config(course))
        with NbGraderAPI(config=load_config(course)).gradebook as gradebook:
            cells = gradebook.find_notebook("toy", "toy").source_cells
            return re.findall(r"check\(\w+, seed=(\d+)\)", "".join(cell.source for cell in cells))

    return hidden_seeds


def test_without_a_term_the_seeds_are_those_of_solutions(hidden_seeds):
    assert hidden_seeds("") == ["17", "17"]


def test_each_term_has_seeds_of_its_own_and_keeps_them(hidden_seeds):
    spring = hidden_seeds("spring 2027")
    autumn = hidden_seeds("autumn 2027")
    assert len({*spring, *autumn, "17", "0"}) == 4
    assert hidden_seeds("spring 2027") == spring


def test_students_get_the_same_notebook_in_every_term(hidden_seeds, course):
    release(course)
    before = (course / "course/toy/toy.ipynb").read_bytes()
    hidden_seeds("spring 2027")
    assert release(course) == []
    assert (course / "course/toy/toy.ipynb").read_bytes() == before
    assert "seed=" not in "".join(
        cell.source
        for cell in nbformat.read(course / "course/toy/toy.ipynb", as_version=4).cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    )
