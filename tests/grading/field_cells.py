"""What students do to cells: copied, split, deleted, moved, and answers in other places."""

import json
from collections.abc import Callable
from copy import deepcopy
from itertools import pairwise

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from tests.grading.field import ANSWER, SOMETHING, UNANSWERED, Row
from tests.grading.made import AREA, SAMPLE, STUBS, Make, cell, edited, place

STUB = STUBS["box_area"]
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAG7buVgAAAABJRU5ErkJggg=="
)
PICTURE = {"answer.png": {"image/png": PIXEL}}
LONG = "# Hidden\n\n" + "$$\\int_0^1 x^2$$ <b>☃ \u202eשלום</b> <details>\n\n" * 400 + ANSWER


def steps(*edits: Callable[[NotebookNode], object]) -> Make:
    """Hand in the right notebook after several edits."""
    return edited(lambda notebook: [edit(notebook) for edit in edits])


def put(cell_to_put: NotebookNode, after: str) -> Callable[[NotebookNode], None]:
    """Return the edit that puts a new cell behind one of the course."""
    return lambda nb: nb.cells.insert(place(nb, after) + 1, deepcopy(cell_to_put))


def put_above(cell_to_put: NotebookNode, before: str) -> Callable[[NotebookNode], None]:
    """Return the edit that puts a new cell above one of the course."""
    return lambda nb: nb.cells.insert(place(nb, before), deepcopy(cell_to_put))


def write(grade_id: str, text: str, **changes: object) -> Callable[[NotebookNode], None]:
    """Return the edit that gives a cell another text, and more if wanted."""
    return lambda nb: cell(nb, grade_id).update(source=text, **changes)


def delete(*grade_ids: str) -> Callable[[NotebookNode], None]:
    """Return the edit that deletes cells."""
    return lambda nb: [nb.cells.pop(place(nb, name)) for name in grade_ids]


def copy(grade_id: str, text: str | None = None) -> Callable[[NotebookNode], None]:
    """Return the edit that copies a cell below itself, its mark included, and changes the copy."""

    def edit(nb: NotebookNode) -> None:
        twin = deepcopy(cell(nb, grade_id))
        twin.source = twin.source if text is None else text
        twin["id"] = f"{grade_id}-again"
        nb.cells.insert(place(nb, grade_id) + 1, twin)

    return edit


def mark(grade_id: str, **settings: object) -> Callable[[NotebookNode], None]:
    """Return the edit that changes what nbgrader has noted at a cell."""
    return lambda nb: cell(nb, grade_id).metadata.nbgrader.update(settings)


def unmark(*grade_ids: str) -> Callable[[NotebookNode], None]:
    """Return the edit that takes a cell's metadata away, and its id, as copying its text does."""

    def edit(nb: NotebookNode) -> None:
        for name in grade_ids:
            plain = cell(nb, name)
            plain.metadata, plain["id"] = NotebookNode(), f"new-{name.replace('_', '-')}"

    return edit


def _all_unmarked(notebook: NotebookNode) -> None:
    for number, each in enumerate(notebook.cells):
        each.metadata, each["id"] = NotebookNode(), f"new-{number}"


def _all_but_ids_unmarked(notebook: NotebookNode) -> None:
    for each in notebook.cells:
        each.metadata = NotebookNode()


def _old_marks(notebook: NotebookNode) -> None:
    for each in notebook.cells:
        if "nbgrader" in each.metadata:
            kept = ("grade", "grade_id", "solution", "points", "checksum")
            old = {k: v for k, v in each.metadata.nbgrader.items() if k in kept}
            each.metadata["nbgrader"] = NotebookNode(old)


def _hidden(notebook: NotebookNode) -> None:
    for each in notebook.cells:
        each.metadata.update(jupyter={"source_hidden": True, "outputs_hidden": True})
        each.metadata.update(collapsed=True, scrolled=True, tags=["hide-input", "remove-cell"])


def _swapped(notebook: NotebookNode) -> None:
    first, second = place(notebook, "box_area"), place(notebook, "bilinear_sample")
    end = place(notebook, "question_text")
    cells = notebook.cells
    notebook.cells = cells[:first] + cells[second:end] + cells[first:second] + cells[end:]


def _merged(notebook: NotebookNode) -> None:
    cell(notebook, "box_area").source += "\n\ncheck(box_area)"
    delete("check_box_area")(notebook)


def _apart(notebook: NotebookNode) -> None:
    for before, _ in list(pairwise(notebook.cells)):
        notebook.cells.insert(notebook.cells.index(before) + 1, new_code_cell(""))
    notebook.cells += [new_code_cell("\n"), new_markdown_cell(""), new_raw_cell(" ")]


def _trailing(notebook: NotebookNode) -> None:
    for each in notebook.cells:
        each.source += "  \n\n"


OWN = new_code_cell(AREA)
BELOW = new_markdown_cell(ANSWER)
HELPED = "def side(boxes, axis):\n    return boxes[:, axis + 2] - boxes[:, axis]"
USES_HELP = "def box_area(boxes):\n    return side(boxes, 0) * side(boxes, 1)"

CELLS = {
    "check copied": Row("nbgrader#1083", steps(copy("check_box_area")), told="More than one copy"),
    "check copied into an own test": Row("nbgrader#1083",
        steps(copy("check_box_area", "box_area(torch.zeros(0, 4)).shape")),
        told="More than one copy"),
    "answer copied": Row("nbgrader#108", steps(write("box_area", STUB), copy("box_area", AREA)),
        told="More than one copy"),
    "stub copied below the answer": Row("grader-service#52", steps(copy("box_area", STUB)),
        told="More than one copy"),
    "answer split in two": Row("ananke#12",
        steps(write("box_area", HELPED), copy("box_area", USES_HELP)), told="More than one copy"),
    "setup split in two": Row("jupyter/notebook#1156",
        steps(write("setup", "import math"), copy("setup", "import torch")), told=SOMETHING),
    "words copied": Row("nbgrader#1331",
        steps(copy("question_answer"), write("question_answer", UNANSWERED)),
        told="More than one copy"),
    "check deleted": Row("nbgrader#1682", steps(delete("check_box_area_hidden")), told="Deleted"),
    "all checks deleted": Row("grader-service#213", steps(delete("check_box_area",
        "check_box_area_hidden", "check_bilinear_sample", "check_bilinear_sample_hidden")),
        told="Deleted"),
    "setup deleted": Row("moorepants/resonance#109", steps(delete("setup")), told="Deleted"),
    "exercise deleted": Row("grader-service#213", steps(delete("box_area")), (0, 5),
        told="box_area"),
    "answer and check merged": Row("nteract/archived-desktop-app#5563", steps(_merged),
        told="Deleted"),
    "check above the exercise": Row("nbgrader#1682",
        steps(lambda nb: nb.cells.insert(2, nb.cells.pop(place(nb, "check_box_area")))),
        told="Above the exercise"),
    "exercises in another order": Row("nbgrader#1682", steps(_swapped), told=None),
    "metadata lost": Row("vscode-python#9997", steps(_all_but_ids_unmarked),
        told="Without its mark"),
    "metadata and ids lost": Row("nbgrader#424", steps(_all_unmarked), told="Without its mark"),
    "words pasted into a new cell": Row("nbgrader#424", steps(unmark("question_answer")),
        told=SOMETHING),
    "exercise pasted into a new cell": Row("nbgrader#424", steps(unmark("box_area")),
        told="Without its mark"),
    "marks of an old nbgrader": Row("nbgrader#1398", steps(_old_marks), told="put back"),
    "mark that is null": Row("nbgrader#377",
        steps(lambda nb: cell(nb, "check_box_area").metadata.update(nbgrader=None)),
        told="Without its mark"),
    "space in the mark": Row("cocalc#4743", steps(
        lambda nb: cell(nb, "box_area").metadata.nbgrader.update(grade_id="box area")),
        told=SOMETHING),
    "check turned to text": Row("nbgrader#92",
        steps(lambda nb: cell(nb, "check_box_area").update(cell_type="markdown")), told="put back"),
    "answer turned to text": Row("nbgrader#107",
        steps(lambda nb: cell(nb, "box_area").update(cell_type="raw")), told="put back"),
    "check edited": Row("nbgrader#878", steps(write("check_box_area", "#check(box_area)")),
        told="Edited"),
    "setup edited": Row("nbgrader#131",
        steps(write("setup", "import torch\nimport numpy as np\nfrom rcnn_course import *")),
        told="Edited"),
    "answer in the check's cell": Row("nbgrader#907",
        steps(write("box_area", STUB), write("check_box_area", AREA + "\n\ncheck(box_area)")),
        told="Edited"),
    "answer in a cell below the stub": Row("moorepants/resonance#109",
        steps(write("box_area", STUB), put(OWN, "box_area")), told=None),
    "answer in a cell above the stub": Row("nbgrader#1546",
        steps(write("box_area", STUB), put_above(OWN, "box_area")), told=SOMETHING),
    "answer above a stub typed anew": Row("nbgrader#1546", steps(
        write("box_area", "def box_area(boxes):\n    # see above\n    raise NotImplementedError()"),
        put_above(OWN, "box_area")), told=SOMETHING),
    "answer at the end of the notebook": Row("otter-grader#244",
        steps(write("box_area", STUB), lambda nb: nb.cells.append(OWN)), told=SOMETHING),
    "answer in a cell below the checks": Row("otter-grader#244",
        steps(write("box_area", STUB), put(OWN, "check_box_area_hidden")), told=SOMETHING),
    "both answers in the first cell": Row("otter-grader#890", steps(write("box_area",
        f"{AREA}\n\n\n{SAMPLE}"), write("bilinear_sample", STUBS["bilinear_sample"])),
        told=SOMETHING),
    "answer above the line to be replaced": Row("nbgrader#542",
        steps(write("box_area", AREA + "\n    raise NotImplementedError"))),
    "answer below the line to be replaced": Row("nbgrader#542",
        steps(write("box_area", STUB + "\n    return boxes[:, 0]")), (0, 5), told="not attempted"),
    "words in a cell below": Row("moorepants/resonance#109",
        steps(write("question_answer", UNANSWERED), put(BELOW, "question_answer")), told=None),
    "words in a cell above": Row("moorepants/resonance#109",
        steps(write("question_answer", UNANSWERED), put(BELOW, "question_text")), told=None),
    "words in the question": Row("nbgrader#131", steps(write("question_answer", UNANSWERED),
        lambda nb: cell(nb, "question_text").update(source=f"In your own words: {ANSWER}")),
        told="Edited"),
    "words in the course's last cell": Row("moorepants/resonance#109",
        steps(write("question_answer", UNANSWERED),
            lambda nb: nb.cells[-1].update(source=nb.cells[-1].source + f"\n\n{ANSWER}")),
        told=None),
    "words as a comment in code": Row("nbgrader#92",
        steps(write("question_answer", f"# {ANSWER}", cell_type="code", outputs=[])),
        told="put back"),
    "words as a comment in a new cell": Row("nbgrader#977", steps(
        write("question_answer", UNANSWERED), put(new_code_cell(f"# {ANSWER}"), "question_answer")),
        told=None),
    "words printed": Row("nbgrader#977", steps(write("question_answer", UNANSWERED),
        put(new_code_cell(f"print({ANSWER!r})"), "question_answer")), told=None),
    "words' cell deleted": Row("nbgrader#1682", steps(delete("question_answer"),
        put(BELOW, "question_text")), told="Deleted"),
    "words below the placeholder": Row("cocalc#4764",
        steps(write("question_answer", f"{UNANSWERED}\n\n{ANSWER}"))),
    "words with everything in them": Row("nbgrader#326", steps(write("question_answer", LONG))),
    "words deleted": Row("nbgrader#542", steps(write("question_answer", "")), asked=None, shown="",
        told=None),
    "picture as the answer": Row("nbgrader#950", steps(write("question_answer",
        "![](attachment:answer.png)", attachments=PICTURE)), shown="attachment:answer.png"),
    "picture in a cell below": Row("nbgrader#950", steps(write("question_answer", UNANSWERED),
        put(new_markdown_cell("![](attachment:answer.png)", attachments=PICTURE),
            "question_answer")), shown="attachment:answer.png", told=None),
    "picture in the text": Row("cocalc#7365", steps(write("question_answer",
        f"{ANSWER} ![](data:image/png;base64,{PIXEL * 9000})"))),
    "tags that skip": Row("nbgrader#1425", steps(lambda nb: [
        each.metadata.update(tags=["skip-execution"]) for each in nb.cells]), told="Tagged"),
    "tag that allows errors": Row("executablebooks/MyST-NB#428", steps(
        lambda nb: cell(nb, "box_area").metadata.update(tags=["raises-exception"])), told="Tagged"),
    "hidden cells": Row("executablebooks/MyST-NB#428", steps(_hidden)),
    "points changed": Row("earthlab/abc-classroom#154", steps(mark("check_box_area", points=9.5)),
        told="put back"),
    "locks opened": Row("nbgrader#878", steps(*(mark(name, locked=False) for name in
        ("setup", "check_box_area", "question_text"))), told="put back"),
    "empty cells between": Row("vscode#160941", steps(_apart)),
    "empty lines at the end of cells": Row("nbgrader#878", steps(_trailing)),
    "header of jupytext": Row("jupytext#764", steps(lambda nb: nb.cells.insert(0, new_raw_cell(
        "---\njupyter:\n  jupytext:\n    formats: ipynb,py:percent\n---")))),
    "no cells": Row("berkeley-dsep-infra/datahub#4477", steps(lambda nb: nb.cells.clear()), None,
        told="none of this assignment"),
    "another course's notebook": Row("nbgrader#1219", steps(lambda nb: nb.update(
        cells=[new_code_cell("1 + 1"), new_markdown_cell(json.dumps(PIXEL))])), None,
        told="another notebook"),
}  # fmt: skip
