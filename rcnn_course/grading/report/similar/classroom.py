"""The answers of a class as texts, exercise by exercise; nothing of them runs."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_locked

from rcnn_course.authoring.course import load_config
from rcnn_course.grading import faults
from rcnn_course.grading.intake import preflight
from rcnn_course.grading.intake.cells import name_of
from rcnn_course.grading.intake.code import bindings, parse
from rcnn_course.grading.intake.misplaced_code import exercises_of
from rcnn_course.grading.intake.submissions import folder_of, students_with_submission


@dataclass(frozen=True)
class Classroom:
    """What a class has handed in for an assignment.

    Attributes:
        answers: maps each exercise to the answer of each student, in notebook order.
        handed_out: maps each exercise to its cell as students get it.
        solutions: maps each exercise to the course's own answer.
        known: names that the notebook gives: what it imports and defines.
        students: those whose notebooks were read.
        not_read: maps other students to why theirs could not be read.
    """

    answers: Mapping[str, Mapping[str, str]]
    handed_out: Mapping[str, str]
    solutions: Mapping[str, str]
    known: frozenset[str]
    students: tuple[str, ...]
    not_read: Mapping[str, str]


def read_class(root: Path, assignment: str, done: Callable[[], object]) -> Classroom:
    """Read all submissions of an assignment as data.

    Args:
        root: the folder of the course.
        assignment: name of the assignment; its notebook has the same name.
        done: is called after each submission.

    Raises:
        ValueError: If there is no such assignment, or it has not been released.
    """
    coursedir = CourseDirectory(config=load_config(root))
    source = _notebook(coursedir, coursedir.source_directory, assignment)
    released = _notebook(coursedir, coursedir.release_directory, assignment)
    cells = exercises_of(released)
    answers: dict[str, dict[str, str]] = {name: {} for name in cells}
    not_read = {}
    students = students_with_submission(coursedir, assignment)
    for student in students:
        folder = folder_of(coursedir, coursedir.submitted_directory, student, assignment)
        try:
            fitness = preflight.inspect(folder / f"{assignment}.ipynb", released)
            notebook, refusal = fitness.notebook, fitness.refusal
        except Exception as error:  # that nobody has foreseen; the others are read all the same
            if faults.is_of_machine(error):
                raise
            notebook, refusal = None, f"It cannot be read: {type(error).__name__}: {error}"
        if notebook is None:
            not_read[student] = refusal
        else:
            for name in cells:
                answers[name][student] = _answer(notebook, name)
        done()
    return Classroom(
        answers,
        {name: cell.source for name, cell in cells.items()},
        {name: cell.source for name, cell in exercises_of(source).items()},
        frozenset(_given(released)),
        tuple(student for student in students if student not in not_read),
        not_read,
    )


def _notebook(coursedir: CourseDirectory, step: str, assignment: str) -> NotebookNode:
    path = folder_of(coursedir, step, ".", assignment) / f"{assignment}.ipynb"
    if not path.is_file():
        raise ValueError(f"{path} is missing; `rcnn-course course` writes what students get")
    return nbformat.read(path, as_version=4)


def _answer(notebook: NotebookNode, name: str) -> str:
    """Return the text that answers an exercise: its own cell's, or that of another with it."""
    own = str(exercises_of(notebook)[name].source)
    if bindings(own).get(name):
        return own
    others = (
        str(cell.source)
        for cell in notebook.cells
        if cell.cell_type == "code" and not (name_of(cell) and is_locked(cell))
    )
    return next((text for text in others if name in text and bindings(text).get(name)), own)


def _given(released: NotebookNode) -> set[str]:
    """Return the names of what a notebook imports, and of its functions and classes."""
    found = set(exercises_of(released))
    for cell in released.cells:
        tree = parse(cell.source) if cell.cell_type == "code" else None
        for node in tree.body if tree else ():
            match node:
                case ast.Import(names) | ast.ImportFrom(names=names):
                    found |= {alias.asname or alias.name.partition(".")[0] for alias in names}
                case ast.FunctionDef(name) | ast.ClassDef(name):
                    found.add(name)
    return found
