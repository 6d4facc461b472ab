"""The one process that writes: grades, autograded notebooks and the ledger.

nbgrader's preprocessors and its gradebook do the work. Where nbgrader's converter saves each cell
by itself, all that belongs to one submission is one transaction here.
"""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, NbGraderPreprocessor, SaveAutoGrades
from nbgrader.utils import rmtree
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from rcnn_course.grading import ledger
from rcnn_course.grading.execute import apply, partition
from rcnn_course.grading.graded import Graded
from rcnn_course.grading.submissions import folder_of

PATIENCE = 120
"""Seconds to wait while another program, such as the formgrader, writes to an SQLite gradebook."""

SCRATCH = ".grading-"
"""How folders begin in which an autograded submission is put together."""


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
        self._gradebook = Gradebook(_patient(self.coursedir.db_url), self.coursedir.course_id)
        ledger.create(self._gradebook.engine)
        for folder in self.root.glob(f"{SCRATCH}*"):  # of a run that was killed
            shutil.rmtree(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._gradebook.close()

    def known_students(self) -> list[str]:
        """Return the students in the gradebook, whether they have handed in or not."""
        names = [student.id for student in self._gradebook.students]
        self._gradebook.db.remove()
        return names

    def ledger(self) -> dict[str, tuple[str, Graded]]:
        """Return what came out in earlier runs; see `ledger.read`."""
        return ledger.read(self._gradebook.engine, self.assignment)

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
        """Save a submission that was run: grades, notebook and ledger.

        Args:
            graded: what came out; `late` is found out here.
            fingerprint: of the submission, for the ledger.
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
            self._gradebook.db.flush()
            ledger.write(connection, self.assignment, fingerprint, graded)
            self._replace_autograded(graded.student, notebook, files)
        return graded

    def _leave_open(self, graded: Graded) -> None:
        """Let Formgrader ask for the points that only the clock has kept from a student."""
        for cell in graded.undecided:
            names = (cell, self.assignment, self.assignment, graded.student)
            grade = self._gradebook.find_grade(*names)
            grade.auto_score = None
            grade.needs_manual_grade = True

    def save_failure(self, graded: Graded, fingerprint: str, submitted_at: object) -> Graded:
        """Save that a submission could not be graded: no score of an earlier run stays."""
        with self._transaction() as connection:
            graded = self._enter(graded, submitted_at)
            submission = self._gradebook.find_submission(self.assignment, graded.student)
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    grade.auto_score = None
                    grade.needs_manual_grade = True
            self._gradebook.db.flush()
            ledger.write(connection, self.assignment, fingerprint, graded)
            self._remove_autograded(graded.student)
        return graded

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

    def _replace_autograded(
        self, student: str, notebook: NotebookNode, files: Mapping[str, bytes]
    ) -> None:
        """Put the autograded submission in its place, whole."""
        folder = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=self.root))
        folder.chmod(0o755)
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        nbformat.write(notebook, folder / f"{self.assignment}.ipynb")
        self._remove_autograded(student)
        place = folder_of(
            self.coursedir, self.coursedir.autograded_directory, student, self.assignment
        )
        place.parent.mkdir(parents=True, exist_ok=True)
        os.rename(folder, place)
        self._converter.set_permissions(self.assignment, student)

    def _remove_autograded(self, student: str) -> None:
        step = self.coursedir.autograded_directory
        place = folder_of(self.coursedir, step, student, self.assignment)
        if place.exists():
            rmtree(str(place))

    def _resources(self, student: str) -> dict:
        """Return what nbgrader's converters tell their preprocessors."""
        return {
            "nbgrader": {
                "student": student,
                "assignment": self.assignment,
                "notebook": self.assignment,
                "db_url": self.coursedir.db_url,
            }
        }


def _patient(db_url: str) -> str:
    """Return the address of a gradebook, with time to wait for others where it is SQLite."""
    url = make_url(db_url)
    if url.get_backend_name() != "sqlite":
        return db_url
    patient = url.update_query_dict({"timeout": str(PATIENCE)})
    return patient.render_as_string(hide_password=False)
