"""Feedback for a class: nbgrader's page for who was graded, and a reason for who was not."""

import contextlib
import html
import os
import secrets
import signal
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from nbgrader.api import (
    Assignment,
    Grade,
    Gradebook,
    MissingEntry,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import or_, select
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from rcnn_course.authoring.course import UNSEEN, load_config
from rcnn_course.grading import faults
from rcnn_course.grading.gradebook import outcomes
from rcnn_course.grading.gradebook.database import address, prepare, resources_of, running_config
from rcnn_course.grading.gradebook.folders import put_in_place, remove_scratch
from rcnn_course.grading.intake.student_names import named
from rcnn_course.grading.intake.submissions import folder_of, students_with_submission
from rcnn_course.grading.outcome import Graded
from rcnn_course.grading.report.feedback_steps import listed

FOR_EXCHANGE = ("timestamp.txt", "submission_secret.txt")
"""What `nbgrader release_feedback` needs beside a page, to give it back to the right student."""

NOT_GRADED = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{assignment}</title></head>
<body style="max-width: 45em; margin: 2em auto; padding: 0 1em; font: 16px/1.5 sans-serif">
<h1>{assignment}: not graded</h1>
<p>Your submission could not be graded, so it has no points yet. The reason:</p>
<p><b>{reason}</b></p>
{mended}
<p>Mend this, see that the notebook runs from top to bottom (in JupyterLab's menu: Kernel, Restart
Kernel and Run All Cells), hand it in again, and tell your instructor.</p>
</body>
</html>
"""


def write_feedback(
    root: Path,
    assignment: str,
    *,
    students: Iterable[str] | None = None,
    progress: Callable[[int, int], None] = lambda pages, total: None,
) -> dict[str, str]:
    """Write the page of each student into `feedback/`, in the place of older ones.

    Points that somebody has given by hand are in it. A submission that could not be graded, and
    has no such points, gets a page that says why.

    Args:
        root: the folder of the course.
        assignment: name of the assignment.
        students: whose pages to write; by default those of all who handed in.
        progress: called with how many pages are written, and how many there will be.

    Returns:
        By student, why there is no page, or ''.

    Raises:
        ValueError: If there is no such assignment, or no such student.
    """
    if not (root / "solutions" / assignment).is_dir():
        raise ValueError(f"there is no assignment {assignment!r} in {root / 'solutions'}")
    coursedir = CourseDirectory(config=load_config(root))
    prepare(address(coursedir))
    remove_scratch(root)
    with Gradebook(address(coursedir), coursedir.course_id) as gradebook:
        wanted = _wanted(coursedir, gradebook, assignment, students)
        failed = _failed(gradebook, assignment)
    told: dict[str, str] = {}
    progress(0, len(wanted))
    with _processes(min(os.cpu_count() or 1, max(len(wanted), 1))) as submit:
        pages = {}
        for student in wanted:
            page = submit(_write_page, root, assignment, student, failed.get(student))
            pages[page] = student
        for page in as_completed(pages):
            try:
                told[pages[page]] = page.result()
            except Exception as error:  # the others must not go without a page
                if faults.is_of_machine(error):
                    raise
                told[pages[page]] = faults.sentence(error)
            progress(len(told), len(wanted))
    progress(len(told), len(wanted))
    return {student: told[student] for student in wanted}


def write_page(root: Path, assignment: str, student: str) -> str:
    """Write the page of one student who was graded, as `write_feedback` does.

    Returns:
        Why there is no page, or ''.
    """
    coursedir = CourseDirectory(config=load_config(root))
    with Gradebook(address(coursedir), coursedir.course_id) as gradebook:
        failed = _failed(gradebook, assignment).get(student)
    return _write_page(root, assignment, student, failed)


def make_releasable(assignment: str, student: str, notebooks: list[str]) -> None:
    """Put beside each page what `nbgrader release_feedback` needs, or one page stops all.

    nbgrader calls this after it has written pages (`GenerateFeedback.post_convert_hook`). A
    submission that came without the exchange has neither a time nor a secret; with a new secret its
    page is released under a name that nobody can guess.

    Args:
        assignment: name of the assignment.
        student: not used; a pattern.
        notebooks: not used.
    """
    coursedir = CourseDirectory(config=running_config())
    above = Path(coursedir.format_path(coursedir.feedback_directory, "", assignment)).parent
    for folder in (place / assignment for place in above.iterdir()):
        if folder.is_dir():
            for name, content in _for_exchange(folder).items():
                (folder / name).write_bytes(content)


def _for_exchange(*folders: Path) -> dict[str, bytes]:
    """Return the files that the exchange needs beside a page, from the first folder with one."""
    time, secret = FOR_EXCHANGE
    files = {time: b"", secret: secrets.token_hex().encode()}
    for name in files:
        places = (folder / name for folder in folders)
        there = [file for file in places if file.is_file() and not file.is_symlink()]
        if there:
            files[name] = there[0].read_bytes()
    return files


def _wanted(
    coursedir: CourseDirectory,
    gradebook: Gradebook,
    assignment: str,
    students: Iterable[str] | None,
) -> list[str]:
    """Return whose pages to write."""
    handed_in = students_with_submission(coursedir, assignment)
    if students is None:
        return handed_in
    return named(students, [*handed_in, *(student.id for student in gradebook.students)])


def _failed(gradebook: Gradebook, assignment: str) -> dict[str, Graded]:
    """Return, by student, the submissions without any points: they failed, and nobody gave some."""
    outcomes.create(gradebook.engine)
    by_hand = (
        select(SubmittedAssignment.student_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .where(Assignment.name == assignment)
        .where(or_(Grade.manual_score.is_not(None), Grade.extra_credit.is_not(None)))
    )
    with gradebook.engine.connect() as connection:
        graded = set(connection.execute(by_hand).scalars())
    found = outcomes.read(gradebook.engine, assignment)
    return {
        name: one
        for name, (_, one) in found.items()
        if one.status == "failed" and name not in graded
    }


def _write_page(root: Path, assignment: str, student: str, failed: Graded | None) -> str:
    """Write the page of one student; return why it could not be written, or ''."""
    config = load_config(root)
    coursedir = CourseDirectory(config=config)
    graded = folder_of(coursedir, coursedir.autograded_directory, student, assignment)
    submitted = folder_of(coursedir, coursedir.submitted_directory, student, assignment)
    place = folder_of(coursedir, coursedir.feedback_directory, student, assignment)
    if failed is None and not (graded / f"{assignment}.ipynb").is_file():
        return "since nothing has been graded yet"
    try:
        page = (
            _reason(assignment, failed) if failed else _page(config, coursedir, student, assignment)
        )
    except MissingEntry:
        return "since it was graded before solutions/ changed; grade it again"
    files = {
        path.relative_to(graded).as_posix(): path.read_bytes()
        for path in graded.rglob("*")
        if path.is_file() and path.suffix != ".ipynb" and not UNSEEN.intersection(path.parts)
    }
    files |= _for_exchange(graded, submitted, place)
    put_in_place(place, {**files, f"{assignment}.html": page.encode()}, root)
    return ""


def _page(config: Config, coursedir: CourseDirectory, student: str, assignment: str) -> str:
    """Return nbgrader's page of an autograded submission.

    nbgrader's converter does the same for all students whose names fit a pattern.
    """
    converter = GenerateFeedback(coursedir=coursedir, config=config)
    exporter = converter.exporter_class(config=converter.config)
    for step in converter.preprocessors:
        exporter.register_preprocessor(step)
    folder = folder_of(coursedir, coursedir.autograded_directory, student, assignment)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # nbgrader's own, of no effect here
        return exporter.from_filename(
            str(folder / f"{assignment}.ipynb"), resources_of(coursedir, assignment, student)
        )[0]


def _reason(assignment: str, graded: Graded) -> str:
    """Return the page of a submission that could not be graded."""
    return NOT_GRADED.format(
        assignment=html.escape(assignment),
        reason=html.escape(graded.reason),
        mended=listed("Before that, this was put right:", graded.mended),
    )


@contextlib.contextmanager
def _processes(number: int) -> Iterator[Callable[..., Future]]:
    """Give a function that has another process do something; they end with this process."""
    pool = ProcessPoolExecutor(
        number,
        mp_context=get_context("spawn"),
        initializer=_end_with,
        initargs=(os.getpid(),),
    )

    def submit(work: Callable, *arguments: object) -> Future:
        with _deaf():  # Ctrl-C reaches all processes of a terminal, and this one is enough
            return pool.submit(work, *arguments)

    try:
        yield submit
    finally:
        pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Do not listen to Ctrl-C; processes that are started meanwhile never do."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end_with(parent: int) -> None:
    if sys.platform == "linux":
        from rcnn_course.grading.sandbox.process import die_with_parent

        die_with_parent(parent)
