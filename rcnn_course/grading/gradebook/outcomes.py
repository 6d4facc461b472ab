"""Which submission was graded, and what came out, so that a run can be taken up again.

It is a table of its own in nbgrader's database, and a row of it is written in the transaction that
writes the grades: after a crash, either both are there or neither. A second table keeps what came
out of earlier attempts.
"""

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    select,
)

from rcnn_course.grading.outcome import Attempt, Graded

_METADATA = MetaData()

TABLE = Table(
    "rcnn_course_ledger",
    _METADATA,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("graded", Text, nullable=False),
)


ATTEMPTS = Table(
    "rcnn_course_attempts",
    _METADATA,
    Column("number", Integer, primary_key=True),
    Column("assignment", String(128), nullable=False),
    Column("student", String(128), nullable=False),
    Column("at", String(32), nullable=False),
    Column("graded", Text, nullable=False),
)


def create(engine: Engine) -> None:
    """Make the tables, unless they are there."""
    _METADATA.create_all(engine)


def write(connection: Connection, assignment: str, fingerprint: str, graded: Graded) -> None:
    """Put down what came out for a submission, in the place of what came out before."""
    same = (TABLE.c.assignment == assignment) & (TABLE.c.student == graded.student)
    connection.execute(delete(TABLE).where(same))
    row = {
        "assignment": assignment,
        "student": graded.student,
        "fingerprint": fingerprint,
        "graded": graded.to_json(),
    }
    connection.execute(TABLE.insert().values(row))
    _add_attempt(connection, assignment, graded)


def _add_attempt(connection: Connection, assignment: str, graded: Graded) -> None:
    """Keep what came out, unless the same did the last time."""
    query = (
        select(ATTEMPTS.c.graded)
        .where((ATTEMPTS.c.assignment == assignment) & (ATTEMPTS.c.student == graded.student))
        .order_by(ATTEMPTS.c.number.desc())
        .limit(1)
    )
    last = connection.execute(query).scalar()
    if last is None or _verdicts(last) != _verdicts(graded.to_json()):
        now = datetime.now(UTC).isoformat(timespec="seconds")
        row = {"student": graded.student, "at": now, "graded": graded.to_json()}
        connection.execute(ATTEMPTS.insert().values(assignment=assignment, **row))


def _verdicts(text: str) -> object:
    """Return which mistake each exercise has; other versions' may be read by none."""
    try:
        graded = Graded.from_json(text)
    except ValueError:
        return text
    return {name: (one.outcome, one.mistake) for name, one in graded.results.items()}


def attempts(engine: Engine) -> list[Attempt]:
    """Return all attempts at all assignments that could be graded, in order.

    Those that were graded before attempts were kept have no time. Tables that are missing are made.
    """
    create(engine)
    with engine.connect() as connection:
        rows: list[Mapping] = list(connection.execute(select(TABLE)).mappings())
        kept = list(connection.execute(select(ATTEMPTS).order_by(ATTEMPTS.c.number)).mappings())
    known = {(row["assignment"], row["student"]) for row in kept}
    older = [row for row in rows if (row["assignment"], row["student"]) not in known]
    found = []
    for row in (*older, *kept):
        with contextlib.suppress(ValueError):
            graded = Graded.from_json(row["graded"])
            if graded.results:
                results = dict(graded.results)
                found.append(Attempt(row["assignment"], row["student"], row.get("at", ""), results))
    return found


def read(engine: Engine, assignment: str) -> dict[str, tuple[str, Graded]]:
    """Return what is put down for an assignment: maps a student to a fingerprint and the result.

    What another version of the course has put down is left out where it has other fields, so that
    it is graded again.
    """
    query = select(TABLE).where(TABLE.c.assignment == assignment)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    found = {}
    for row in rows:
        with contextlib.suppress(ValueError):
            found[row.student] = row.fingerprint, Graded.from_json(row.graded)
    return found
