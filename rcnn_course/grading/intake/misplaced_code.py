"""Answers that stand in another cell than the one that is meant for them.

A student writes an answer into a new cell and leaves the stub as it is, below or above; or in the
cell of another exercise, in that of a check, in a module beside the notebook. Run from top to
bottom, a stub could then undo an answer, and a check come before it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_locked, is_solution

from rcnn_course.grading.intake.cells import Cell, Notes, marked, name_of
from rcnn_course.grading.intake.code import bindings, mentions, without_stub
from rcnn_course.grading.outcome import Doubt

ELSEWHERE = "Answered in another cell than its own, and that answer counts"
RIVALS = "Answered in several cells, of which the one counts that its check saw last"
REVIVED = "Not code, but holds an answer, and is run as code"
SET_ASIDE = "A stub of an exercise that is answered in another cell, which does not run"

UNSEEN = re.compile(r"\bimport \*|\b(?:exec|globals)\(|^[ \t]*%run\b", re.MULTILINE)
"""Code that defines names which do not stand in it."""


@dataclass(frozen=True)
class Answers:
    """Where the exercises of a submission are answered.

    Attributes:
        counting: maps an exercise to the cell whose answer counts; it has none without an answer.
        rivals: maps it to all cells with an answer.
    """

    counting: Mapping[str, Cell]
    rivals: Mapping[str, list[Cell]]

    def source_of(self, cell: Cell) -> str:
        """Return the text of a cell without stubs of what is answered in another one."""
        source = cell.source
        for name, counting in self.counting.items():
            if name in cell.bindings:
                own = cell.released
                is_stub = own is not None and name_of(own) == name and cell.is_untouched(own)
                if is_stub and counting is not cell:
                    return self.instead_of(name)
                source = without_stub(source, name)
        return source

    def instead_of(self, name: str) -> str:
        """Return what stands in the cell of an exercise that is answered in another one."""
        return f"# {name} is defined in another cell."

    def uses(self, name: str, other: str) -> bool:
        """Tell whether the answer to an exercise calls that to another one."""
        return name in self.counting and other in mentions(self.counting[name].source)

    def is_overridden(
        self, name: str, notebook: NotebookNode, fresh: Mapping[Cell, NotebookNode], check: object
    ) -> bool:
        """Tell whether another answer stands between the one that counts and its check.

        Args:
            name: of the exercise.
            notebook: what is about to be graded.
            fresh: maps the cells of the submission to those of `notebook`.
            check: a cell of `notebook`.
        """
        counting = self.counting.get(name)
        if counting is None or name_of(fresh[counting]) not in ("", name):
            return False
        places = {id(cell): place for place, cell in enumerate(notebook.cells)}
        between = range(places[id(fresh[counting])] + 1, places[id(check)])
        return any(places[id(fresh[cell])] in between for cell in self.rivals[name])


def exercises_of(released: NotebookNode) -> dict[str, NotebookNode]:
    """Return the cells that are to be answered in code, by name."""
    return {
        name_of(cell): cell
        for cell in marked(released)
        if is_solution(cell) and cell.cell_type == "code"
    }


def stub_of(source: str, name: str) -> bool:
    """Tell whether a cell defines a name, but not to its end."""
    return bindings(source).get(name) is False


def find_answers(
    cells: list[Cell], candidates: Mapping[str, list[Cell]], released: NotebookNode, notes: Notes
) -> Answers:
    """Find out which cell's answer counts for each exercise.

    Args:
        cells: of the submission, in order.
        candidates: maps each marked cell of the release to the cells that may stand for it.
        released: the notebook as students get it.
        notes: takes what is to be said.
    """
    given = {cell.source.strip() for cell in released.cells}
    replaced = {
        candidates[name_of(cell)][-1]
        for cell in marked(released)
        if is_locked(cell) and candidates[name_of(cell)]
    }
    text = {
        candidate
        for cell in marked(released)
        if cell.cell_type != "code"
        for candidate in candidates[name_of(cell)]
    }
    free = [cell for cell in cells if cell not in replaced and cell.source.strip() not in given]
    code = [cell for cell in free if cell.kind == "code" and cell not in text]
    checks = _checks_of(released)
    counting, rivals = {}, {}
    for name in exercises_of(released):
        own = candidates[name]
        found = [cell for cell in free if cell.bindings.get(name) and (cell in code or cell in own)]
        if not found:
            found = _revive(name, free, notes)
        if not found:
            _ask_about(name, [cell for cell in free if cell not in own], notes)
            continue
        seen_by = [candidates[check][-1] for check in checks.get(name, ()) if candidates[check]]
        chosen = _choose(found, seen_by, cells)
        counting[name], rivals[name] = chosen, found
        where = f"{name} (cell {chosen.number})"
        others = {cell.source.strip() for cell in found if cell not in own or chosen not in own}
        if len(others | {chosen.source.strip()}) > 1:
            notes.add(RIVALS, where)
            notes.doubts.append(Doubt("rivals", name, tuple(f"cell {c.number}" for c in found)))
        elif chosen not in own:
            notes.add(ELSEWHERE, where)
        for cell in cells:
            if cell.bindings.get(name) is False and cell not in own and cell.kind == "code":
                notes.add(SET_ASIDE, f"{name} (cell {cell.number})")
    return Answers(counting, rivals)


def _checks_of(released: NotebookNode) -> dict[str, list[str]]:
    """Return the names of the checks of each exercise, the visible one first."""
    checks: dict[str, list[str]] = {}
    exercise = ""
    for cell in marked(released):
        if is_solution(cell):
            exercise = name_of(cell)
        elif is_grade(cell):
            checks.setdefault(exercise, []).append(name_of(cell))
    return checks


def _choose(found: list[Cell], checks: list[Cell], cells: list[Cell]) -> Cell:
    """Return the cell whose answer its student last saw to pass, or else the one above its check.

    Where the visible check shows no error, the answer that was run last before it has passed.
    """
    visible = checks[0] if checks else None
    if visible and visible.ran and not visible.has_failed:
        seen = [cell for cell in found if 0 < cell.ran < visible.ran]
        if seen:
            return max(seen, key=lambda cell: cell.ran)
    first = min((cells.index(check) for check in checks), default=len(cells))
    above = [cell for cell in found if cells.index(cell) < first]
    return (above or found)[-1]


def _revive(name: str, free: list[Cell], notes: Notes) -> list[Cell]:
    """Return a cell of text that is nothing but code with the answer, turned into code."""
    found = [cell for cell in free if not cell.claim and cell.bindings.get(name)][-1:]
    for cell in found:
        notes.add(REVIVED, f"cell {cell.number}")
        cell.kind = "code"
    return found


def _ask_about(name: str, free: list[Cell], notes: Notes) -> None:
    """Have a person look at cells that may define an exercise, which only running them would show.

    They are no Python, or define names that do not stand in them.
    """
    defines = re.compile(rf"^[> \t]*(?:(?:async )?def|class) +{re.escape(name)}\b", re.MULTILINE)
    where = [
        f"cell {cell.number}"
        for cell in free
        if cell.bindings.get(name) is not False
        and (defines.search(cell.source) or (cell.kind == "code" and UNSEEN.search(cell.source)))
    ]
    if where:
        notes.doubts.append(Doubt("code", name, tuple(where)))
