"""What the commands for a class do: they call the modules of this room, and print."""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from tqdm import tqdm

from rcnn_course.authoring.course import load_config
from rcnn_course.grading.gradebook import database, outcomes
from rcnn_course.grading.intake import student_names
from rcnn_course.grading.intake.student_names import shown
from rcnn_course.grading.outcome import Graded
from rcnn_course.grading.report import class_report, mistakes
from rcnn_course.grading.report import ideas as ideas_report
from rcnn_course.grading.report.feedback_pages import write_feedback
from rcnn_course.grading.report.progress import Bar, Progress
from rcnn_course.grading.report.similar import listing
from rcnn_course.grading.report.similar.classroom import read_class
from rcnn_course.grading.report.similar.page import as_page
from rcnn_course.grading.report.similar.pairs import similar_pairs
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
    pictures: bool = False,
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
        pictures=pictures,
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


def similar(root: Path, assignment: str, *, out: Path | None = None, as_json: bool = False) -> int:
    """Compare the answers of a class, print which are similar, and write a page with the texts.

    Args:
        root: the folder of the course.
        assignment: name of the assignment.
        out: the page; by default in `reports/` of the course.
        as_json: print the report for scripts.

    Returns:
        Exit status: 0; that answers are similar is no failure.
    """
    with tqdm(desc=assignment, unit="submission", disable=as_json) as bar:
        classroom = read_class(root, assignment, done=bar.update)
    pairs = similar_pairs(classroom)
    page = out or root / "reports" / f"{assignment}-similar.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(as_page(assignment, classroom, pairs), encoding="utf-8")
    as_said = listing.as_json if as_json else listing.as_text
    print(as_said(assignment, classroom, pairs))
    if not as_json:
        print(f"\nBoth texts of each pair, side by side: {page}")
    return 0


def ideas(root: Path, *, students: Sequence[str] | None = None, as_json: bool = False) -> int:
    """Print which ideas stand behind the mistakes of a class, or of single students.

    Args:
        root: the folder of the course.
        students: whose mistakes to list; those of the class are counted by default.
        as_json: print all of it for scripts.

    Returns:
        Exit status: 0.

    Raises:
        ValueError: If nothing has been graded, or there is no such student.
    """
    attempts = outcomes.attempts(database.open_engine(CourseDirectory(config=load_config(root))))
    if not attempts:
        raise ValueError("nothing has been graded yet by `rcnn-course grade`")
    wanted = student_names.named(students or [], {attempt.student for attempt in attempts})
    chosen = [one for one in attempts if not wanted or one.student in wanted]
    found = ideas_report.slips(chosen)
    if as_json:
        print(ideas_report.as_json(found))
    elif wanted:
        print("\n\n".join(ideas_report.of_student(found, student) for student in wanted))
    else:
        print(ideas_report.of_class(found))
        if found:
            picture = root / "reports" / "ideas.png"
            ideas_report.save_picture(found, picture)
            print(f"\nThe same as a picture: {picture}")
    return 0
