"""Submissions made for tests: an assignment of two exercises of the course, and edits of it.

`box_area` and `bilinear_sample` give 5 points each. A maker writes what a student hands in: it gets
the student's folder and the released notebook with right answers in it.
"""

import json
from collections.abc import Callable
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from rcnn_course.reports import MIME

Make = Callable[[Path, NotebookNode], object]

NAME = "class.ipynb"
SETUP = "import math\nimport torch\nfrom rcnn_course import check"
AREA = """def box_area(boxes):
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])"""
SAMPLE = """def bilinear_sample(input, y, x):
    C, H, W = input.shape
    y, x = y.clamp(0, H - 1), x.clamp(0, W - 1)
    top, left = y.floor().long(), x.floor().long()
    below, right = (top + 1).clamp(max=H - 1), (left + 1).clamp(max=W - 1)
    dy, dx = y - top, x - left
    upper = input[:, top, left] * (1 - dx) + input[:, top, right] * dx
    lower = input[:, below, left] * (1 - dx) + input[:, below, right] * dx
    return upper * (1 - dy) + lower * dy"""
RIGHT = {"box_area": AREA, "bilinear_sample": SAMPLE}
STUBS = {
    name: f"{answer.splitlines()[0]}\n    # YOUR CODE HERE\n    raise NotImplementedError"
    for name, answer in RIGHT.items()
}
"""The exercises as they are given out."""


def nbgrader_cell(grade_id, source, *, points=None, solution=False, markdown=False):
    """Return a cell with nbgrader's metadata; it is graded where it has points."""
    grade = points is not None
    metadata = {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": grade,
        "solution": solution,
        "locked": not solution,
        "task": False,
        **({"points": points} if grade else {}),
    }
    new_cell = new_markdown_cell if markdown else new_code_cell
    return new_cell(source, id=grade_id.replace("_", "-"), metadata={"nbgrader": metadata})


def source(make_cell: Callable[..., NotebookNode]) -> NotebookNode:
    """Return the assignment as instructors have it."""
    cells = [make_cell("setup", SETUP)]
    for name, answer in RIGHT.items():
        cells += graded_cells(make_cell, name, answer)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def graded_cells(
    make_cell: Callable[..., NotebookNode], name: str, answer: str
) -> list[NotebookNode]:
    """Return an exercise as instructors have it: its cell, and two checks for 5 points."""
    head, *body = answer.splitlines()
    marked = [head, "    ### BEGIN SOLUTION", *body, "    ### END SOLUTION"]
    hidden = (
        f"# Further checks.\n### BEGIN HIDDEN TESTS\ncheck({name}, seed=8128)\n### END HIDDEN TESTS"
    )
    return [
        make_cell(name, "\n".join(marked), solution=True),
        make_cell(f"check_{name}", f"check({name})", points=2),
        make_cell(f"check_{name}_hidden", hidden, points=3),
    ]


def save(folder: Path, notebook: NotebookNode, name: str = NAME) -> None:
    """Write a notebook as it is, valid or not."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def edited(edit: Callable[[NotebookNode], object]) -> Make:
    """Hand in the right notebook, edited."""

    def make(folder: Path, notebook: NotebookNode) -> None:
        edit(notebook)
        save(folder, notebook)

    return make


def answers(**sources: str) -> Make:
    """Hand in other answers."""

    def edit(notebook: NotebookNode) -> None:
        for name, text in sources.items():
            cell(notebook, name).source = text

    return edited(edit)


def runs(code: str, area: str = AREA) -> Make:
    """Hand in the right notebook with more code after the cell that imports."""

    def edit(notebook: NotebookNode) -> None:
        cell(notebook, "box_area").source = area
        notebook.cells.insert(place(notebook, "setup") + 1, new_code_cell(code))

    return edited(edit)


def written(encode: Callable[[str], bytes], name: str = NAME) -> Make:
    """Hand in the text of the right notebook as other bytes, or under another name."""

    def make(folder: Path, notebook: NotebookNode) -> None:
        (folder / name).write_bytes(encode(json.dumps(notebook)))

    return make


def place(notebook: NotebookNode, grade_id: str) -> int:
    """Return where a cell stands, by the name that nbgrader has for it."""
    names = [each.metadata.get("nbgrader", {}).get("grade_id") for each in notebook.cells]
    return names.index(grade_id)


def cell(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    """Return a cell by the name that nbgrader has for it."""
    return notebook.cells[place(notebook, grade_id)]


def displaying(report: object) -> str:
    """Return an expression that publishes something as the report of a check."""
    return f"get_ipython().display_pub.publish(data={ {MIME: report}!r})"


def within(line: str) -> str:
    """Return an answer that runs a line before it gives the right result."""
    head, *body = AREA.splitlines()
    return "\n".join([head, f"    {line}", *body])
