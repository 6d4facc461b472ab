"""Bring the cells of a submission back into the order that nbgrader grades.

Students copy, delete, move and edit cells that they should leave alone, and editors lose the
metadata by which nbgrader knows a cell. Every graded cell of the release stands once in what comes
out, with its own settings; of the student's cells only the text is kept.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from nbgrader.utils import compute_checksum, is_grade, is_locked, is_solution

LONGEST_CODE = 200_000
"""Characters in a code cell; a whole notebook of the course has a tenth of it."""

LONGEST_TEXT = 20_000_000
"""Characters in any other cell, pictures inside it included."""

STEERING_TAGS = {"skip-execution", "raises-exception"}
"""Tags that change how a cell is run or what counts as an error."""

SETTINGS = ("grade", "solution", "locked", "task", "points")
_NEW_CELL = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}

COPIED = "More than one copy, of which one counts"
DELETED = "Deleted, and put back"
EDITED = "Edited, and put back as the course has it"
OUTDATED = "From another release of the course, and replaced by the present one"
RESET = "Kind, points or locks changed, and put back"
RECOGNISED = "Without its mark (grade_id), and recognised by its text"
MOVED = "Above the exercise that it checks, and moved below it"
UNTAGGED = "Tagged to be skipped or to fail without notice, and run like any other"
FOREIGN = "Marked as a graded cell that this assignment does not have; it counts for nothing"


class Unfit(Exception):
    """The submission cannot be graded; the text says why."""


class Notes:
    """What was put right: sentences, and cells by what was done to them."""

    def __init__(self) -> None:
        self._sentences: list[str] = []
        self._cells: defaultdict[str, list[str]] = defaultdict(list)

    def say(self, sentence: str) -> None:
        """Add a sentence."""
        self._sentences.append(sentence)

    def add(self, what: str, cell: str) -> None:
        """Add a cell to those to which this was done."""
        if cell not in self._cells[what]:
            self._cells[what].append(cell)

    def sentences(self) -> tuple[str, ...]:
        """Return all sentences; one for all cells to which the same was done."""
        return (
            *self._sentences,
            *(f"{what}: {', '.join(cells)}." for what, cells in self._cells.items()),
        )


@dataclass(eq=False)
class Cell:
    """What is taken from a cell of a submission.

    Attributes:
        number: its place, counted from 1.
        kind: 'code', 'markdown' or 'raw'.
        source: its text.
        id: what the file gives as its id.
        nbgrader: nbgrader's metadata, as far as it is a dictionary.
        tags: what the file gives as its tags.
        attachments: what the file gives as its pictures.
        released: the cell of the release that it stands for, or None.
    """

    number: int
    kind: str
    source: str
    id: Any = None
    nbgrader: dict = field(default_factory=dict)
    tags: Any = None
    attachments: Any = None
    released: NotebookNode | None = None

    @property
    def claim(self) -> Any:
        """The graded cell that it says it is."""
        claim = self.nbgrader.get("grade_id")
        return claim if isinstance(claim, str) else None

    def is_untouched(self, released: NotebookNode) -> bool:
        """Tell whether its text is that of a cell of the release."""
        return self.source.strip() == released.source.strip()


def grade_ids(notebook: NotebookNode) -> list[str]:
    """Return the names of the cells that nbgrader knows, in notebook order."""
    return [_name(cell) for cell in _marked(notebook)]


def restore(cells: list[Cell], released: NotebookNode, notes: Notes) -> NotebookNode:
    """Return a notebook with the student's cells and each marked cell of the release once.

    Args:
        cells: of the submission, in order.
        released: the notebook as students get it.
        notes: takes what was put right.

    Raises:
        Unfit: where no cell of this assignment is there, or a cell is far too long.
    """
    _require_sizes(cells)
    _note_oddities(cells, released, notes)
    candidates = {_name(cell): _recognise(cell, cells, notes) for cell in _marked(released)}
    if not any(candidates.values()):
        raise Unfit("It has none of this assignment's graded cells; is it another notebook?")
    kept = _settle_copies(cells, candidates, released, notes)
    for cell in kept:
        if cell.released is not None:
            _note_changes(cell, notes)
    notebook = new_notebook(metadata=deepcopy(released.metadata))
    notebook.cells = [_fresh(cell) for cell in kept]
    _put_back_deleted(notebook, released, notes)
    _move_checks_below(notebook, released, notes)
    return notebook


def _marked(notebook: NotebookNode) -> Iterator[NotebookNode]:
    return (cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id"))


def _name(cell: NotebookNode) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def _require_sizes(cells: list[Cell]) -> None:
    for cell in cells:
        longest = LONGEST_CODE if cell.kind == "code" else LONGEST_TEXT
        size = len(cell.source) + (len(str(cell.attachments)) if cell.attachments else 0)
        if size > longest:
            raise Unfit(
                f"Cell {cell.number} holds {size:,} characters; at most {longest:,} are graded."
            )


def _note_oddities(cells: list[Cell], released: NotebookNode, notes: Notes) -> None:
    known = set(grade_ids(released))
    for cell in cells:
        tags = cell.tags if isinstance(cell.tags, list) else [cell.tags]
        if any(tag in STEERING_TAGS for tag in tags if isinstance(tag, str)):
            notes.add(UNTAGGED, cell.claim or f"cell {cell.number}")
        if cell.claim and cell.claim not in known:
            notes.add(FOREIGN, repr(cell.claim))


def _recognise(released: NotebookNode, cells: list[Cell], notes: Notes) -> list[Cell]:
    """Return the cells that stand for one of the release, by its mark, its id or its text."""
    name = _name(released)
    claiming = [cell for cell in cells if cell.claim == name]
    if claiming:
        return claiming
    free = [cell for cell in cells if not cell.claim]
    for fits in (
        lambda cell: cell.id == released.get("id"),
        lambda cell: is_locked(released) and cell.is_untouched(released),
        lambda cell: is_solution(released) and cell.kind == "code" and name in _defines(cell),
    ):
        fitting = [cell for cell in free if fits(cell)]
        if fitting:
            notes.add(RECOGNISED, name)
            return fitting
    return []


def _defines(cell: Cell | NotebookNode) -> set[str]:
    """Return the names of the functions and classes that a cell defines."""
    try:
        body = ast.parse(cell.source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def _settle_copies(
    cells: list[Cell], candidates: dict[str, list[Cell]], released: NotebookNode, notes: Notes
) -> list[Cell]:
    """Give each marked cell of the release to one of its candidates; drop untouched copies.

    Of a check the last copy counts. Of an exercise it is the last copy with an answer above the
    check, since that is the one whose result the student has seen. Other answers still run.
    """
    dropped = []
    first_check = anywhere = len(cells) + 1
    for original in reversed(list(_marked(released))):
        copies = candidates[_name(original)]
        if not copies:
            continue
        answered = [cell for cell in copies if not cell.is_untouched(original)]
        if is_solution(original):
            seen = [cell for cell in answered if cell.number < first_check]
            chosen = (seen or answered or copies[:1])[-1]
            first_check = anywhere
        else:
            chosen = copies[-1]
            first_check = chosen.number if is_grade(original) else first_check
        chosen.released = original
        if len(copies) > 1:
            notes.add(COPIED, _name(original))
            dropped += [cell for cell in copies if cell is not chosen and cell not in answered]
    return [cell for cell in cells if cell not in dropped]


def _note_changes(cell: Cell, notes: Notes) -> None:
    original, name = cell.released, _name(cell.released)
    settings = original.metadata.nbgrader
    changed = [key for key in SETTINGS if cell.nbgrader.get(key) != settings.get(key)]
    if cell.kind != original.cell_type or (cell.claim and changed):
        notes.add(RESET, name)
    if is_locked(original) and not cell.is_untouched(original):
        notes.add(OUTDATED if _is_as_released_then(cell) else EDITED, name)


def _is_as_released_then(cell: Cell) -> bool:
    """Tell whether the text is what the cell's own checksum says that it was released with."""
    node = NotebookNode(cell_type=cell.kind, source=cell.source, metadata={})
    node.metadata = NotebookNode(nbgrader=NotebookNode(cell.nbgrader))
    try:
        return compute_checksum(node) == cell.nbgrader.get("checksum")
    except (KeyError, TypeError, ValueError):
        return False


def _fresh(cell: Cell) -> NotebookNode:
    """Make a valid cell of the text of a submitted one."""
    if cell.released is not None:
        fresh = deepcopy(cell.released)
        if not is_locked(fresh):
            fresh.source = cell.source
    else:
        fresh = _NEW_CELL[cell.kind](cell.source, id=f"submitted-{cell.number}")
    if fresh.cell_type == "markdown" and _are_attachments(cell.attachments):
        fresh.attachments = NotebookNode(cell.attachments)
    return fresh


def _are_attachments(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(bundle, dict) and all(isinstance(data, str) for data in bundle.values())
        for bundle in value.values()
    )


def _put_back_deleted(notebook: NotebookNode, released: NotebookNode, notes: Notes) -> None:
    """Put each missing cell of the release behind the marked one that it followed there."""
    place = None
    for original in _marked(released):
        names = [_name(cell) for cell in notebook.cells]
        if _name(original) in names:
            place = names.index(_name(original)) + 1
            continue
        notes.add(DELETED, _name(original))
        if place is None:
            first_marked = next(index for index, name in enumerate(names) if name)
            place = min(first_marked, released.cells.index(original))
        notebook.cells.insert(place, _without_overriding(original, notebook))
        place += 1


def _without_overriding(original: NotebookNode, notebook: NotebookNode) -> NotebookNode:
    """Copy a cell of the release; where another cell holds its answer, without its stub."""
    cell = deepcopy(original)
    name = _name(cell)
    others = (other for other in notebook.cells if other.cell_type == "code")
    if is_solution(cell) and any(name in _defines(other) for other in others):
        cell.source = f"# {name} is defined in another cell."
    return cell


def _move_checks_below(notebook: NotebookNode, released: NotebookNode, notes: Notes) -> None:
    """Move each check that stands above its exercise below it."""
    exercise = above = ""
    for original in _marked(released):
        name = _name(original)
        if is_solution(original):
            exercise = above = name
        elif is_grade(original) and exercise:
            names = [_name(cell) for cell in notebook.cells]
            if names.index(name) < names.index(exercise):
                notes.add(MOVED, name)
                check = notebook.cells.pop(names.index(name))
                notebook.cells.insert(names.index(above), check)
            above = name
