"""The one process that writes: grades, autograded notebooks and what came out.

nbgrader's preprocessors and its gradebook do the work. Where nbgrader's converter saves each cell
by itself, all that belongs to one submission is one transaction here.
"""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

import nbformat
from nbformat import NotebookNode
from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, NbGraderPreprocessor, SaveAutoGrades
from sqlalchemy import Connection, select
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from rcnn_course.grading.execution.steps import apply, partition
from rcnn_course.grading.gradebook import outcomes
from rcnn_course.grading.gradebook.database import address, resources_of
from rcnn_course.grading.gradebook.folders import put_in_place, remove_scratch
from rcnn_course.grading.gradebook.harmless import keep_harmless
from rcnn_course.grading.intake.submissions import fingerprint, folder_of
from rcnn_course.grading.outcome import Graded


class SaveInTransaction(SaveAutoGrades):
    """nbgrader's SaveAutoGrades, in a gradebook that is open already."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Save the grade and the comment of each cell."""
        _take_over(self, resources)
        return NbGraderPreprocessor.preprocess(self, nb, resources)


class AssignPenaltiesInTransaction(AssignLatePenalties):
    """nbgrader's AssignLatePenalties, in a gradebook that is open already."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Set the penalty that the configured plugin gives."""
        _take_over(self, resources)
        self.init_plugin()
        names = (self.assignment_id, self.student_id)
        late = self.gradebook.find_submission(*names).total_seconds_late
        notebook = self.gradebook.find_submission_notebook(self.notebook_id, *names)
        notebook.late_submission_penalty = None
        if late > 0:
            penalty = self.plugin_inst.late_submission_penalty(
                self.student_id, notebook.score, late
            )
            if penalty is not None:
                notebook.late_submission_penalty = self._check_late_penalty(notebook, penalty)
        return nb, resources


def _take_over(preprocessor: NbGraderPreprocessor, resources: dict) -> None:
    known = resources["nbgrader"]
    preprocessor.gradebook = known["gradebook"]
    preprocessor.notebook_id = known["notebook"]
    preprocessor.assignment_id = known["assignment"]
    preprocessor.student_id = known["student"]


class Writer:
    """Saves what came out for the submissions of one assignment."""

    def __init__(self, config: Config, assignment: str):
        self.assignment = assignment
        self.coursedir = CourseDirectory(config=config)
        self.root = Path(self.coursedir.root)
        self._config = config
        self._converter = Autograde(coursedir=self.coursedir, config=config)
        self._gradebook = Gradebook(address(self.coursedir), self.coursedir.course_id)
        outcomes.create(self._gradebook.engine)
        remove_scratch(self.root)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._gradebook.close()

    def known_students(self) -> list[str]:
        """Return the students in the gradebook, whether they have handed in or not."""
        names = [student.id for student in self._gradebook.students]
        self._gradebook.db.remove()
        return names

    def outcomes(self) -> dict[str, tuple[str, Graded]]:
        """Return what came out in earlier runs; see `outcomes.read`.

        The fingerprints are those that `seal` has given.
        """
        return outcomes.read(self._gradebook.engine, self.assignment)

    def seal(self, student: str, mark: str) -> str:
        """Return a hash of a submission's fingerprint and of all that is kept of its grading.

        Where gradebook or folder have lost something since, or got it back from a backup, it is
        another one.
        """
        with self._gradebook.engine.connect() as connection:
            return self._seal(connection, student, mark)

    def _seal(self, connection: Connection, student: str, mark: str) -> str:
        folder = self._autograded(student)
        return fingerprint(folder, f"{mark} {self._in_gradebook(connection, student)}")

    def _in_gradebook(self, connection: Connection, student: str) -> list[tuple]:
        """Return what the gradebook has of an autograded submission."""
        of_student = (Assignment.name == self.assignment) & (
            SubmittedAssignment.student_id == student
        )
        times = (
            select(SubmittedAssignment.timestamp)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .where(of_student)
        )
        found = [(str(time),) for (time,) in connection.execute(times)]
        for row, value in ((Grade, Grade.auto_score), (Comment, Comment.auto_comment)):
            rows = (
                select(BaseCell.name, value)
                .join(row, row.cell_id == BaseCell.id)
                .join(SubmittedNotebook, SubmittedNotebook.id == row.notebook_id)
                .join(
                    SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id
                )
                .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
                .where(of_student)
                .order_by(BaseCell.name)
            )
            found += map(tuple, connection.execute(rows))
        return found

    def sanitize(self, notebook: NotebookNode, student: str) -> NotebookNode:
        """Return a submission as nbgrader is to run it, with the tests of the gradebook."""
        steps = self._converter.sanitize_preprocessors
        return apply(steps, notebook, self._resources(student), self._config)[0]

    def save(
        self,
        graded: Graded,
        fingerprint: str,
        submitted_at: object,
        notebook: NotebookNode,
        files: Mapping[str, bytes],
    ) -> Graded:
        """Save a submission that was run: grades, notebook and what came out.

        Args:
            graded: what came out; `late` is found out here.
            fingerprint: of the submission, to tell later whether it has changed.
            submitted_at: when it was handed in, or None.
            notebook: the executed notebook.
            files: what goes beside it.
        """
        steps = [
            SaveInTransaction
            if issubclass(step, SaveAutoGrades)
            else AssignPenaltiesInTransaction
            if issubclass(step, AssignLatePenalties)
            else step
            for step in partition(self._converter.autograde_preprocessors)[1]
        ]
        with self._transaction() as connection:
            graded = self._enter(graded, submitted_at)
            resources = self._resources(graded.student)
            resources["nbgrader"]["gradebook"] = self._gradebook
            notebook, _ = apply(steps, notebook, resources, self._config)
            self._leave_open(graded)
            self._write(connection, graded, fingerprint, notebook, files)
        return graded

    def _leave_open(self, graded: Graded) -> None:
        """Let Formgrader ask for the points that only the clock has kept from a student."""
        for cell in graded.undecided:
            names = (cell, self.assignment, self.assignment, graded.student)
            grade = self._gradebook.find_grade(*names)
            grade.auto_score = None
            grade.needs_manual_grade = True

    def save_failure(
        self,
        graded: Graded,
        fingerprint: str,
        submitted_at: object,
        notebook: NotebookNode,
        files: Mapping[str, bytes],
    ) -> Graded:
        """Save that a submission could not be graded: no score of an earlier run stays.

        Everything waits for a person, who can open it in the formgrader. Points that somebody has
        given by hand since it failed in the same way stay as they are.

        Args:
            graded: why it failed; `late` is found out here.
            fingerprint: of the submission, to tell later whether it has changed.
            submitted_at: when it was handed in, or None.
            notebook: what there is to see of it, with the reason.
            files: what goes beside it.
        """
        known, before = self.outcomes().get(graded.student, ("", None))
        has_failed = before is not None and before.status == "failed"
        is_same = has_failed and known == self.seal(graded.student, fingerprint)
        with self._transaction() as connection:
            graded = self._enter(graded, submitted_at)
            if not is_same:
                submission = self._gradebook.find_submission(self.assignment, graded.student)
                for one in submission.notebooks:
                    one.late_submission_penalty = None
                    for grade in one.grades:
                        grade.auto_score = None
                        grade.needs_manual_grade = True
                    for comment in one.comments:
                        comment.auto_comment = None
            self._write(connection, graded, fingerprint, notebook, files)
        return graded

    def _write(
        self,
        connection: Connection,
        graded: Graded,
        fingerprint: str,
        notebook: NotebookNode,
        files: Mapping[str, bytes],
    ) -> None:
        """Write what stands outside of nbgrader's tables: the autograded folder and the outcome."""
        self._gradebook.db.flush()
        keep_harmless(notebook)
        put_in_place(
            self._autograded(graded.student),
            {**files, f"{self.assignment}.ipynb": nbformat.writes(notebook).encode()},
            self.root,
        )
        self._converter.set_permissions(self.assignment, graded.student)
        seal = self._seal(connection, graded.student, fingerprint)
        outcomes.write(connection, self.assignment, seal, graded)

    def _enter(self, graded: Graded, submitted_at: object) -> Graded:
        """Put the student and the submission into the gradebook, and find out how late it is."""
        self._gradebook.update_or_create_student(graded.student)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # nbgrader's own, of no effect here
            submission = self._gradebook.update_or_create_submission(
                self.assignment, graded.student, timestamp=submitted_at
            )
        return replace(graded, late=float(submission.total_seconds_late))

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """Let all that nbgrader commits meanwhile count only at the end, and all at once."""
        session, engine = self._gradebook.db, self._gradebook.engine
        session.remove()
        with engine.begin() as connection:
            session.configure(bind=connection, join_transaction_mode="rollback_only")
            try:
                yield connection
            finally:
                session.remove()
                session.configure(bind=engine, join_transaction_mode="conditional_savepoint")

    def _autograded(self, student: str) -> Path:
        step = self.coursedir.autograded_directory
        return folder_of(self.coursedir, step, student, self.assignment)

    def _resources(self, student: str) -> dict[str, dict]:
        return resources_of(self.coursedir, self.assignment, student)
