"""The cells that a gradebook has of a notebook become those of `solutions/`, whatever has changed.

nbgrader refuses to add or remove a cell as soon as somebody has handed in. Here all cells, and the
rows that each submission needs for them, change in one transaction. What a person gave for a cell
stays with it: also where it is renamed, becomes a cell of another kind, or is taken out and comes
back.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import (
    Comment,
    Grade,
    GradeCell,
    MissingEntry,
    Notebook,
    SolutionCell,
    SourceCell,
    SubmittedNotebook,
    TaskCell,
)
from nbgrader.preprocessors import SaveCells
from sqlalchemy import (
    Column,
    ColumnElement,
    Float,
    MetaData,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
)
from sqlalchemy.orm import Session

REMOVED = Table(
    "rcnn_course_removed",
    MetaData(),
    Column("submission", String(32), primary_key=True),
    Column("cell", String(128), primary_key=True),
    Column("manual_score", Float()),
    Column("extra_credit", Float()),
    Column("manual_comment", Text()),
)
"""What people gave for cells that `solutions/` does not have any more."""

BY_HAND = {Grade: ("manual_score", "extra_credit"), Comment: ("manual_comment",)}
"""What a person gives."""

Row = type[Grade | Comment]
Cells = dict[Row, dict[str, str]]


class FollowSource(SaveCells):
    """nbgrader's SaveCells, for a notebook that may have submissions."""

    def _create_notebook(self, nb: NotebookNode) -> None:
        """Bring the gradebook up to date; SaveCells calls this when it has seen all cells."""
        session = self.gradebook.db()
        REMOVED.metadata.create_all(session.connection())
        try:
            notebook = self.gradebook.find_notebook(self.notebook_id, self.assignment_id)
        except MissingEntry:
            assignment = self.gradebook.find_assignment(self.assignment_id)
            notebook = Notebook(name=self.notebook_id, assignment=assignment)
            session.add(notebook)
        kernelspec = json.dumps(nb.metadata.get("kernelspec", {}))
        if notebook.kernelspec != kernelspec:
            notebook.kernelspec = kernelspec
        session.flush()
        _rename(session, notebook, self.new_source_cells)
        wanted = {
            GradeCell: self.new_grade_cells,
            SolutionCell: self.new_solution_cells,
            TaskCell: self.new_task_cells,
        }
        before = _by_row(notebook)
        cells = {(type(cell), cell.name): cell for cell in notebook._base_cells}
        for kind, of_kind in wanted.items():
            for name, values in of_kind.items():
                values = {key: value for key, value in values.items() if key != "id"}
                _update(session, notebook, cells.get((kind, name)), kind, name, values)
        session.flush()
        stale = [cell for (kind, name), cell in cells.items() if name not in wanted[kind]]
        session.expire(notebook)
        _hand_over(session, before, _by_row(notebook, without=stale))
        for cell in stale:
            session.delete(cell)
        _replace_sources(session, notebook, self.new_source_cells)
        session.flush()
        session.expire(notebook)
        _complete(session, notebook)
        session.commit()


def _by_row(notebook: Notebook, without: Sequence[object] = ()) -> Cells:
    """Return the ids of the cells for which a submission has a row, by kind of row and name."""
    kinds = {Grade: (GradeCell, TaskCell), Comment: (SolutionCell, TaskCell)}
    return {
        row: {
            cell.name: cell.id
            for cell in notebook._base_cells
            if isinstance(cell, kind) and cell not in without
        }
        for row, kind in kinds.items()
    }


def _rename(session: Session, notebook: Notebook, wanted: Mapping[str, dict]) -> None:
    """Rename the cells that stand in the source as they stood, but under another name."""
    known = {cell.name: (cell.cell_type, cell.source) for cell in notebook.source_cells}
    new = {name: (cell["cell_type"], cell["source"]) for name, cell in wanted.items()}
    texts = Counter(known.values()) + Counter(new.values())
    gone = {text: name for name, text in known.items() if name not in new and texts[text] == 2}
    names = {gone[text]: name for name, text in new.items() if name not in known and text in gone}
    for cell in notebook._base_cells:
        cell.name = names.get(cell.name, cell.name)
    session.flush()


def _update(
    session: Session, notebook: Notebook, cell: object, kind: type, name: str, values: dict
) -> None:
    if cell is None:
        session.add(kind(name=name, notebook=notebook, **values))
        return
    for key, value in values.items():
        if getattr(cell, key) != value:
            setattr(cell, key, value)


def _replace_sources(session: Session, notebook: Notebook, wanted: Mapping[str, dict]) -> None:
    """Put the sources on record anew where they differ: their order is that of the cells."""
    fields = ("name", "cell_type", "locked", "source", "checksum")
    new = [{"name": name, **cell} for name, cell in wanted.items()]
    new = [{field: cell[field] for field in fields} for cell in new]
    if [{field: getattr(c, field) for field in fields} for c in notebook.source_cells] != new:
        for cell in notebook.source_cells:
            session.delete(cell)
        session.flush()
        session.add_all(SourceCell(notebook_id=notebook.id, **cell) for cell in new)


def _hand_over(session: Session, before: Cells, after: Cells) -> None:
    """Give the rows of each cell to the one that has its name now, and put away the others."""
    for row, cells in before.items():
        for name, cell in cells.items():
            rows = session.query(row).filter(row.cell_id == cell)
            if name not in after[row]:
                for one in rows.all():
                    _put_away(session, one, name)
                rows.delete(synchronize_session="fetch")
            elif after[row][name] != cell:
                rows.update({"cell_id": after[row][name]}, synchronize_session="fetch")
    session.expire_all()


def _put_away(session: Session, row: Grade | Comment, name: str) -> None:
    """Keep what a person gave for a cell that is taken out."""
    given = {field: getattr(row, field) for field in BY_HAND[type(row)]}
    if any(value is not None for value in given.values()):
        same = (REMOVED.c.submission == row.notebook_id) & (REMOVED.c.cell == name)
        kept = _kept(session, same)
        session.execute(delete(REMOVED).where(same))
        values = {**kept, **given, "submission": row.notebook_id, "cell": name}
        session.execute(insert(REMOVED).values(values))


def _kept(session: Session, which: ColumnElement[bool]) -> Mapping[str, Any]:
    """Return what is put away of a cell, or nothing."""
    row = session.execute(select(REMOVED).where(which)).one_or_none()
    return row._asdict() if row else {}


def _complete(session: Session, notebook: Notebook) -> None:
    """Give each submission the rows that it lacks, with what a person gave for them once."""
    submitted = list(notebook.submissions)
    known = {one.assignment_id for one in submitted}
    for submission in notebook.assignment.submissions:
        if submission.id not in known:
            submitted.append(SubmittedNotebook(notebook=notebook, assignment=submission))
            session.add(submitted[-1])
    session.flush()
    for row, cells in _by_row(notebook).items():
        places = select(row.notebook_id, row.cell_id).where(row.cell_id.in_(cells.values()))
        there = set(map(tuple, session.execute(places)))
        for one in submitted:
            for name, cell in cells.items():
                if (one.id, cell) not in there:
                    given = _taken_back(session, one, row, name)
                    session.add(row(notebook_id=one.id, cell_id=cell, **given))


def _taken_back(
    session: Session, submission: SubmittedNotebook, row: Row, name: str
) -> dict[str, object]:
    """Return what a person gave for a cell before it was taken out."""
    same = (REMOVED.c.submission == submission.id) & (REMOVED.c.cell == name)
    kept = _kept(session, same)
    return {field: kept.get(field) for field in BY_HAND[row]}
