"""Grades what is handed in as it arrives, and gives the pages back."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from traitlets import Bool
from traitlets.config import Configurable

from rcnn_course.authoring.course import CONFIG_FILE
from rcnn_course.grading import faults
from rcnn_course.grading.execution.cluster import Cluster
from rcnn_course.grading.gradebook.writer import Writer
from rcnn_course.grading.intake.submissions import folder_of, shown, students_with_submission
from rcnn_course.grading.outcome import Graded
from rcnn_course.grading.report.feedback_pages import write_page
from rcnn_course.grading.report.progress import Progress
from rcnn_course.grading.run import InWork, Run, alone, cores
from rcnn_course.grading.run.downloads import Downloads
from rcnn_course.grading.run.exchange import Exchange
from rcnn_course.grading.run.settling import Settling, files_in, is_whole, state_of

LOOK = 0.5
"""Seconds between two looks at what has arrived: two make a second of the few that a page takes."""

SHORT = 0.05
"""Seconds between two looks at what is finished."""

REST = 10.0
"""Seconds after trouble with the machine before it is tried again."""

WARM = 120.0
"""Seconds without work after which the workers are kept warm."""


class Watch(Configurable):
    """Settings of `rcnn-course grade --watch`."""

    feedback = Bool(
        True, help="Write the page of each submission, and release it to the exchange, at once."
    ).tag(config=True)


class Watcher:
    """Watches an assignment, in whatever way it is handed in.

    Nothing needs to be remembered from one start to the next: what was graded and has not changed
    is found out as `rcnn-course grade` does it.
    """

    def __init__(
        self,
        root: Path,
        assignment: str,
        *,
        in_sandbox: bool = True,
        near: bool = False,
        say: Callable[[str], None],
        graded: Callable[[Graded], None],
    ):
        """Get ready; see `grade_class` for what is not said here.

        Args:
            root: the folder of the course.
            assignment: name of the assignment.
            in_sandbox: run each submission in a sandbox.
            near: look for small changes that would make wrong answers right.
            say: is told, in a sentence, what a person should know.
            graded: is told what came out for a submission, when its page is in place.

        Raises:
            ValueError: If there is no such assignment, or `solutions/` is damaged.
            OSError: If another process grades this course just now.
        """
        self._root, self._assignment = root, assignment
        self._in_sandbox, self._near = in_sandbox, near
        self._say, self._graded = say, graded
        self._settling = Settling()
        self._trouble = ""
        self._looked = 0.0
        with alone(root):
            self._load()

    def _load(self) -> Run:
        """Read the course as it is now."""
        run = Run(self._root, self._assignment, self._in_sandbox, self._near, False, Progress())
        self._run = run
        self._coursedir = CourseDirectory(config=run.config)
        self._exchange = Exchange(run.config, self._assignment, self._say)
        self._downloads = Downloads(run.config, self._assignment, self._say)
        self._gives_back = Watch(config=run.config).feedback
        return run

    def watch(self, workers: int | None = None, scheduler: str | None = None) -> None:
        """Grade what arrives, until this is interrupted.

        Args:
            workers: how many submissions run at once on this machine; one for each core by default.
            scheduler: address of a Dask scheduler whose workers run the submissions instead.

        Raises:
            OSError: If no sandbox can be made.
        """
        with self._run.cluster(workers or cores(), scheduler) as cluster:
            cluster.keep_warm()
            self._say(f"Waiting for what is handed in for {self._assignment}. Ctrl-C ends this.")
            warm = time.monotonic()
            while True:
                if self._try(cluster):
                    warm = time.monotonic()
                elif time.monotonic() - warm > WARM:
                    cluster.keep_warm()
                    warm = time.monotonic()
                time.sleep(SHORT)

    def _try(self, cluster: Cluster) -> bool:
        """Grade what has arrived; where the machine is in the way, say so once, and wait.

        Returns:
            Whether anything was graded.
        """
        try:
            has_worked = self._grade_arrived(cluster)
        except Exception as error:
            if not (faults.is_of_machine(error) or isinstance(error, OSError | ValueError)):
                raise
            said = faults.sentence(error)
            if said != self._trouble:
                self._say(f"{said}. It is tried again every {REST:g} seconds.")
            self._trouble = said
            time.sleep(REST)
            return False
        self._trouble = ""
        return has_worked

    def _arrived(self) -> list[str]:
        """Return whose submissions have changed since they were taken, and are at rest.

        It is asked often, and looks less often.
        """
        if time.monotonic() - self._looked < LOOK:
            return []
        self._looked = time.monotonic()
        self._exchange.take_in(self._settling)
        self._downloads.take_in(self._settling)
        course = state_of(self._root / "solutions" / self._assignment, self._root / CONFIG_FILE)
        found = []
        for student in students_with_submission(self._coursedir, self._assignment):
            folder = self._folder(self._coursedir.submitted_directory, student)
            state = course + state_of(folder)
            if self._settling.is_ready(student, state, partial(_is_whole, folder)):
                found.append(student)
        return found

    def _grade_arrived(self, cluster: Cluster) -> bool:
        """Grade what has arrived, and what arrives meanwhile; tell whether there was anything."""
        arrived = self._arrived()
        if not arrived:
            return False
        open_: set[str] = set()
        try:
            with alone(self._root), Writer(self._load().config, self._assignment) as writer:
                cluster.ready = self._run.ready if self._in_sandbox else None
                in_work = InWork(self._run, writer, cluster)
                while arrived or in_work.students:
                    open_.update(arrived)
                    for student in arrived:
                        self._settling.take(student)
                    for graded in self._begin(writer, in_work, arrived):
                        self._give_back(graded)
                        open_.discard(graded.student)
                    for graded in in_work.finished(wait=False):
                        self._give_back(graded)
                        open_.discard(graded.student)
                    time.sleep(SHORT)
                    arrived = [one for one in self._arrived() if one not in in_work.students]
        finally:
            for student in open_:
                self._settling.give_back(student)
        return True

    def _begin(self, writer: Writer, in_work: InWork, students: list[str]) -> Iterator[Graded]:
        """Have submissions run, and yield those for which nothing has to run."""
        before = writer.outcomes() if students else {}
        for student in students:
            found = self._run.known(writer, student, before)
            graded = found if isinstance(found, Graded) else in_work.put_in(student, found)
            if graded:
                yield graded

    def _give_back(self, graded: Graded) -> None:
        """Put the page of a submission in its place, and say what came out, if that is news."""
        student, is_news = graded.student, graded.status != "skipped"
        if self._gives_back:
            is_news = is_news or self._is_page_missing(student)
            if is_news and (fault := self._write_page(student)):
                self._say(f"{shown(student)}: no page, {fault}")
            self._exchange.give_back(student)
        if is_news:
            self._graded(graded)

    def _write_page(self, student: str) -> str:
        try:
            return write_page(self._root, self._assignment, student)
        except Exception as error:  # the others must not go without a page
            if faults.is_of_machine(error):
                raise
            return faults.sentence(error)

    def _is_page_missing(self, student: str) -> bool:
        """Tell whether there is no page of what was graded last."""
        written = self._folder(self._coursedir.feedback_directory, student)
        graded = self._folder(self._coursedir.autograded_directory, student)
        try:
            page = written / f"{self._assignment}.html"
            notebook = graded / f"{self._assignment}.ipynb"
            return page.stat().st_mtime_ns < notebook.stat().st_mtime_ns
        except FileNotFoundError:
            return True

    def _folder(self, step: str, student: str) -> Path:
        return folder_of(self._coursedir, step, student, self._assignment)


def _is_whole(folder: Path) -> bool:
    return is_whole(files_in(folder))
