"""Fold away the code of cells that only draw: `python -m scripts.exercises.fold 05_rpn ...`.

A reader sees the first line and, one click away, the rest. A cell only draws if it shows a picture
or an explorer, and no later cell reads what it has assigned or defined.
"""

import ast
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from rcnn_course.authoring.course import assignments
from scripts.exercises.cells import ROOT, notebook_file, read

SHORT = 5
"""Lines of a cell that stays open in any case: folding would save next to nothing."""


def only_drawing(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells with more than a few lines that only draw."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    trees = [ast.parse(cell.source) for cell in cells]
    return [
        cell
        for place, cell in enumerate(cells)
        if "nbgrader" not in cell.metadata
        and len(cell.source.splitlines()) > SHORT
        and any(call in cell.source for call in ("draw.show(", "display(", "Explorer("))
        and not _is_read(_written(trees[place]), trees[place + 1 :])
    ]


def fold(notebook: NotebookNode) -> int:
    """Fold away the cells that only draw, in place; return how many there are."""
    cells = only_drawing(notebook)
    for cell in cells:
        cell.metadata["jupyter"] = {"source_hidden": True}
    return len(cells)


def _is_read(names: set[str], later: list[ast.Module]) -> bool:
    """Tell whether a later cell reads one of the names before a cell has given it anew."""
    for tree in later:
        anew = _written(tree)
        if names & (_read(tree) - anew):
            return True
        names = names - anew
    return False


def _written(tree: ast.AST) -> set[str]:
    nodes = [*ast.walk(tree)]
    defined = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return defined | {
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _read(tree: ast.AST) -> set[str]:
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def main(names: list[str], root: Path = ROOT) -> None:
    """Fold away what only draws in the notebooks of these names, or in all."""
    for name in names or assignments(root):
        notebook = read(root, name)
        print(f"{name}: {fold(notebook)} cells only draw")
        nbformat.write(notebook, notebook_file(root, name))


if __name__ == "__main__":
    main(sys.argv[1:])
