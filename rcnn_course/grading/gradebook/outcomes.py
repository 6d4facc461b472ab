"""Which submission was graded, and what came out, so that a run can be taken up again.

It is a table of its own in nbgrader's database, and a row of it is written in the transaction that
writes the grades: after a crash, either both are there or neither.
"""

import contextlib

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, Text, delete, select

from rcnn_course.grading.outcome import Graded

TABLE = Table(
    "rcnn_course_ledger",
    MetaData(),
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("graded", Text, nullable=False),
)


def create(engine: Engine) -> None:
    """Make the table, unless it is there."""
    TABLE.metadata.create_all(engine)


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
