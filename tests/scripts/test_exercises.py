"""Who adds an exercise gets cells, a seed and numbers that are right, and wrong ones are seen."""

import re
import shutil

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook
from nbgrader.utils import is_grade, is_solution

from rcnn_course.authoring.lint import source_problems
from scripts.exercises import add, numbers, operators
from scripts.exercises.cells import points, read, seeds
from tests.grading.conftest import EXERCISE, nbgrader_cell

TABLE = """\
| | you write | points | minutes |
|---|---|---:|---:|
| 1 | `add`, to warm up | 3 | 10 |
| 2 | `multiply` | 5 | 20 |
| 3 | an answer in words | 2 | 5 |
| | reading | | 1 |
| | **total** | **10** | **36** |"""

README = """\
| notebook | you build | points | minutes |
|---|---|---:|---:|
| `00_begin` | sums | 10 | 36 |
| `01_go_on` | sums | 10 | 36 |
"""


def made(first_seed):
    """Return a notebook of two exercises and a question."""
    cells = [new_markdown_cell(TABLE, id="goals")]
    for number, (name, worth, minutes) in enumerate([("add", 3, 10), ("multiply", 5, 20)], 1):
        heading = f"### Exercise {number}: `{name}` · {worth} points, about {minutes} minutes"
        heading += "\n\nDifficulty 2 of 5 ●●○○○ · importance 3 of 5 ●●●○○"
        hidden = f"### BEGIN HIDDEN TESTS\ncheck({name}, seed={first_seed + number})\n"
        cells += [
            new_markdown_cell(f"## {number} · Numbers\n\n{heading}", id=f"{name}-idea"),
            nbgrader_cell(name, EXERCISE.format(name=name, sign="+"), solution=True),
            nbgrader_cell(f"check_{name}", f"check({name})", points=1),
            nbgrader_cell(
                f"check_{name}_hidden", hidden + "### END HIDDEN TESTS", points=worth - 1
            ),
            new_markdown_cell(f"### What {name} is good for", id=f"{name}-use"),
        ]
    answer = "### BEGIN SOLUTION\nBecause. (2 points: a reason.)\n### END SOLUTION"
    cells += [
        new_markdown_cell("## 3 · In your own words · 2 points\n\nWhy?", id="question"),
        nbgrader_cell("question_answer", answer, points=2, solution=True, markdown=True),
        new_markdown_cell("## What to read", id="read"),
    ]
    return new_notebook(cells=cells)


@pytest.fixture
def notebook():
    return made(10)


@pytest.fixture
def checkout(tmp_path):
    """A small course: what the commands read and write."""
    for name, first_seed in (("00_begin", 10), ("01_go_on", 12)):
        folder = tmp_path / "solutions" / name
        folder.mkdir(parents=True)
        nbformat.write(made(first_seed), folder / f"{name}.ipynb")
    (tmp_path / "README.md").write_text(README, "utf-8")
    return tmp_path


def put(checkout, signature="clip(boxes, size)", after="add", notebook="00_begin"):
    words = [notebook, signature, "--after", after, "--points", "1", "3", "--minutes", "10"]
    words += ["--difficulty", "4", "--importance", "1"]
    add.main(words, root=checkout)


def test_exercise_stands_behind_the_other_with_metadata_and_points(checkout):
    put(checkout)
    notebook = read(checkout, "00_begin")
    assert list(points(notebook).items())[:3] == [("add", 3), ("clip", 4), ("multiply", 5)]
    ids = [cell.id for cell in notebook.cells]
    assert ids[ids.index("add-use") + 1] == "clip-idea"
    idea, exercise, visible, hidden = notebook.cells[ids.index("clip-idea") :][:4]
    assert "### Exercise 2: `clip` · 4 points, about 10 minutes" in idea.source
    assert "Difficulty 4 of 5 ●●●●○ · importance 1 of 5 ●○○○○" in idea.source
    assert is_solution(exercise)
    assert exercise.source.startswith("def clip(boxes, size):\n")
    assert is_grade(visible)
    assert visible.source == "check(clip)"
    assert hidden.metadata.nbgrader.points == 3
    assert source_problems(checkout / "solutions" / "00_begin") == []


def test_exercise_gets_the_next_seed_that_no_check_of_any_notebook_has(checkout):
    put(checkout)
    assert dict(seeds(read(checkout, "00_begin"))) == {"add": 11, "clip": 15, "multiply": 12}


def test_all_numbers_are_right_afterwards_and_the_rest_is_as_it_was(checkout):
    before = read(checkout, "00_begin")
    other = (checkout / "solutions/01_go_on/01_go_on.ipynb").read_bytes()
    put(checkout)
    assert "| `00_begin` | sums | 14 | 46 |\n" in (checkout / "README.md").read_text("utf-8")
    notebook = read(checkout, "00_begin")
    assert "| 2 | `clip` | 4 | 10 |\n| 3 | `multiply` | 5 | 20 |\n" in notebook.cells[0].source
    assert numbers.wrong_lines(notebook) == []
    kept = [cell for cell in notebook.cells if not cell.id.startswith("clip-")]
    assert [cell.id for cell in kept] == [cell.id for cell in before.cells]
    assert (checkout / "solutions/01_go_on/01_go_on.ipynb").read_bytes() == other


def test_last_exercise_stands_before_the_question(checkout):
    put(checkout, after="multiply")
    assert list(points(read(checkout, "00_begin")))[-2:] == ["clip", "question_answer"]


def test_class_gets_the_stub_of_a_class(checkout):
    put(checkout, "Clip(nn.Module)")
    sources = [cell.source for cell in read(checkout, "00_begin").cells]
    assert any(source.startswith("class Clip(nn.Module):\n") for source in sources)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"signature": "multiply(a)"}, r"'multiply\(a\)' should begin with a name that no"),
        ({"signature": "(boxes)"}, "should begin with a name that no exercise has"),
        ({"after": "divide"}, r"00_begin has no exercise 'divide'; there are \['add', 'multiply'"),
        ({"after": "question_answer"}, "00_begin has no exercise 'question_answer'"),
        ({"notebook": "02_end"}, "02_end.ipynb"),
    ],
)
def test_what_cannot_be_added_is_named_and_changes_nothing(checkout, wrong, message):
    before = read(checkout, "00_begin")
    with pytest.raises(SystemExit, match=message):
        put(checkout, **wrong)
    assert read(checkout, "00_begin") == before


def test_overview_has_every_exercise_with_points_and_seed(checkout, capsys):
    numbers.main(checkout)
    assert re.search(
        r"^00_begin: 10 points, 36 minutes\n"
        r"  add +3 points   seed 11\n"
        r"  multiply +5 points   seed 12\n"
        r"  question_answer +2 points   seed -\n",
        capsys.readouterr().out,
    )


def test_notebook_whose_numbers_cannot_be_written_is_named(checkout):
    path = checkout / "solutions/01_go_on/01_go_on.ipynb"
    path.write_text(path.read_text("utf-8").replace("### Exercise 2", "### Task 2"), "utf-8")
    with pytest.raises(SystemExit, match=r"01_go_on\.ipynb: the headings .* name \['add'\], and"):
        numbers.main(checkout)


def test_notebook_that_readme_does_not_name_is_seen(checkout):
    shutil.copytree(checkout / "solutions/00_begin", checkout / "solutions/02_end")
    (checkout / "solutions/02_end/00_begin.ipynb").rename(
        checkout / "solutions/02_end/02_end.ipynb"
    )
    with pytest.raises(SystemExit, match="the README's rows name"):
        numbers.main(checkout)


def test_right_numbers_are_left_alone(notebook):
    assert numbers.wrong_lines(notebook) == []
    totals = dict.fromkeys(("00_begin", "01_go_on"), numbers.renumber(notebook))
    assert numbers.renumber_readme(README, totals) == README


WRONG = {
    "points of a row": ("| 2 | `multiply` | 5 | 20 |", "| 2 | `multiply` | 6 | 20 |"),
    "minutes of a row": ("| 2 | `multiply` | 5 | 20 |", "| 2 | `multiply` | 5 | 25 |"),
    "number of a row": ("| 2 | `multiply` | 5 | 20 |", "| 3 | `multiply` | 5 | 20 |"),
    "minutes of reading": ("reading | | 1 |", "reading | | 2 |"),
    "points together": ("**10**", "**11**"),
    "minutes together": ("**36**", "**60**"),
    "number of a heading": ("### Exercise 2:", "### Exercise 3:"),
    "points of a heading": ("`multiply` · 5 points", "`multiply` · 4 points"),
    "minutes of a heading": ("about 20 minutes", "about 25 minutes"),
    "dots of a difficulty": ("2 of 5 ●●○○○ · importance 3", "2 of 5 ●●●○○ · importance 3"),
    "dots of an importance": ("3 of 5 ●●●○○", "3 of 5 ●●○○○"),
    "number of a section": ("## 2 · Numbers", "## 3 · Numbers"),
    "points of the question": ("own words · 2 points", "own words · 3 points"),
    "points for who grades": ("(2 points:", "(1 points:"),
}


def change(notebook, old, new):
    """Replace text in the last cell that has it."""
    *_, cell = (cell for cell in notebook.cells if old in cell.source)
    cell.source = cell.source.replace(old, new)


@pytest.mark.parametrize(("old", "new"), WRONG.values(), ids=WRONG)
def test_wrong_number_is_seen(notebook, old, new):
    change(notebook, old, new)
    assert numbers.wrong_lines(notebook) != []


def test_text_is_read_at_200_words_a_minute_and_answers_are_not(notebook):
    notebook.cells[-1].source += " word" * 800
    notebook.cells[-2].source += " word" * 800
    assert numbers.minutes_of_reading(notebook) == 4
    assert numbers.renumber(notebook).minutes == 10 + 20 + 5 + 4


def test_stretch_goal_gets_its_dots_and_counts_nowhere(notebook):
    before = numbers.renumber(notebook)
    heading = "### Stretch goal: `divide` · no points, about 25 minutes\n\n"
    rated = "Difficulty 4 of 5 · importance 2 of 5"
    text = f"## A stretch goal\n\n{'word ' * 800}\n\n{heading}"
    notebook.cells.append(new_markdown_cell(text + rated))
    assert numbers.renumber(notebook) == before
    dotted = "Difficulty 4 of 5 ●●●●○ · importance 2 of 5 ●●○○○"
    assert notebook.cells[-1].source == text + dotted


def test_two_sittings_add_up_to_the_notebook(notebook):
    notebook.cells[0].source += "\n\nIt takes two sittings: 7 minutes up to `add`, then 7."
    notebook.cells[1].source = f"{'word ' * 800}\n\n{notebook.cells[1].source}"
    total = numbers.renumber(notebook).minutes
    said = re.search(r"sittings: (\d+) minutes up to `add`, then (\d+)\.", notebook.cells[0].source)
    first, second = map(int, said.groups())
    assert (first, first + second) == (10 + 4, total)


def test_sitting_that_ends_nowhere_is_an_error(notebook):
    notebook.cells[0].source += "\n\nIt takes two sittings: 7 minutes up to `ad`, then 7."
    with pytest.raises(ValueError, match="first sitting ends with 'ad'"):
        numbers.renumber(notebook)


def test_table_without_a_row_of_reading_is_an_error(notebook):
    change(notebook, "| | reading | | 1 |\n", "")
    with pytest.raises(ValueError, match=r"0 rows .* reading"):
        numbers.renumber(notebook)


def test_other_points_of_a_check_are_seen_wherever_they_count(notebook):
    notebook.cells[3].metadata.nbgrader.points = 4
    assert [right for _, right in numbers.wrong_lines(notebook)] == [
        "| 1 | `add`, to warm up | 6 | 10 |",
        "| | **total** | **13** | **36** |",
        "### Exercise 1: `add` · 6 points, about 10 minutes",
    ]


@pytest.mark.parametrize(("old", "new"), [("| 10 |", "| 11 |"), ("| 50 |", "| 40 |")])
def test_wrong_number_in_readme_is_seen(notebook, old, new):
    totals = dict.fromkeys(("00_begin", "01_go_on"), numbers.renumber(notebook))
    assert numbers.renumber_readme(README.replace(old, new), totals) == README


MISSING = {
    "heading": ("### Exercise 2: `multiply` ·", "### Exercise 2: `multiply`,", "headings"),
    "difficulty": ("Difficulty 2 of 5 ●●○○○ · ", "", "headings"),
    "difficulty from 1 to 5": ("Difficulty 2", "Difficulty 6", "headings"),
    "row": ("| 2 | `multiply` | 5 | 20 |\n", "", "the table's rows name"),
    "order of rows": ("| 2 | `multiply`", "| 2 | `add`", "the table's rows name"),
    "section": ("## 2 · Numbers", "## Numbers", "expected 3 headings"),
    "end of the table": ("**total**", "total", "0 tables end with"),
}


@pytest.mark.parametrize(("old", "new", "message"), MISSING.values(), ids=MISSING)
def test_missing_heading_or_row_is_named(notebook, old, new, message):
    change(notebook, old, new)
    with pytest.raises(ValueError, match=re.escape(message)):
        numbers.renumber(notebook)


def test_side_doors_of_a_reference_are_found(capsys):
    operators.main(["box_iou", "union"])
    printed = capsys.readouterr().out.split()
    assert "torchvision.ops.boxes._box_inter_union" in printed
    assert "torchvision.ops.boxes.generalized_box_iou" in printed
    assert "torchvision.ops._utils._loss_inter_union" in printed
    assert "aten::maximum" in printed


def test_operator_of_a_reference_is_found(capsys):
    operators.main(["nms", "nms"])
    printed = capsys.readouterr().out.split()
    assert "torchvision::nms" in printed
    assert "torchvision.ops.boxes.batched_nms" in printed
