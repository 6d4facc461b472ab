"""Grading a class: looks at every submission, has it run by workers, and saves what came out."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import nbformat
from distributed import Future, as_completed
from filelock import FileLock, Timeout
from nbformat import NotebookNode
from traitlets import TraitError

from rcnn_course.authoring.course import CONFIG_FILE, load_config
from rcnn_course.authoring.term_seeds import TermSeeds
from rcnn_course.grading import faults
from rcnn_course.grading.execution.cluster import Cluster, connect
from rcnn_course.grading.execution.execute import ExecuteSubmission, Execution, Job
from rcnn_course.grading.execution.ready import FRESH, ready_for
from rcnn_course.grading.execution.scores import results_of
from rcnn_course.grading.gradebook.assignment import put_on_record
from rcnn_course.grading.gradebook.writer import Writer
from rcnn_course.grading.intake import preflight, slicing, student_names
from rcnn_course.grading.intake.preflight import Fitness
from rcnn_course.grading.intake.submissions import (
    Beside,
    files_beside,
    fingerprint,
    fingerprint_of_course,
    folder_of,
    shown,
    students_with_submission,
)
from rcnn_course.grading.outcome import Doubt, Graded
from rcnn_course.grading.report import not_graded
from rcnn_course.grading.report.progress import Progress


@dataclass(frozen=True)
class Submission:
    """A submission that is to be graded.

    Attributes:
        student: who handed it in.
        fingerprint: of its files and of the course.
        files: what goes beside the notebook.
        mended: what was put right, in sentences.
        refusal: why it cannot run, in a sentence, or ''.
        submitted_at: when it was handed in, or None.
        notebook: what to run, sanitized; where it cannot run, what there is to see.
        doubts: what only a person can decide.
    """

    student: str
    fingerprint: str
    files: dict[str, bytes]
    mended: tuple[str, ...]
    refusal: str
    submitted_at: datetime | None
    notebook: NotebookNode
    doubts: tuple[Doubt, ...] = ()


def grade_class(
    root: Path,
    assignment: str,
    *,
    students: Iterable[str] | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    force: bool = False,
    in_sandbox: bool = True,
    near: bool = False,
    pictures: bool = False,
    progress: Progress | None = None,
) -> list[Graded]:
    """Grade the submissions of an assignment, save what comes out, and return it by student.

    Args:
        root: the folder of the course.
        assignment: name of the assignment; its notebook has the same name.
        students: whose submissions to grade; everybody's by default.
        workers: how many submissions run at once on this machine; one for each core by default.
        scheduler: address of a Dask scheduler whose workers run the submissions instead.
        force: grade submissions too that were graded and have not changed since.
        in_sandbox: run each submission in a sandbox.
        near: look for small changes that would make wrong answers right; where this was not done,
            submissions with answers that no typical mistake explains are graded again.
        pictures: run the cells, too, that no points depend on; submissions that were graded without
            are graded again.
        progress: is told what is done.

    Raises:
        ValueError: If there is no such assignment or student, or `solutions/` is damaged.
        OSError: If another process grades this course, or no sandbox can be made.
    """
    with alone(root):
        run = Run(root, assignment, in_sandbox, near, pictures, progress or Progress())
        return run.grade(students, workers or cores(), scheduler, force)


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Keep other processes from grading a course.

    Raises:
        OSError: If one does already.
    """
    try:
        with FileLock(root / ".grading.lock", timeout=0):
            yield
    except Timeout:
        raise OSError(f"{root} is being graded by another process") from None


class Run:
    """Grades an assignment as `solutions/` has it when this is made; see `grade_class`."""

    def __init__(
        self,
        root: Path,
        assignment: str,
        in_sandbox: bool,
        near: bool,
        pictures: bool,
        progress: Progress,
    ):
        if not (root / "solutions" / assignment / f"{assignment}.ipynb").is_file():
            raise ValueError(f"there is no assignment {assignment!r} in {root / 'solutions'}")
        self.assignment = assignment
        self.in_sandbox = in_sandbox
        self.near = near
        self.pictures = pictures
        self.progress = progress
        self.config = load_config(root)
        try:
            for settings in (ExecuteSubmission, TermSeeds):
                settings(config=self.config)
        except TraitError as error:
            raise ValueError(f"{root / CONFIG_FILE}: {error}") from None
        self.released = put_on_record(assignment, self.config)
        file = root / "solutions" / assignment / f"{assignment}.ipynb"
        source = nbformat.read(file, as_version=4)
        self.given = slicing.given_by(source)
        self.ready = ready_for(source, self.config, pictures=pictures)
        self.course = fingerprint_of_course(root, assignment)

    def grade(
        self, students: Iterable[str] | None, number: int, scheduler: str | None, force: bool
    ) -> list[Graded]:
        """Grade a class once."""
        with Writer(self.config, self.assignment) as writer:
            handed_in = students_with_submission(writer.coursedir, self.assignment)
            everybody = {*handed_in, *writer.known_students()}
            wanted = sorted(
                everybody if students is None else student_names.named(students, everybody)
            )
            before = {} if force else writer.outcomes()
            done: dict[str, Graded] = {}
            to_do: dict[str, str] = {}
            for student in wanted:
                if student not in handed_in:
                    done[student] = Graded(student, "missing")
                    continue
                found = self.known(writer, student, before)
                if isinstance(found, Graded):
                    done[student] = found
                else:
                    to_do[student] = found
            if to_do:
                self.progress.begin(len(to_do))
                try:
                    with self.cluster(min(number, len(to_do)), scheduler) as cluster:
                        for graded in self._grade_all(writer, to_do, cluster):
                            done[graded.student] = graded
                            self.progress.done(graded)
                finally:
                    self.progress.end()
        return [done[student] for student in wanted]

    def known(
        self, writer: Writer, student: str, before: Mapping[str, tuple[str, Graded]]
    ) -> Graded | str:
        """Return what is known of a submission without running it, or its fingerprint.

        Args:
            writer: of the gradebook.
            student: who handed it in.
            before: what came out in earlier runs, as `Writer.outcomes` has it.
        """
        if fault := student_names.fault(student, writer.coursedir.db_url):
            return Graded(student, "failed", reason=fault)
        now = fingerprint(self._folder(writer, student), self.course)
        known, earlier = before.get(student, ("", None))
        if (
            earlier is not None
            and earlier.status == "graded"
            and not earlier.undecided
            and not (self.near and earlier.unlocated)
            and not (self.pictures and not earlier.pictures)
            and known == writer.seal(student, now)
        ):
            return replace(earlier, status="skipped")
        return now

    def cluster(self, number: int, scheduler: str | None) -> AbstractContextManager[Cluster]:
        """Give workers for this assignment; see `connect`."""
        return connect(
            number,
            scheduler,
            ready=self.ready if self.in_sandbox else None,
            started=self.progress.started,
            isolated=self.progress.isolated,
        )

    def _grade_all(
        self, writer: Writer, to_do: dict[str, str], cluster: Cluster
    ) -> Iterator[Graded]:
        in_work = InWork(self, writer, cluster)
        for student, mark in to_do.items():
            if refused := in_work.put_in(student, mark):
                yield refused
        yield from in_work.finished(wait=True)

    def look_at(self, writer: Writer, student: str, mark: str) -> Submission:
        """Read a submission with this fingerprint, and mend what can be mended."""
        folder = self._folder(writer, student)
        fitness = _inspect(folder / f"{self.assignment}.ipynb", self.released)
        notebook, refusal, mended = fitness.notebook, fitness.refusal, fitness.mended
        files: dict[str, bytes] = {}
        if notebook is None:
            notebook = self.released
        else:
            try:
                beside = self._beside(writer, folder / fitness.folder)
                files = beside.files
                notebook = writer.sanitize(notebook, student)
                if not self.pictures:
                    slicing.leave_out(notebook, self.given)
                mended += _said_of(beside)
            except Exception as error:  # of nbgrader's; the others must not wait for this one
                if faults.is_of_machine(error):
                    raise
                refusal = str(error) or type(error).__name__
        return Submission(
            student, mark, files, mended, refusal, fitness.submitted_at, notebook, fitness.doubts
        )

    def _beside(self, writer: Writer, folder: Path) -> Beside:
        """Return what goes beside a notebook: the student's files, and above all the course's."""
        most = ExecuteSubmission(config=self.config).limits.disk // 2
        step = writer.coursedir.source_directory
        source = folder_of(writer.coursedir, step, ".", self.assignment)
        ignore = writer.coursedir.ignore
        found = files_beside(folder, ignore, most)
        given = files_beside(source, ignore, most).files
        in_the_way = [name for name in found.files if _is_in_the_way(name, given)]
        kept = {name: data for name, data in found.files.items() if name not in in_the_way}
        return Beside(kept | given, [*found.left_out, *in_the_way], found.settings)

    def job(self, submission: Submission, *, last_try: bool = False) -> Job:
        """Return what a worker is told of a submission."""
        return Job(
            student=submission.student,
            notebook=submission.notebook,
            files=submission.files,
            config=self.config,
            last_try=last_try,
            near=self.near,
            fresh=FRESH,
        )

    def save(
        self,
        writer: Writer,
        submission: Submission,
        execution: Execution,
        run_again: bool = False,
    ) -> Graded:
        """Save what came of running a submission, and return it."""
        graded = Graded(
            submission.student,
            "failed",
            reason=execution.reason,
            doubts=submission.doubts,
            mended=submission.mended,
            suspicions=execution.suspicions,
            run_again=run_again,
            undecided=execution.undecided,
            located=self.near,
            pictures=self.pictures,
        )
        if (notebook := execution.notebook) is not None:
            notebook.metadata["rcnn_course"] = {"mended": list(submission.mended)}
            try:
                results = results_of(notebook)
                doubts = tuple(doubt for doubt in graded.doubts if not doubt.is_settled(results))
                graded = replace(graded, status="graded", results=results, doubts=doubts)
                return writer.save(
                    graded,
                    submission.fingerprint,
                    submission.submitted_at,
                    notebook,
                    submission.files,
                )
            except ValueError as error:
                if faults.is_of_machine(error):
                    raise
                graded = replace(graded, status="failed", results={}, reason=str(error))
        return writer.save_failure(
            graded,
            submission.fingerprint,
            submission.submitted_at,
            not_graded.explained(submission.notebook, graded),
            submission.files,
        )

    def _folder(self, writer: Writer, student: str) -> Path:
        step = writer.coursedir.submitted_directory
        return folder_of(writer.coursedir, step, student, self.assignment)


class InWork:
    """Submissions that workers run: put in at any time, saved when they are finished."""

    def __init__(self, run: Run, writer: Writer, cluster: Cluster):
        self._run, self._writer, self._cluster = run, writer, cluster
        self._running: dict[Future, Submission] = {}
        self._futures = as_completed([])
        self._put_back: set[str] = set()

    @property
    def students(self) -> set[str]:
        """Whose submissions are not finished yet."""
        return {submission.student for submission in self._running.values()}

    def put_in(self, student: str, mark: str) -> Graded | None:
        """Have a submission run; return what is saved at once where it cannot run."""
        submission = self._run.look_at(self._writer, student, mark)
        if submission.refusal:
            return self._run.save(self._writer, submission, Execution(reason=submission.refusal))
        self._submit(submission)
        return None

    def finished(self, *, wait: bool) -> Iterator[Graded]:
        """Save and yield what is finished: all of it, or all that is so by now."""
        while self._running and (batch := self._futures.next_batch(block=wait)):
            for future in batch:
                submission, execution = self._running.pop(future), _execution(future)
                student = submission.student
                if execution.is_put_back and student not in self._put_back:
                    self._put_back.add(student)
                    self._run.progress.put_back(student)
                    self._submit(submission, last_try=True)
                else:
                    again = student in self._put_back
                    self._put_back.discard(student)
                    yield self._run.save(self._writer, submission, execution, again)

    def _submit(self, submission: Submission, *, last_try: bool = False) -> None:
        future = self._cluster.submit(self._run.job(submission, last_try=last_try))
        self._running[future] = submission
        self._futures.add(future)


def _inspect(submitted: Path, released: NotebookNode) -> Fitness:
    """Look at one submission; that it cannot even be looked at is a finding too."""
    try:
        return preflight.inspect(submitted, released)
    except Exception as error:  # that nobody has foreseen; the others must not wait for this one
        if faults.is_of_machine(error):
            raise
        return Fitness(None, refusal=f"It cannot be read: {type(error).__name__}: {error}")


def _said_of(beside: Beside) -> tuple[str, ...]:
    """Say which files do not go beside the notebook, and why."""
    reasons = {
        "they cannot be read or copied, or are too large or too many": beside.left_out,
        "hidden files and settings are not used": beside.settings,
    }
    return tuple(
        f"Left out, since {reason}: {', '.join(map(shown, names[:5]))}"
        f"{f' and {len(names) - 5} more' if len(names) > 5 else ''}."
        for reason, names in reasons.items()
        if names
    )


def _is_in_the_way(name: str, given: Iterable[str]) -> bool:
    """Tell whether a student's file has the name of a folder of the course, or the reverse."""
    return any(g.startswith(f"{name}/") or name.startswith(f"{g}/") for g in given)


def _execution(future: Future) -> Execution:
    """Return what a worker found out; that no worker survived it is a finding too."""
    try:
        return future.result()
    except Exception as error:
        if faults.is_of_machine(error):
            raise
        return Execution(reason=f"the worker that ran it failed: {type(error).__name__}: {error}")


def cores() -> int:
    """Return how many submissions run at once on this machine."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1
