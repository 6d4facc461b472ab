"""Answers in words that stand in another place than the one that is meant for them.

nbgrader gives 0 points to a question whose cell was left as it is, and asks nobody. Where a student
has written something somewhere else, a person has to read it: it is shown in the question's cell,
which then is no longer as it was.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from rcnn_course.grading.intake.cells import Cell, Notes, name_of
from rcnn_course.grading.intake.code import prose, remarks
from rcnn_course.grading.intake.misplaced_code import exercises_of
from rcnn_course.grading.intake.submissions import shown
from rcnn_course.grading.outcome import Doubt

FEW_WORDS = 3
"""A shorter comment or string in code is no answer."""


@dataclass(frozen=True)
class _Words:
    """What a student has written somewhere.

    Attributes:
        where: the cell or the file, as a person would call it.
        text: Markdown.
        pictures: those that the text shows.
    """

    where: str
    text: str
    pictures: Mapping[str, Mapping[str, str]]


def has_words(cell: NotebookNode, released: NotebookNode) -> bool:
    """Tell whether anything stands in a cell that the release does not have."""
    return bool(_written(cell.source, _lines(released)) or cell.get("attachments"))


def bring_words(
    fresh: Mapping[Cell, NotebookNode],
    notebook: NotebookNode,
    released: NotebookNode,
    notes: Notes,
) -> None:
    """Show in each question that was left empty what was written in other cells.

    Args:
        fresh: maps the cells of the submission to those of the notebook.
        notebook: what is about to be graded; its questions are changed.
        released: the notebook as students get it.
        notes: takes what a person has to decide.
    """
    known = _lines(released)
    places = {id(cell): place for place, cell in enumerate(notebook.cells)}
    empty = _empty_questions(notebook, known)
    if not empty:
        return
    found: dict[str, list[_Words]] = {name_of(question): [] for question in empty}
    begin = {id(cell): _last_check_above(notebook, places[id(cell)]) for cell in empty}
    for cell, node in fresh.items():
        place = places[id(node)]
        question = min(empty, key=lambda other: abs(places[id(other)] - place))
        words = _words_of(cell, released, known, is_near=place > begin[id(question)])
        if words:
            found[name_of(question)].append(words)
    for question in empty:
        if found[name_of(question)]:
            _show(question, found[name_of(question)], notes)


def bring_files(
    names: Sequence[str], notebook: NotebookNode, released: NotebookNode, notes: Notes
) -> None:
    """Name in each question that is still empty the files in which its answer may stand.

    Args:
        names: of files beside the notebook.
        notebook: what is about to be graded; its questions are changed.
        released: the notebook as students get it.
        notes: takes what a person has to decide.
    """
    words = [_Words(shown(name), "*(a file beside the notebook)*", {}) for name in names]
    for question in _empty_questions(notebook, _lines(released)):
        if words:
            _show(question, words, notes)


def _empty_questions(notebook: NotebookNode, known: set[str]) -> list[NotebookNode]:
    return [
        cell
        for cell in notebook.cells
        if is_solution(cell) and is_grade(cell) and not _written(cell.source, known)
    ]


def _words_of(
    cell: Cell, released: NotebookNode, known: set[str], *, is_near: bool
) -> _Words | None:
    """Return what a student has written into a cell, or None where it is no answer in words."""
    original, pictures = cell.released, cell.attachments
    if original is not None and is_solution(original):
        if not is_grade(original) or _written(cell.source, known) or not pictures:
            return None
        return _Words("its own cell", _with_pictures("", cell, pictures), pictures)
    if cell.kind != "code":
        text = _written(cell.source, known)
        text = f"{_fence(text)}" if text and cell.kind == "raw" else text
    elif exercises_of(released).keys() & cell.bindings.keys():
        return None
    else:
        everything = "\n".join(known)
        is_remark = (is_near or original is not None) and any(
            len(re.findall(r"\w+", remark)) >= FEW_WORDS and remark.strip() not in everything
            for remark in remarks(cell.source)
        )
        text = _fence(_written(cell.source if is_remark else prose(cell.source), known), "python")
    if not text and not pictures:
        return None
    named = {f"cell-{cell.number}-{name}": picture for name, picture in pictures.items()}
    return _Words(f"cell {cell.number}", _with_pictures(text, cell, named), named)


def _with_pictures(text: str, cell: Cell, named: Mapping[str, object]) -> str:
    """Return a text that shows each picture under its new name."""
    for old, new in zip(cell.attachments, named, strict=True):
        if f"attachment:{old}" in text:
            text = text.replace(f"attachment:{old}", f"attachment:{new}")
        else:
            text = f"{text}\n\n![{new}](attachment:{new})"
    return text.strip()


def _show(question: NotebookNode, words: Sequence[_Words], notes: Notes) -> None:
    notes.doubts.append(Doubt("words", name_of(question), tuple(one.where for one in words)))
    parts = ["*Nothing was written into this cell. This stands elsewhere:*"]
    for one in words:
        parts += [f"**{one.where}**", one.text]
        if one.pictures and question.cell_type == "markdown":
            question.setdefault("attachments", NotebookNode()).update(one.pictures)
    text = "\n\n".join(parts)
    is_code = question.cell_type == "code"
    question.source = re.sub("^", "# ", text, flags=re.MULTILINE) if is_code else text


def _written(text: str, known: set[str]) -> str:
    """Return the lines of a text that the release does not have, or '' where they hold no word."""
    lines = [line for line in text.splitlines() if line.strip() not in known]
    text = "\n".join(lines).strip()
    return text if re.search(r"\w", text) else ""


def _lines(released: NotebookNode) -> set[str]:
    return {line.strip() for cell in released.cells for line in cell.source.splitlines()}


def _last_check_above(notebook: NotebookNode, place: int) -> int:
    checks = [
        number
        for number, cell in enumerate(notebook.cells[:place])
        if is_grade(cell) and not is_solution(cell)
    ]
    return checks[-1] if checks else -1


def _fence(text: str, language: str = "") -> str:
    """Return a text as a block of code in Markdown, or '' where there is none."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}" if text else ""
