"""The demo class: right, wrong and broken submissions, graded by nbgrader before your eyes."""

import os
import re
import shutil
import tempfile
import time
import warnings
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import nbformat
from nbgrader.apps.api import NbGraderAPI
from sqlalchemy.exc import SAWarning
from tqdm import tqdm

from rcnn_course.grading.answers import hand_in, load_answers, solution_cells
from rcnn_course.grading.course import CONFIG_FILE, assignments, load_config
from rcnn_course.grading.members import Member, make_members
from rcnn_course.grading.report import header, row
from rcnn_course.grading.results import ExerciseResult, read_results

LOOP_SECONDS = 20
"""What a cell of the endless loop may take; the others have the limit of the course."""

WORKERS = 4
"""At most this many submissions at once: they share one gradebook file."""


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


def main(root: Path) -> int:
    """Grade a made-up class of every assignment in a temporary folder, and print what came out.

    Args:
        root: a checkout of the course.

    Returns:
        Exit status: 0 where every member earned what it should.

    Raises:
        FileNotFoundError: where `root` holds no answers to hand in.
    """
    started = time.monotonic()
    names = assignments(root)
    classroom = Path(tempfile.mkdtemp(prefix="rcnn-course-demo-"))
    build_classroom(root, names, classroom)
    surprises = []
    for name in names:
        outcomes = grade_class(root, classroom, name)
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
    """Make `classroom` an nbgrader course of its own, with `names` released and on record."""
    shutil.copy(root / CONFIG_FILE, classroom)
    for name in names:
        shutil.copytree(root / "solutions" / name, classroom / "solutions" / name)
    api = NbGraderAPI(config=load_config(classroom))
    for name in names:
        result = api.generate_assignment(name)
        if not result["success"]:
            raise ValueError(f"solutions/{name}: nbgrader could not release it:\n{result['log']}")


def grade_class(root: Path, classroom: Path, assignment: str) -> list[Outcome]:
    """Hand in, grade and write feedback for each member, with a progress bar.

    Args:
        root: the checkout, whose tests hold the answers to hand in.
        classroom: the nbgrader course to grade in.
        assignment: name of the assignment.
    """
    source = classroom / "solutions" / assignment / f"{assignment}.ipynb"
    solution = solution_cells(nbformat.read(source, as_version=4))
    members = make_members(solution, load_answers(root, assignment))
    workers = min(WORKERS, os.cpu_count() or 1)
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        # The endless loop is near the end of the class and takes longest, so begin there.
        futures = [
            pool.submit(grade_member, classroom, assignment, member) for member in reversed(members)
        ]
        for _ in tqdm(as_completed(futures), assignment, len(futures), unit="student"):
            pass
        return [future.result() for future in reversed(futures)]
    finally:
        pool.shutdown(cancel_futures=True)


def grade_member(classroom: Path, assignment: str, member: Member) -> Outcome:
    """Hand in for one member, and let nbgrader grade it and write its feedback page."""
    file = Path(assignment, f"{assignment}.ipynb")
    submitted = classroom / "submitted" / member.name / file
    hand_in(classroom / "course" / file, member.answers, submitted)
    if member.file is not None:
        submitted.write_text(member.file, encoding="utf-8")
    config = load_config(classroom)
    if member.loops:
        config.Execute.timeout = LOOP_SECONDS
    config.Execute.extra_arguments = ["--log-level=ERROR"]
    api = NbGraderAPI(config=config)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # nbgrader's own, of no effect here
        for step in (api.autograde, api.generate_feedback):
            done = step(assignment, member.name)
            if not done["success"]:
                return Outcome(member, None, _reason(done["log"]))
        return Outcome(member, read_results(api, assignment, member.name))


def _reason(log: str) -> str:
    """Return the error in nbgrader's log that ended the grading of a submission."""
    errors = re.findall(r"^ *(?:\w+\.)*(\w+(?:Error|Exception|Interrupt)\b.*)$", log, re.MULTILINE)
    return errors[-1] if errors else log.strip().splitlines()[-1]
