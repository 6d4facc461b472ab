"""Every slip that would hand an answer to students, or differ from run to run, is named."""

import json
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from rcnn_course.authoring.lint import leaks, source_problems

ADD, CHECK, HIDDEN, WHY = 2, 3, 4, 8


def edit(position, old, new):
    def apply(notebook):
        cell = notebook.cells[position]
        assert cell.source.count(old) == 1
        cell.source = cell.source.replace(old, new)

    return apply


def set_metadata(position, **values):
    def apply(notebook):
        notebook.cells[position].metadata.nbgrader.update(values)

    return apply


def insert(position, cell):
    def apply(notebook):
        notebook.cells.insert(position, cell)

    return apply


def insert_tagged(position, new_cell, *tags):
    return insert(position, new_cell("print(2)", id="plain", metadata={"tags": list(tags)}))


def tag_check(notebook):
    notebook.cells[CHECK].metadata["tags"] = ["run-when-graded"]


def add_output(notebook):
    notebook.cells[CHECK].outputs = [nbformat.v4.new_output("stream", text="5\n")]


def add_count(notebook):
    notebook.cells[CHECK].execution_count = 3


def add_timing(notebook):
    notebook.cells[CHECK].metadata["execution"] = {"iopub.execute_input": "2024"}


BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"

SLIPS = {
    "letter missing": (
        edit(ADD, BEGIN, "### BEGIN SOLUTON"),
        r"cell 3 \(add\), line 3: '### BEGIN SOLUTON' is not a marker; write it exactly",
    ),
    "space missing": (edit(ADD, BEGIN, "###BEGIN SOLUTION"), r"line 3: '###BEGIN SOLUTION' is not"),
    "one hash": (edit(ADD, BEGIN, "# BEGIN SOLUTION"), r"line 3: '# BEGIN SOLUTION' is not"),
    "lower case": (edit(ADD, BEGIN, "# begin solution"), r"line 3: '# begin solution' is not"),
    "no hash": (edit(ADD, END, "END SOLUTION"), r"line 6: 'END SOLUTION' is not"),
    "after code": (
        edit(ADD, f"b\n    return combined\n    {END}", f"b  {END}"),
        r"line 4: 'combined = a \+ b  ### END SOLUTION' is not a marker",
    ),
    "plural": (edit(HIDDEN, "BEGIN HIDDEN TESTS", "BEGIN HIDDEN TEST"), r"cell 5 .*line 2: "),
    "other use of ###": (edit(CHECK, "check(add)", "### Check\ncheck(add)"), r"cell 4 .*line 1"),
    "begin missing": (edit(ADD, f"    {BEGIN}\n", ""), r"line 5: '### END SOLUTION' ends nothing"),
    "end missing": (edit(ADD, f"\n    {END}", ""), r"'### BEGIN SOLUTION' is never ended"),
    "nested": (edit(ADD, BEGIN, f"{BEGIN}\n    {BEGIN}"), r"line 4: .* inside SOLUTION"),
    "crossed": (edit(ADD, END, "### END HIDDEN TESTS"), r"line 6: '### END HIDDEN TESTS' ends"),
    "hidden tests in an exercise": (
        edit(ADD, END, f"{END}\n### BEGIN HIDDEN TESTS\nadd(1, 2)\n### END HIDDEN TESTS"),
        r"cell 3 \(add\): HIDDEN TESTS markers in a cell of another kind",
    ),
    "solution in a plain cell": (
        insert(2, new_code_cell(f"{BEGIN}\nanswer = 1\n{END}", id="plain")),
        r"cell 3 \('### BEGIN SOLUTION'\): SOLUTION markers in a cell of another kind",
    ),
    "solution without markers": (
        lambda notebook: notebook.cells[ADD].update(source="def add(a, b):\n    return a + b"),
        r"cell 3 \(add\): a solution cell without markers",
    ),
    "marker in text": (
        insert(2, new_markdown_cell("### BEGIN SOLUTIONS", id="text")),
        r"line 1: '### BEGIN SOLUTIONS' is not a marker",
    ),
    "outputs": (add_output, r"cell 4 \(check_add\): has been run; .*Clear Outputs"),
    "execution count": (add_count, r"cell 4 \(check_add\): has been run"),
    "execution times": (add_timing, r"cell 4 \(check_add\): has execution times"),
    "same grade_id": (
        set_metadata(HIDDEN, grade_id="check_add"),
        r"cell 4 \(check_add\): another cell has the same grade_id",
    ),
    "no grade_id": (
        set_metadata(CHECK, grade_id=""),
        r"cell 4 \('check\(add\)'\): has no grade_id",
    ),
    "mistyped tag": (
        insert_tagged(2, new_code_cell, "not-run-when-grading", "run-while-graded"),
        r"cell 3 .*: the tag 'run-while-graded' means nothing; write 'run-when-graded' or",
    ),
    "both tags": (
        insert_tagged(2, new_code_cell, "run-when-graded", "not-run-when-graded"),
        r"cell 3 .* has the tags 'run-when-graded' and 'not-run-when-graded'; keep one",
    ),
    "tag of a text": (
        insert_tagged(2, new_markdown_cell, "run-when-graded"),
        r"cell 3 .* only a code cell that is given",
    ),
    "tag of a check": (tag_check, r"cell 4 \(check_add\): only a code cell that is given"),
    "no points": (set_metadata(CHECK, points=0), r"cell 4 \(check_add\): is graded but has no"),
}


def problems_of(folder):
    return "\n".join(source_problems(folder / "solutions" / "toy"))


def test_right_notebook_has_no_problems(course):
    assert problems_of(course) == ""


@pytest.mark.parametrize(("slip", "message"), SLIPS.values(), ids=SLIPS)
def test_slip_is_named_by_file_cell_and_line(course, toy, save, slip, message):
    slip(toy)
    save(course, toy)
    problems = problems_of(course)
    assert re.search(rf"toy\.ipynb.*{message}", problems), problems


@pytest.mark.parametrize(
    "comment",
    ["# The solution is linear.", "# Hidden tests", "# End of the loop", "# begin with zeros"],
)
def test_ordinary_comment_is_no_marker(course, toy, save, comment):
    toy.cells[ADD].source = toy.cells[ADD].source.replace(
        "combined = ", f"{comment}\n    combined = "
    )
    save(course, toy)
    assert problems_of(course) == ""


def test_headings_in_text_are_no_markers(course, toy, save):
    toy.cells[0].source = "### The solution of Fast R-CNN"
    save(course, toy)
    assert problems_of(course) == ""


def rewrite(course, change):
    path = course / "solutions" / "toy" / "toy.ipynb"
    raw = json.loads(path.read_text())
    change(raw)
    path.write_text(json.dumps(raw))


@pytest.mark.parametrize("number", [1, 9])
def test_notebook_without_cell_ids_is_refused(course, number):
    def remove_ids(raw):
        for cell in raw["cells"][:number]:
            del cell["id"]

    rewrite(course, remove_ids)
    assert re.search(r"toy\.ipynb: cells without ids, .*save it in JupyterLab", problems_of(course))


@pytest.mark.parametrize("text", ["", "not JSON", "[]", "{}"])
def test_file_that_is_no_notebook_is_named(course, text):
    (course / "solutions" / "toy" / "toy.ipynb").write_text(text)
    assert re.search(r"toy\.ipynb: not a valid notebook: .", problems_of(course))


def test_missing_notebook_is_named(course):
    (course / "solutions" / "toy" / "toy.ipynb").rename(course / "solutions" / "toy" / "tou.ipynb")
    assert "toy.ipynb is missing; folder and notebook have the same name" in problems_of(course)


def test_further_file_is_refused_since_students_would_get_it(course):
    (course / "solutions" / "toy" / "notes.txt").touch()
    assert re.search(r"notes\.txt: would go to students", problems_of(course))


def test_picture_belongs_in_the_folder_when_the_notebook_shows_it(course, toy, save):
    (course / "solutions" / "toy" / "figure.png").touch()
    assert re.search(r"figure\.png: no cell of the notebook shows", problems_of(course))
    toy.cells[0].source += "\n![A figure](figure.png)"
    save(course, toy)
    assert problems_of(course) == ""


def test_checkpoints_are_left_alone(course):
    (course / "solutions" / "toy" / ".ipynb_checkpoints").mkdir()
    (course / "solutions" / "toy" / ".ipynb_checkpoints" / "toy-checkpoint.ipynb").touch()
    assert problems_of(course) == ""


def released(toy):
    """Return a release as nbgrader would make it, before anything has gone wrong."""
    notebook = nbformat.from_dict(toy)
    notebook = nbformat.reads(nbformat.writes(notebook), as_version=4)
    for position in (2, 5):
        head = notebook.cells[position].source.split("    ###")[0]
        notebook.cells[position].source = f"{head}    raise NotImplementedError"
    for position in (4, 7):
        notebook.cells[position].source = "# Further checks run when this is graded."
    notebook.cells[WHY].source = "YOUR ANSWER HERE"
    return notebook


def test_right_release_leaks_nothing(toy):
    assert leaks(toy, released(toy)) == []


@pytest.mark.parametrize(
    ("position", "text", "message"),
    [
        (2, "### END SOLUTION", r"cell 3 \(add\): a marker stands in the release"),
        (1, "combined = a + b\n\nreturn combined", r"cell 2 .*marked SOLUTION: 'combined = a"),
        (0, "    check(add, seed=17)", r"cell 1 .*marked HIDDEN TESTS: 'check\(add, seed=17\)'"),
    ],
)
def test_leak_is_named_with_its_cell(toy, position, text, message):
    notebook = released(toy)
    notebook.cells[position].source += f"\n{text}"
    (problem,) = leaks(toy, notebook)
    assert re.search(message, problem)
