"""Feedback for a class: nbgrader's page for who was graded, and a reason for who was not."""

import html
import os
import shutil
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import rmtree
from sqlalchemy.exc import SAWarning

from rcnn_course.grading import ledger
from rcnn_course.grading.course import load_config
from rcnn_course.grading.feedback import listed
from rcnn_course.grading.graded import Graded
from rcnn_course.grading.submissions import folder_of, students_with_submission

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

    Points that somebody has given by hand are in it. A submission that could not be graded gets a
    page that says why.

    Args:
        root: the folder of the course.
        assignment: name of the assignment.
        students: whose pages to write; by default those of all who handed in.
        progress: called with how many pages are written, and how many there will be.

    Returns:
        By student, why there is no page, or ''.

    Raises:
        ValueError: where there is no such assignment.
    """
    if not (root / "solutions" / assignment).is_dir():
        raise ValueError(f"there is no assignment {assignment!r} in {root / 'solutions'}")
    coursedir = CourseDirectory(config=load_config(root))
    handed_in = students_with_submission(coursedir, assignment)
    wanted = list(dict.fromkeys(handed_in if students is None else students))
    failed = _failed(coursedir, assignment)
    told: dict[str, str] = {}
    progress(0, len(wanted))
    workers = min(os.cpu_count() or 1, max(len(wanted), 1))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        pages = {}
        for student in wanted:
            if folder_of(coursedir, coursedir.autograded_directory, student, assignment).is_dir():
                pages[pool.submit(_write_page, root, assignment, student)] = student
            elif student in failed:
                _write_reason(coursedir, assignment, failed[student])
                told[student] = ""
            else:
                told[student] = "since nothing has been graded yet"
        for page in as_completed(pages):
            told[pages[page]] = page.result()
            progress(len(told), len(wanted))
    progress(len(told), len(wanted))
    return {student: told[student] for student in wanted}


def _failed(coursedir: CourseDirectory, assignment: str) -> dict[str, Graded]:
    """Return, by student, the submissions that could not be graded."""
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        ledger.create(gradebook.engine)
        found = ledger.read(gradebook.engine, assignment)
    return {name: graded for name, (_, graded) in found.items() if graded.status == "failed"}


def _write_page(root: Path, assignment: str, student: str) -> str:
    """Have nbgrader write the page of one student; return why it could not, or ''."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # nbgrader's own, of no effect here
        done = NbGraderAPI(config=load_config(root)).generate_feedback(assignment, student)
    if done["success"]:
        return ""
    return (done.get("error") or done.get("log") or "nbgrader gave no reason").strip()


def _write_reason(coursedir: CourseDirectory, assignment: str, graded: Graded) -> None:
    """Write the page of a submission that could not be graded."""
    page = NOT_GRADED.format(
        assignment=html.escape(assignment),
        reason=html.escape(graded.reason),
        mended=listed("Before that, this was put right:", graded.mended),
    )
    folder = folder_of(coursedir, coursedir.feedback_directory, graded.student, assignment)
    if folder.exists():
        rmtree(str(folder))
    folder.mkdir(parents=True)
    (folder / f"{assignment}.html").write_text(page, encoding="utf-8")
    submitted = folder_of(coursedir, coursedir.submitted_directory, graded.student, assignment)
    for name in FOR_EXCHANGE:
        file = submitted / name
        if file.is_file() and not file.is_symlink():
            shutil.copyfile(file, folder / name)
