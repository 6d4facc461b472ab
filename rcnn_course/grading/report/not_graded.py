"""What the formgrader and the feedback page show of a submission that could not be run."""

import copy

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from rcnn_course.grading.outcome import Graded
from rcnn_course.grading.report.feedback_steps import listed


def explained(notebook: NotebookNode, graded: Graded) -> NotebookNode:
    """Return a notebook without outputs, with the reason why it was not graded on top.

    Args:
        notebook: what could be read of the submission, or the release where nothing could.
        graded: why it was not graded.
    """
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata["rcnn_course"] = {"failed": graded.reason, "mended": list(graded.mended)}
    notebook.cells.insert(0, new_markdown_cell(said(graded), id="not-graded"))
    return notebook


def said(graded: Graded) -> str:
    """Return why a submission was not graded, as a cell of Markdown."""
    return "\n".join(
        [
            "<h2>Not graded</h2>",
            listed("This could not be run, so no check has given points:", [graded.reason]),
            listed("Before that, this was put right:", graded.mended),
        ]
    )
