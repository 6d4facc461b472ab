"""What notebooks and README state in numbers is what the cells of the notebooks say."""

import re
from collections import Counter
from pathlib import Path

import nbformat
import pytest

from rcnn_course.authoring.course import assignments
from scripts.exercises.cells import QUESTION, points, read, seeds
from scripts.exercises.numbers import EXERCISE, SCHEME, renumber, renumber_readme

ROOT = Path(__file__).parents[2]
NAMES = assignments(ROOT)
MEND = "run python -m scripts.exercises.numbers"
LINK = re.compile(r"^\| \[?`(\d\d_\w+)`", re.MULTILINE)


def wrong_lines(notebook):
    """Return the lines of a notebook whose numbers its cells contradict, as (is, should be)."""
    right = nbformat.from_dict(notebook)
    renumber(right)
    return [
        (line, other)
        for cell, mended in zip(notebook.cells, right.cells, strict=True)
        for line, other in zip(cell.source.splitlines(), mended.source.splitlines(), strict=True)
        if line != other
    ]


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


WRONG = {
    "points of a row": ("| 2 | `box_iou` | 5 | 30 |", "| 2 | `box_iou` | 6 | 30 |"),
    "minutes of a row": ("| 2 | `box_iou` | 5 | 30 |", "| 2 | `box_iou` | 5 | 35 |"),
    "number of a row": ("| 2 | `box_iou` | 5 | 30 |", "| 3 | `box_iou` | 5 | 30 |"),
    "points together": ("**20**", "**21**"),
    "minutes together": ("**110**", "**120**"),
    "number of a heading": ("### Exercise 3: `nms`", "### Exercise 2: `nms`"),
    "points of a heading": ("`nms` · 6 points", "`nms` · 5 points"),
    "minutes of a heading": ("about 35 minutes", "about 40 minutes"),
    "number of a section": ("## 4 · Keep", "## 5 · Keep"),
    "points of the question": ("own words · 2 points", "own words · 3 points"),
    "points for who grades": ("(2 points:", "(1 points:"),
}


@pytest.mark.parametrize(("old", "new"), WRONG.values(), ids=WRONG)
def test_wrong_number_is_seen(old, new):
    notebook = read(ROOT, "01_detect_people")
    (cell,) = (cell for cell in notebook.cells if old in cell.source)
    cell.source = cell.source.replace(old, new)
    assert wrong_lines(notebook) != []


MISSING = {
    "heading": (
        "### Exercise 3: `nms` ·",
        "### Exercise 3: `nms`,",
        "headings '### Exercise …' name",
    ),
    "row": ("| 3 | `nms` | 6 | 35 |\n", "", "the table's rows name"),
    "order of rows": ("| 3 | `nms`", "| 3 | `box_iou`", "the table's rows name"),
    "section": ("## 4 · Keep", "## Keep", "expected 5 headings"),
    "end of the table": ("**together**", "together", "0 tables end with"),
}


@pytest.mark.parametrize(("old", "new", "message"), MISSING.values(), ids=MISSING)
def test_missing_heading_or_row_is_named(old, new, message):
    notebook = read(ROOT, "01_detect_people")
    (cell,) = (cell for cell in notebook.cells if old in cell.source)
    cell.source = cell.source.replace(old, new)
    with pytest.raises(ValueError, match=re.escape(message)):
        renumber(notebook)


@pytest.mark.parametrize(
    ("old", "new"), [("| 16 | 95 |", "| 16 | 90 |"), ("| 5 | 50 |", "| 6 | 50 |")]
)
def test_wrong_number_in_readme_is_seen(old, new):
    readme = (ROOT / "README.md").read_text("utf-8")
    assert readme.count(old) == 1
    totals = {name: renumber(read(ROOT, name)) for name in NAMES}
    assert renumber_readme(readme.replace(old, new), totals) == readme


def test_notebook_that_readme_does_not_name_is_seen():
    totals = {name: renumber(read(ROOT, name)) for name in NAMES[1:]}
    with pytest.raises(ValueError, match="the README's rows name"):
        renumber_readme((ROOT / "README.md").read_text("utf-8"), totals)
