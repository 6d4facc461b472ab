"""What the commands for a class do: they call the modules of this room, and print."""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from rcnn_course.grading.intake.student_names import shown
from rcnn_course.grading.outcome import Graded
from rcnn_course.grading.report import class_report, mistakes
from rcnn_course.grading.report.feedback_pages import write_feedback
from rcnn_course.grading.report.progress import Bar, Progress
from rcnn_course.grading.run import grade_class
from rcnn_course.grading.run.watch import Watcher


def grade(
    root: Path,
    assignment: str,
    *,
    students: Sequence[str] | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    force: bool = False,
    in_sandbox: bool = True,
    near: bool = False,
    as_json: bool = False,
) -> int:
    """Grade a class and print the report; see `grade_class`.

    Returns:
        Exit status: 1 where a submission failed to run.
    """
    graded = grade_class(
        root,
        assignment,
        students=students,
        workers=workers,
        scheduler=scheduler,
        force=force,
        in_sandbox=in_sandbox,
        near=near,
        progress=Progress() if as_json else Bar(assignment),
    )
    if as_json:
        print(class_report.as_json(assignment, graded))
    else:
        print(class_report.class_report(assignment, graded))
        picture = root / "reports" / f"{assignment}.png"
        mistakes.save_picture(mistakes.tally(one.results for one in graded), picture)
        print(f"\nTypical mistakes, as a picture: {picture}")
    return int(any(one.status == "failed" for one in graded))


def watch(
    root: Path,
    assignment: str,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    in_sandbox: bool = True,
    near: bool = False,
) -> int:
    """Grade what is handed in as it arrives, and print a row for each; see `Watcher`.

    Ctrl-C ends it, and so does SIGTERM.

    Returns:
        Exit status: 0, since that is how it ends.
    """
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    graded = 0

    def show(one: Graded) -> None:
        nonlocal graded
        if graded == 0:
            print(class_report.header(assignment, one.results), flush=True)
        graded += 1
        print(class_report.row_of(one), flush=True)

    def say(sentence: str) -> None:
        print(sentence, file=sys.stderr, flush=True)

    try:
        watcher = Watcher(root, assignment, in_sandbox=in_sandbox, near=near, say=say, graded=show)
        watcher.watch(workers, scheduler)
    except KeyboardInterrupt:
        say(f"Ended; graded since the start: {graded}. The same command goes on.")
    return 0


def feedback(root: Path, assignment: str, *, students: Sequence[str] | None = None) -> int:
    """Write the feedback pages of a class and say where they are; see `write_feedback`.

    Returns:
        Exit status: 1 where there is no page for a student.
    """
    with tqdm(desc=assignment, unit="page") as bar:

        def show(pages: int, total: int) -> None:
            bar.total, bar.n = total, pages
            bar.refresh()

        told = write_feedback(root, assignment, students=students, progress=show)
    without = {student: reason for student, reason in told.items() if reason}
    for student, reason in without.items():
        print(f"{shown(student)}: no page, {reason}")
    written = len(told) - len(without)
    pages = "1 page" if written == 1 else f"{written} pages"
    print(f"{pages}: {root / 'feedback' / '*' / assignment}")
    return int(bool(without))
