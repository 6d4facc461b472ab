"""The gradebook follows `solutions/`: nbgrader grades with the cells that it has on record."""

import copy
from pathlib import Path

import nbformat
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from nbformat import NotebookNode
from nbgrader.api import Base, Gradebook
from nbgrader.apps import NbGrader
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.dbutil import ALEMBIC_DIR
from nbgrader.preprocessors import SaveCells
from sqlalchemy import create_engine, inspect, make_url
from sqlalchemy.pool import NullPool
from traitlets.config import Config

from rcnn_course.grading import faults
from rcnn_course.grading.follow import FollowSource
from rcnn_course.grading.sources import source_problems

PATIENCE = 120
"""Seconds to wait while another program, such as the formgrader, writes to an SQLite gradebook."""


def record_assignment(assignment: str, student: str, notebooks: list[str]) -> None:
    """Put the cells of an assignment on record.

    nbgrader calls this before it grades a submission (`Autograde.pre_convert_hook`). Without it,
    a fresh clone fails with 'No assignment', since `course/` is committed and the gradebook is
    not, and an edited test counts only after the next `nbgrader generate_assignment --force`.

    Args:
        assignment: name of the assignment.
        student: not used.
        notebooks: not used.
    """
    put_on_record(assignment, running_config())


def put_on_record(assignment: str, config: Config) -> NotebookNode:
    """Put the cells of an assignment on record, as they stand in `solutions/` now.

    Returns:
        The notebook as students get it.

    Raises:
        ValueError: where the source cannot be used; says why.
    """
    coursedir = CourseDirectory(config=config)
    source = Path(coursedir.format_path(coursedir.source_directory, ".", assignment))
    if problems := source_problems(source, for_release=False):
        more = f" (and {len(problems) - 1} more; `rcnn-course course --check` lists them)"
        raise ValueError(problems[0] + (more if problems[1:] else ""))
    db_url = address(coursedir)
    prepare(db_url)
    with Gradebook(db_url, coursedir.course_id) as gradebook:
        gradebook.update_or_create_assignment(assignment)
    file = source / f"{assignment}.ipynb"
    notebook, resources = (
        nbformat.read(file, as_version=4),
        resources_of(coursedir, assignment, "."),
    )
    for step in GenerateAssignment(coursedir=coursedir, config=config).preprocessors:
        step = FollowSource if issubclass(step, SaveCells) else step
        try:
            notebook, resources = step(config=copy.deepcopy(config))(notebook, resources)
        except Exception as error:  # of nbgrader's, which says in many ways that it is not content
            if faults.is_of_machine(error):
                raise
            raise ValueError(f"{file}: {type(error).__name__}: {error}") from error
    return notebook


def address(coursedir: CourseDirectory) -> str:
    """Return the address of the gradebook, with time to wait for others where it is SQLite."""
    url = make_url(coursedir.db_url)
    if url.get_backend_name() != "sqlite":
        return coursedir.db_url
    patient = url.update_query_dict({"timeout": str(PATIENCE)})
    return patient.render_as_string(hide_password=False)


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
        ValueError: where the tables are those of another version of nbgrader.
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
