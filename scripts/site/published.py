"""A notebook as the site shows it: the released cells, with what the solved ones have shown.

The source of every cell comes from `course/`, so no answer and no hidden test can be in it; of
`solutions/` come outputs alone, and none of an answer's cell or of a hidden check.
"""

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.utils import is_grade, is_solution

from scripts.site.recording import MIME

TO_WRITE = "> **Your answer goes here**, in words."
"""Stands for the cell in which a student answers the question of a notebook."""

NOTE = (
    '<p class="note">Here you see one state. In the notebook, sliders move it, and your own '
    "function computes it.</p>"
)
"""Stands below the picture of an explorer."""

_WIDGET = "application/vnd.jupyter.widget-view+json"


def published(released: NotebookNode, solved: NotebookNode | None) -> NotebookNode:
    """Return a copy of a released notebook for the site.

    Args:
        released (NotebookNode): of `course/`.
        solved (NotebookNode, optional): of `solutions/`, with its outputs; without it no cell
            shows any.

    Raises:
        ValueError: If a cell that is no exercise differs between the two.
    """
    shown = nbformat.from_dict(released)
    solved_cells = {cell.id: cell for cell in solved.cells} if solved else {}
    shown.cells = [
        _cell(cell, solved_cells.get(cell.id)) for cell in released.cells if not _is_hidden(cell)
    ]
    return shown


def _is_hidden(cell: NotebookNode) -> bool:
    """Tell whether a released cell only holds the place of a hidden check."""
    return is_grade(cell) and not is_solution(cell) and cell.source.startswith("# When your work")


def _cell(released: NotebookNode, solved: NotebookNode | None) -> NotebookNode:
    cell = nbformat.from_dict(released)
    cell.metadata = nbformat.from_dict({"tags": _tags(released)})
    if cell.cell_type == "markdown":
        if is_solution(released):
            cell.source = TO_WRITE
        return cell
    cell.execution_count = None
    if solved and not is_solution(released):
        if solved.source != released.source:
            raise ValueError(
                f"cell {released.id} of course/ differs from solutions/; run make course"
            )
        cell.outputs = [shown for output in solved.outputs if (shown := _output(output))]
    return cell


def _tags(cell: NotebookNode) -> list[str]:
    """Return what the page makes of a cell: folded code, or the place of an answer."""
    if is_solution(cell):
        return ["answer"]
    return ["hide-input"] if cell.metadata.get("jupyter", {}).get("source_hidden") else []


def _output(output: NotebookNode) -> NotebookNode | None:
    """Return what a page can show of an output, in one form, or None."""
    if output.output_type == "stream":
        return output if output.name == "stdout" else None
    data = output.get("data", {})
    if page := data.get("text/html"):
        if _WIDGET in data:
            page = page.replace("<figure", '<figure class="explorer"', 1)
            page = page.replace("</figure>", f"{NOTE}</figure>", 1)
        frames = {MIME: data[MIME]} if MIME in data else {}
        return new_output("display_data", {"text/html": page, **frames})
    if _WIDGET in data or "text/plain" not in data:
        return None
    return new_output("display_data", {"text/plain": data["text/plain"]})
