"""Put the cells of `solutions/` on record: nbgrader grades with those that its gradebook has."""

import copy
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from traitlets.config import Config

from rcnn_course.authoring.lint import source_problems
from rcnn_course.grading import faults
from rcnn_course.grading.gradebook.database import address, prepare, resources_of, running_config
from rcnn_course.grading.gradebook.follow_source import FollowSource


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
        ValueError: If the source cannot be used; says why.
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
