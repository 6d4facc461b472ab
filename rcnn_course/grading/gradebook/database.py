"""nbgrader's gradebook: where it is, and tables for it, all of them or none."""

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from nbgrader.api import Base
from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy import Engine, create_engine, inspect, make_url
from sqlalchemy.pool import NullPool
from traitlets.config import Config

PATIENCE = 120
"""Seconds to wait while another program, such as the formgrader, writes to an SQLite gradebook."""


def address(coursedir: CourseDirectory) -> str:
    """Return the address of the gradebook, with time to wait for others where it is SQLite."""
    url = make_url(coursedir.db_url)
    if url.get_backend_name() != "sqlite":
        return coursedir.db_url
    patient = url.update_query_dict({"timeout": str(PATIENCE)})
    return patient.render_as_string(hide_password=False)


def open_engine(coursedir: CourseDirectory) -> Engine:
    """Return a way to the gradebook, open no longer than it is used; its tables are made."""
    url = address(coursedir)
    prepare(url)
    return create_engine(url, poolclass=NullPool)


def resources_of(coursedir: CourseDirectory, assignment: str, student: str) -> dict[str, dict]:
    """Return what nbgrader's converters tell their preprocessors of a notebook."""
    return {
        "nbgrader": {
            "student": student,
            "assignment": assignment,
            "notebook": assignment,
            "db_url": address(coursedir),
        }
    }


def prepare(db_url: str) -> None:
    """Make the tables of a gradebook that has none, all at once.

    nbgrader would make them too, but asks the command `alembic` for their version: that takes
    seconds, the command must be on the PATH, and whoever interrupts it has half a gradebook.

    Raises:
        ValueError: If the tables are those of another version of nbgrader.
    """
    engine = create_engine(db_url, poolclass=NullPool)  # open no longer than it is used
    newest = ScriptDirectory(ALEMBIC_DIR).get_current_head()
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")  # Python begins none for new tables
        versions = MigrationContext.configure(connection)
        if not inspect(connection).get_table_names():
            Base.metadata.create_all(connection)
            versions.stamp(ScriptDirectory(ALEMBIC_DIR), "head")
        elif versions.get_current_revision() != newest:
            raise ValueError(
                "the gradebook was made by another version of nbgrader; `nbgrader db upgrade` "
                "brings it up to date, and keeps a copy of it as it is"
            )


def running_config() -> Config:
    """Return nbgrader's configuration: of the command that runs, or of the working directory.

    nbgrader works in the course's folder while it grades.
    """
    if NbGrader.initialized():
        return NbGrader.instance().config
    app = NbGrader()
    app.load_config_file()
    return app.config
