"""The demo class: right, wrong and broken submissions, graded by nbgrader before your eyes."""

import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat

from rcnn_course.authoring.course import CONFIG_FILE, assignments
from rcnn_course.authoring.release import release
from rcnn_course.grading import run
from rcnn_course.grading.demo.hand_in import hand_in, load_answers, solution_cells
from rcnn_course.grading.demo.members import Member, make_members
from rcnn_course.grading.kernel import trial
from rcnn_course.grading.outcome import ExerciseResult
from rcnn_course.grading.report.class_report import header, row
from rcnn_course.grading.report.feedback_pages import write_feedback
from rcnn_course.grading.report.progress import Bar

CELL_SECONDS = 20
"""What a cell may take here: less than in the course, so that the endless loop ends soon."""


@dataclass(frozen=True)
class Outcome:
    """What came out of one member's submission.

    Attributes:
        member: who handed in.
        results: of each exercise, or None where grading failed.
        failure: why grading failed, or ''.
    """

    member: Member
    results: Mapping[str, ExerciseResult] | None
    failure: str = ""


def main(root: Path, wanted: Iterable[str] = ()) -> int:
    """Grade a made-up class in a temporary folder, and print what came out.

    Args:
        root: a checkout of the course.
        wanted: names of the assignments that the class hands in; all of the course by default.

    Returns:
        Exit status: 0 where every member earned what it should.

    Raises:
        FileNotFoundError: If `root` holds no answers to hand in.
        ValueError: If there is no such assignment.
    """
    started = time.monotonic()
    course = assignments(root)
    names = list(wanted) or course
    if unknown := next((name for name in names if name not in course), None):
        raise ValueError(f"there is no assignment {unknown!r} in {root / 'solutions'}")
    classroom = Path(tempfile.mkdtemp(prefix="rcnn-course-demo-"))
    build_classroom(root, names, classroom)
    surprises = []
    for name in names:
        outcomes = grade_class(root, classroom, name)
        write_feedback(classroom, name)
        print(header(name, next((o.results for o in outcomes if o.results), {})))
        for outcome in outcomes:
            print(row(outcome.member.name, outcome.results, outcome.failure))
            for surprise in outcome.member.surprises(outcome.results):
                surprises.append(f"{name}, {outcome.member.name}: {surprise}")
    print(f"\nFeedback pages: {classroom / 'feedback'}")
    print(f"Seconds: {time.monotonic() - started:.0f}")
    for surprise in surprises:
        print(f"Not as expected: {surprise}")
    if not surprises:
        print("Every member of the class earned what it should.")
    return 1 if surprises else 0


def build_classroom(root: Path, names: list[str], classroom: Path) -> None:
    """Make `classroom` an nbgrader course of its own, with `names` released."""
    settings = (root / CONFIG_FILE).read_text("utf-8")
    settings += f"\nc.Execute.timeout = {CELL_SECONDS}\n"
    (classroom / CONFIG_FILE).write_text(settings, "utf-8")
    for name in names:
        shutil.copytree(root / "solutions" / name, classroom / "solutions" / name)
    release(classroom)


def grade_class(root: Path, classroom: Path, assignment: str) -> list[Outcome]:
    """Hand in for each member, and grade them as `rcnn-course grade` does.

    Args:
        root: the checkout, whose tests hold the answers to hand in.
        classroom: the nbgrader course to grade in.
        assignment: name of the assignment.
    """
    file = Path(assignment, f"{assignment}.ipynb")
    solution = solution_cells(nbformat.read(classroom / "solutions" / file, as_version=4))
    members = make_members(solution, load_answers(root, assignment))
    for member in members:
        submitted = classroom / "submitted" / member.name / file
        hand_in(classroom / "course" / file, member.answers, submitted)
        if member.file is not None:
            submitted.write_text(member.file, encoding="utf-8")
    graded = run.grade_class(
        classroom, assignment, in_sandbox=not trial.fault(), progress=Bar(assignment)
    )
    by_name = {one.student: one for one in graded}
    return [
        Outcome(member, by_name[member.name].results or None, by_name[member.name].reason)
        for member in members
    ]
