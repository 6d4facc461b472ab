"""Submissions made from a released notebook, as a student would fill it in."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_solution


def load_answers(root: Path, assignment: str) -> ModuleType:
    """Return the answers that the tests of an assignment use: `WRONG`, `RIGHT`, `DELEGATING`.

    Raises:
        FileNotFoundError: If `root` has none, as in an installation without the tests.
    """
    path = root / "tests" / "answers" / f"n{assignment}" / "__init__.py"
    spec = importlib.util.spec_from_file_location(path.parent.name, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise FileNotFoundError(
            f"{path} is missing. It holds the answers to hand in for {assignment}; run this in a "
            "checkout of the course that has its tests."
        )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def solution_cells(notebook: NotebookNode) -> dict[str, str]:
    """Return the source of each exercise's cell, markers left out, in notebook order."""
    return {
        cell.metadata.nbgrader.grade_id: "\n".join(
            line for line in cell.source.splitlines() if not line.strip().startswith("###")
        )
        for cell in notebook.cells
        if is_solution(cell) and cell.cell_type == "code"
    }


def hand_in(released: Path, answers: Mapping[str, str], submitted: Path) -> None:
    """Write `released` to `submitted` with the source of some exercises' cells replaced.

    Args:
        released: the notebook that students get.
        answers: maps an exercise to the source of its cell.
        submitted: the file to write; its folder is made.
    """
    notebook = nbformat.read(released, as_version=4)
    for cell in notebook.cells:
        if is_solution(cell):
            cell.source = answers.get(cell.metadata.nbgrader.grade_id, cell.source)
    submitted.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, submitted)
