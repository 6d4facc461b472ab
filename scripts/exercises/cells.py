"""What the cells of the notebooks in `solutions/` say of their exercises."""

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade

ROOT = Path(__file__).parents[2]

QUESTION = "question_answer"
"""The `grade_id` of the question in words that ends a notebook."""


def notebook_file(root: Path, name: str) -> Path:
    """Return where the source of a notebook stands, such as `06_roi_align`."""
    return root / "solutions" / name / f"{name}.ipynb"


def read(root: Path, name: str) -> NotebookNode:
    """Read the source of a notebook, such as `06_roi_align`."""
    return nbformat.read(notebook_file(root, name), as_version=4)


def points(notebook: NotebookNode) -> dict[str, int]:
    """Return the points of each exercise and of the question, in the notebook's order."""
    found: dict[str, int] = {}
    for cell in filter(is_grade, notebook.cells):
        name = _exercise_of(cell)
        found[name] = found.get(name, 0) + cell.metadata.nbgrader.points
    return found


def seeds(notebook: NotebookNode) -> Iterator[tuple[str, int]]:
    """Yield the name of an exercise and a seed for each hidden check."""
    for cell in filter(is_grade, notebook.cells):
        for seed in re.findall(r"\bseed=(\d+)", cell.source):
            yield _exercise_of(cell), int(seed)


def _exercise_of(cell: NotebookNode) -> str:
    return cell.metadata.nbgrader.grade_id.removeprefix("check_").removesuffix("_hidden")
