"""The gradebook follows `solutions/`: nbgrader grades with the cells that it has on record."""

import copy
import tempfile
from pathlib import Path

import nbformat
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from nbformat import NotebookNode
from nbgrader.api import Base, Gradebook, MissingEntry
from nbgrader.apps import NbGrader
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.dbutil import ALEMBIC_DIR
from nbgrader.utils import compute_checksum, is_grade, is_locked
from sqlalchemy import create_engine, inspect
from sqlalchemy.pool import NullPool
from traitlets.config import Config

from rcnn_course.grading.term import TermSeeds


def record_assignment(assignment: str, student: str, notebooks: list[str]) -> None:
    """Put the cells of an assignment on record, unless the gradebook has them as they are now.

    nbgrader calls this before it grades a submission (`Autograde.pre_convert_hook`). Without it,
    a fresh clone fails with 'No assignment', since `course/` is committed and the gradebook is
    not, and an edited test counts only after the next `nbgrader generate_assignment --force`.

    Args:
        assignment: name of the assignment.
        student: not used.
        notebooks: not used.
    """
    put_on_record(assignment, _running_config())


def put_on_record(assignment: str, config: Config) -> NotebookNode:
    """Put the cells of an assignment on record, unless the gradebook has them as they are now.

    Returns:
        The notebook as students get it.

    Raises:
        NbGraderException: where nbgrader cannot make a release of the source.
    """
    coursedir = CourseDirectory(config=config)
    _create(coursedir.db_url)
    config = copy.deepcopy(config)
    config.SaveCells.enabled = not _is_on_record(coursedir, assignment)
    with tempfile.TemporaryDirectory() as scratch:
        coursedir.assignment_id = assignment
        coursedir.notebook_id = "*"
        coursedir.release_directory = scratch
        converter = GenerateAssignment(coursedir=coursedir, config=config)
        converter.start()
        place = coursedir.format_path(scratch, ".", assignment)
        return nbformat.read(Path(place, f"{assignment}.ipynb"), as_version=4)


def _create(db_url: str) -> None:
    """Make the tables of a gradebook that has none, all at once.

    nbgrader would make them too, but asks the command `alembic` for their version: that takes
    seconds, the command must be on the PATH, and whoever interrupts it has half a gradebook.
    """
    engine = create_engine(db_url, poolclass=NullPool)  # open no longer than it is used
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")  # Python begins none for new tables
        if not inspect(connection).get_table_names():
            Base.metadata.create_all(connection)
            MigrationContext.configure(connection).stamp(ScriptDirectory(ALEMBIC_DIR), "head")


def _running_config() -> Config:
    """Return nbgrader's configuration: of the command that runs, or of the working directory.

    nbgrader works in the course's folder while it grades.
    """
    if NbGrader.initialized():
        return NbGrader.instance().config
    app = NbGrader()
    app.load_config_file()
    return app.config


def _is_on_record(coursedir: CourseDirectory, assignment: str) -> bool:
    folder = Path(coursedir.format_path(coursedir.source_directory, ".", assignment))
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        for path in folder.glob("*.ipynb"):
            try:
                recorded = gradebook.find_notebook(path.stem, assignment)
            except MissingEntry:
                return False
            source = nbformat.read(path, as_version=4)
            cells = TermSeeds(config=coursedir.config).preprocess(source, {})[0].cells
            checksums = {
                cell.metadata.nbgrader.grade_id: compute_checksum(cell)
                for cell in cells
                if is_locked(cell)
            }
            points = {
                cell.metadata.nbgrader.grade_id: float(cell.metadata.nbgrader.points)
                for cell in cells
                if is_grade(cell)
            }
            if checksums != {c.name: c.checksum for c in recorded.source_cells if c.locked}:
                return False
            if points != {c.name: c.max_score for c in recorded.grade_cells}:
                return False
    return True
