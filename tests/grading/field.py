"""What a class hands in, by the public bug reports of nbgrader, otter, Jupyter and their kin.

The assignment has the shape of the course's own: two exercises of 5 points each, and a question in
words that somebody grades. The rows are in `field_files`, `field_cells` and `field_code`; what
should come of each is what a fair instructor would decide who has the submission in hand.
"""

from collections.abc import Callable
from dataclasses import dataclass

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from tests.grading.made import Make, cell, place, source

ANSWER = "A box cannot say which of its pixels belong to the object."
UNANSWERED = "YOUR ANSWER HERE"
TRIED = "with once_written(box_area):\n    print(box_area(torch.tensor([[1.0, 2.0, 4.0, 6.0]])))"

ALL = (5, 5)
SOMETHING = "."
"""Stands in whatever is said: every sentence ends in it."""


@dataclass(frozen=True)
class Row:
    """A submission, and what should come of it.

    Attributes:
        met: where the kind was met, as project#number.
        make: writes it into the student's folder, from the notebook with right answers.
        points: of `box_area` and `bilinear_sample`; None where the submission cannot be graded; ...
            where that is for a person to decide, who must be told.
        told: words of what student and instructor read about it; '' where there is nothing to say;
            None where either is right.
        never: words that are not said.
        asked: whether somebody is asked to grade the question; None where either is right.
        shown: what that person finds in the notebook.
        look: words of a suspicion; None where one is right and none too.
    """

    met: str
    make: Make
    points: tuple[int, int] | None = ALL
    told: str | None = ""
    never: str = "Traceback"
    asked: bool | None = True
    shown: str = ANSWER
    look: str | None = ""


def assignment(make_cell: Callable[..., NotebookNode]) -> NotebookNode:
    """Return the assignment as instructors have it."""
    notebook = source(make_cell)
    cell(notebook, "setup").source += ", once_written"
    question = "## In your own words\n\nWhat does a box not say about an object?"
    notebook.cells.insert(0, new_markdown_cell("# Boxes", id="title"))
    tried = new_code_cell(TRIED, id="tried")
    notebook.cells.insert(place(notebook, "check_box_area_hidden") + 1, tried)
    notebook.cells += [
        make_cell("question_text", question, markdown=True),
        make_cell("question_answer", UNANSWERED, points=2, solution=True, markdown=True),
        new_markdown_cell("## What can go wrong in practice", id="practice"),
    ]
    return notebook
