"""What notebooks and README state in numbers is what the cells of the notebooks say."""

import re
from collections import Counter
from pathlib import Path

import pytest

from rcnn_course.authoring.course import assignments
from scripts.exercises.cells import QUESTION, points, read, seeds
from scripts.exercises.numbers import EXERCISE, SCHEME, renumber, renumber_readme, wrong_lines

ROOT = Path(__file__).parents[2]
NAMES = assignments(ROOT)
MEND = "run python -m scripts.exercises.numbers"
LINK = re.compile(r"^\| \[?`(\d\d_\w+)`", re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_numbers_of_a_notebook_are_those_of_its_cells(name):
    assert wrong_lines(read(ROOT, name)) == [], MEND


def test_points_and_minutes_in_readme_are_those_of_the_notebooks():
    readme = (ROOT / "README.md").read_text("utf-8")
    right = renumber_readme(readme, {name: renumber(read(ROOT, name)) for name in NAMES})
    assert readme.splitlines() == right.splitlines(), MEND


@pytest.mark.parametrize("name", NAMES)
def test_whoever_grades_reads_the_points_of_the_question(name):
    notebook = read(ROOT, name)
    (answer,) = (
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == QUESTION
    )
    assert len(SCHEME.findall(answer.source)) == 1


@pytest.mark.parametrize("name", NAMES)
def test_exercises_are_named_and_not_numbered_in_the_text(name):
    """A number would be wrong as soon as an exercise is added before it."""
    for cell in read(ROOT, name).cells:
        assert not re.search(r"\b[Ee]xercises? \d", EXERCISE.sub("", cell.source)), cell.id


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_to_do(name):
    for cell in read(ROOT, name).cells:
        assert "TODO" not in cell.source, cell.id


def test_every_hidden_check_has_a_seed_that_no_other_check_has():
    used = Counter(seed for name in NAMES for _, seed in seeds(read(ROOT, name)))
    hidden = sum(len(points(read(ROOT, name)).keys() - {QUESTION}) for name in NAMES)
    assert used.total() == hidden
    assert [seed for seed, times in used.items() if times > 1] == []
    assert 0 not in used, "0 is the seed of the visible checks"


def test_plan_of_the_course_lists_every_notebook():
    (plan,) = (
        cell for cell in read(ROOT, NAMES[0]).cells if "## The plan of the course" in cell.source
    )
    assert LINK.findall(plan.source) == NAMES
