"""The folder through which nbgrader's exchange brings submissions in and pages back."""

import glob
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeCollect, ExchangeReleaseFeedback
from traitlets.config import Config

from rcnn_course.grading import faults
from rcnn_course.grading.gradebook.database import address
from rcnn_course.grading.gradebook.folders import scratch_folder
from rcnn_course.grading.intake.submissions import folder_of, shown
from rcnn_course.grading.run.saying import saying
from rcnn_course.grading.run.settling import Settling, state_of

TIME, SECRET = "timestamp.txt", "submission_secret.txt"
"""What `nbgrader submit` writes last."""


class Exchange:
    """The exchange of a course, for one assignment."""

    def __init__(self, config: Config, assignment: str, say: Callable[[str], None]):
        """Look into the exchange that a course uses.

        Args:
            config: nbgrader's configuration of the course.
            assignment: name of the assignment.
            say: is told, in a sentence, what cannot be taken in.
        """
        self._say = say
        self._config = config
        self._assignment = assignment
        self._coursedir = self._of("*")
        root = ExchangeCollect(coursedir=self._coursedir, config=config).root
        self._inbound = Path(root, self._coursedir.course_id, "inbound")

    def take_in(self, settling: Settling) -> None:
        """Collect what has been handed in since, as `nbgrader collect --update` does.

        Args:
            settling: knows what has been taken.
        """
        ready: dict[str, set[str]] = {}
        pattern = f"*+{glob.escape(self._assignment)}+*"
        for name in glob.glob(pattern, root_dir=self._inbound):
            known, folder = f"exchange/{name}", self._inbound / name
            if settling.has_taken(known):  # a student hands in a new folder each time
                continue
            if settling.is_ready(known, state_of(folder), partial(_is_whole, folder)):
                ready.setdefault(name.rsplit("+", 3)[0], set()).add(known)
        for student, names in ready.items():
            try:
                _Collect(
                    coursedir=self._of(student),
                    config=self._config,
                    update=True,
                    log=saying(self._say),
                ).start()
            except Exception as error:  # of nbgrader's; the others must not wait for this one
                if faults.is_of_machine(error):
                    raise
                self._say(f"{shown(student)}: nbgrader collect cannot copy this ({shown(error)})")
            for name in names:
                settling.take(name)

    def give_back(self, student: str) -> None:
        """Put a student's page where `nbgrader fetch_feedback` finds it, as `release_feedback`.

        Whose submission has come without the exchange is passed over.
        """
        step = self._coursedir.submitted_directory
        submitted = folder_of(self._coursedir, step, student, self._assignment)
        if self._inbound.is_dir() and (submitted / SECRET).is_file():
            coursedir = self._of(student)
            try:
                ExchangeReleaseFeedback(coursedir=coursedir, config=self._config).start()
            except ExchangeError as error:
                self._say(f"{shown(student)}: nbgrader cannot release the page ({error})")

    def _of(self, student: str) -> CourseDirectory:
        """Return the course with one student to work on, or all of them for '*'."""
        coursedir = CourseDirectory(config=self._config)
        coursedir.assignment_id = self._assignment
        coursedir.student_id = student if student == "*" else glob.escape(student)
        coursedir.db_url = address(coursedir)
        return coursedir


class _Collect(ExchangeCollect):
    """Collects what is whole, and puts it in its place at once or not at all."""

    def _sort_by_timestamp(self, records: list[dict]) -> list[dict]:
        """Return what is whole first, and of that the newest."""
        newest_first = super()._sort_by_timestamp(records)
        return sorted(newest_first, key=lambda record: not self._is_whole(record))

    def do_copy(self, src: str, dest: str, log: object = None) -> None:
        """Copy a submission."""
        with scratch_folder(Path(self.coursedir.root)) as scratch:
            super().do_copy(src, str(scratch / "new"), log)
            os.rename(scratch / "new", dest)

    def _is_whole(self, record: dict) -> bool:
        return _is_whole(Path(self.inbound_path, record["filename"]))


def _is_whole(folder: Path) -> bool:
    """Tell whether `nbgrader submit` has finished with a folder."""
    try:
        return all((folder / name).stat().st_size > 0 for name in (TIME, SECRET))
    except OSError:
        return False
