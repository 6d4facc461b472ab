"""Bring the cells of a submission back into the order that nbgrader grades.

Students copy, delete, move and edit cells that they should leave alone, and editors lose the
metadata by which nbgrader knows a cell. Every graded cell of the release stands once in what comes
out, with its own settings; of the student's cells only the text is kept.
"""

from collections.abc import Iterable
from copy import deepcopy

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from nbgrader.utils import compute_checksum, is_grade, is_locked, is_solution

from rcnn_course.grading.intake.cells import Cell, Notes, Unfit, grade_ids, marked, name_of
from rcnn_course.grading.intake.code import LONGEST_CODE
from rcnn_course.grading.intake.misplaced_code import Answers, exercises_of, find_answers, stub_of
from rcnn_course.grading.intake.misplaced_words import bring_words, has_words

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
RAISED = "Below what needs it, and moved above it"
UNTAGGED = "Tagged to be skipped or to fail without notice, and run like any other"
FOREIGN = "Marked as a graded cell that this assignment does not have; it counts for nothing"


def rebuild(cells: list[Cell], released: NotebookNode, notes: Notes) -> NotebookNode:
    """Return a notebook with the student's cells and each marked cell of the release once.

    Args:
        cells: of the submission, in order.
        released: the notebook as students get it.
        notes: takes what was put right, and what is in doubt.

    Raises:
        Unfit: If no cell of this assignment is there, or a cell is far too long.
    """
    _require_sizes(cells)
    _note_oddities(cells, released, notes)
    candidates = {name_of(cell): _recognise(cell, cells, notes) for cell in marked(released)}
    if not any(candidates.values()):
        raise Unfit("It has none of this assignment's graded cells; is it another notebook?")
    cells = _keep_additions(cells, candidates, released)
    answers = find_answers(cells, candidates, released, notes)
    kept = _settle_copies(cells, candidates, answers, released, notes)
    for cell in kept:
        if cell.released is not None:
            _note_changes(cell, cell.released, notes)
    notebook = new_notebook(metadata=deepcopy(released.metadata))
    notebook.cells = [_fresh(cell, answers) for cell in kept]
    fresh = dict(zip(kept, notebook.cells, strict=True))
    _put_back_deleted(notebook, answers, released, notes)
    _move_setup_up(notebook, [fresh[cell] for cell in answers.counting.values()], released, notes)
    _order(notebook, answers, fresh, released, notes)
    bring_words(fresh, notebook, released, notes)
    return notebook


def has_work(notebook: NotebookNode, released: NotebookNode, notes: Notes) -> bool:
    """Tell whether anything is answered in a rebuilt notebook.

    Args:
        notebook: what `rebuild` returned.
        released: the notebook as students get it.
        notes: that `rebuild` filled.
    """
    exercises = exercises_of(released)
    return bool(notes.doubts) or any(
        has_words(cell, released)
        if name_of(cell) not in exercises
        else cell.source.strip() != exercises[name_of(cell)].source.strip()
        and not stub_of(cell.source, name_of(cell))
        for cell in notebook.cells
        if is_solution(cell)
    )


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
            cell.nbgrader = {}


def _recognise(released: NotebookNode, cells: list[Cell], notes: Notes) -> list[Cell]:
    """Return the cells that stand for one of the release, by its mark, its id or its text."""
    name = name_of(released)
    claiming = [cell for cell in cells if cell.claim == name]
    if claiming:
        return claiming
    free = [cell for cell in cells if not cell.claim]
    for fits in (
        lambda cell: cell.id == released.get("id"),
        lambda cell: cell.is_untouched(released),
        lambda cell: is_solution(released) and cell.kind == "code" and name in cell.bindings,
    ):
        fitting = [cell for cell in free if fits(cell)]
        if fitting:
            notes.add(RECOGNISED, name)
            return fitting
    return []


def _keep_additions(
    cells: list[Cell], candidates: dict[str, list[Cell]], released: NotebookNode
) -> list[Cell]:
    """Give code that a student has added to a cell of the course a cell of its own.

    The course's cell is put back as it was; what the added code defines may be an answer.
    """
    kept = list(cells)
    for original in marked(released):
        copies = candidates[name_of(original)]
        if not (copies and is_locked(original) and original.cell_type == "code"):
            continue
        edited = copies[-1]
        added = edited.bindings.keys() - Cell.like(original).bindings.keys()
        if added and not _is_as_released_then(edited):
            place = kept.index(edited) + (0 if is_grade(original) else 1)
            kept.insert(place, edited.plain())
    return kept


def _settle_copies(
    cells: list[Cell],
    candidates: dict[str, list[Cell]],
    answers: Answers,
    released: NotebookNode,
    notes: Notes,
) -> list[Cell]:
    """Give each marked cell of the release to one of its candidates; drop untouched copies.

    Of a check the last copy counts. Of an exercise it is the one with the answer that counts, or
    the last one that anything was written into. Other answers still run.
    """
    dropped = []
    for original in marked(released):
        name = name_of(original)
        copies = [cell for cell in candidates[name] if cell.released is None]
        if not copies:
            continue
        answered = [c for c in copies if c.source.strip() and not c.is_untouched(original)]
        if answers.counting.get(name) in copies:
            chosen = answers.counting[name]
        else:
            chosen = (answered or copies)[-1] if is_solution(original) else copies[-1]
        chosen.released = original
        if len(copies) > 1:
            notes.add(COPIED, name)
            dropped += [cell for cell in copies if cell is not chosen and cell not in answered]
    return [cell for cell in cells if cell not in dropped or cell.released is not None]


def _note_changes(cell: Cell, original: NotebookNode, notes: Notes) -> None:
    name = name_of(original)
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
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        return False


def _fresh(cell: Cell, answers: Answers) -> NotebookNode:
    """Make a valid cell of the text of a submitted one."""
    source = answers.source_of(cell)
    if cell.released is not None:
        fresh = deepcopy(cell.released)
        if not is_locked(fresh):
            fresh.source = source
    else:
        fresh = _NEW_CELL[cell.kind](source, id=f"submitted-{cell.number}")
    if fresh.cell_type == "markdown" and cell.attachments:
        fresh.attachments = NotebookNode(cell.attachments)
    return fresh


def _put_back_deleted(
    notebook: NotebookNode, answers: Answers, released: NotebookNode, notes: Notes
) -> None:
    """Put each missing cell of the release behind the marked one that it followed there."""
    place = None
    for original in marked(released):
        names = [name_of(cell) for cell in notebook.cells]
        if name_of(original) in names:
            place = names.index(name_of(original)) + 1
            continue
        notes.add(DELETED, name_of(original))
        if place is None:
            first_marked = next(index for index, name in enumerate(names) if name)
            place = min(first_marked, released.cells.index(original))
        cell = deepcopy(original)
        if name_of(cell) in answers.counting:
            cell.source = answers.instead_of(name_of(cell))
        notebook.cells.insert(place, cell)
        place += 1


def _move_setup_up(
    notebook: NotebookNode, counting: Iterable[NotebookNode], released: NotebookNode, notes: Notes
) -> None:
    """Put what the course runs before its exercises above them and their answers."""
    for original in marked(released):
        if not (is_locked(original) and not is_grade(original) and original.cell_type == "code"):
            continue
        names = grade_ids(released)
        later = {id(cell) for cell in counting}.union(
            id(cell)
            for cell in marked(notebook)
            if names.index(name_of(cell)) > names.index(name_of(original))
        )
        cell = next(cell for cell in notebook.cells if name_of(cell) == name_of(original))
        first = min(place for place, cell in enumerate(notebook.cells) if id(cell) in later)
        if _place(notebook, cell) > first:
            notes.add(RAISED, name_of(original))
            notebook.cells.pop(_place(notebook, cell))
            notebook.cells.insert(first, cell)


def _order(
    notebook: NotebookNode,
    answers: Answers,
    fresh: dict[Cell, NotebookNode],
    released: NotebookNode,
    notes: Notes,
) -> None:
    """Put the answer that counts, and those that it uses, above its checks, and nothing between."""
    counting = {name: fresh[cell] for name, cell in answers.counting.items()}
    exercise, needed, above = "", [], None
    out_of_order: list[str] = []
    for original in marked(released):
        name = name_of(original)
        cell = next(cell for cell in notebook.cells if name_of(cell) == name)
        if is_solution(original):
            exercise, above = name, None
            own = counting.get(name, cell)
            needed = [own, *(counting[late] for late in out_of_order if answers.uses(name, late))]
        elif is_grade(original) and exercise:
            places = [_place(notebook, needed_cell) for needed_cell in needed]
            if _place(notebook, cell) < max(places):
                notes.add(MOVED, name)
                out_of_order += [exercise] if exercise in counting else []
                notebook.cells.pop(_place(notebook, cell))
                anchor = above if above is not None else notebook.cells[max(places) - 1]
                notebook.cells.insert(_place(notebook, anchor) + 1, cell)
            elif above is None and answers.is_overridden(exercise, notebook, fresh, cell):
                notebook.cells.pop(_place(notebook, needed[0]))
                notebook.cells.insert(_place(notebook, cell), needed[0])
            above = cell


def _place(notebook: NotebookNode, cell: NotebookNode) -> int:
    return next(place for place, other in enumerate(notebook.cells) if other is cell)
