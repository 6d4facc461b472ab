"""Demo classes graded with and without the cells that no points depend on, cell by cell.

`python -m tests.grading.both_ways [NOTEBOOK...]` grades those of all notebooks: a long while.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import nbformat
from nbgrader.apps.api import NbGraderAPI

from rcnn_course.authoring.course import assignments, load_config
from rcnn_course.grading.demo.classroom import build_classroom
from rcnn_course.grading.demo.hand_in import hand_in, load_answers, solution_cells
from rcnn_course.grading.demo.members import make_members
from rcnn_course.grading.intake.slicing import NOTE
from rcnn_course.grading.run import grade_class

ROOT = Path(__file__).parents[2]
SLOW = {"endless_loop", "not_json"}
"""Members who take as long as the time limit says, or run nothing."""


def make_class(name: str, course: Path) -> None:
    """Make a course whose demo class has handed in one notebook."""
    build_classroom(ROOT, [name], course)
    file = Path(name, f"{name}.ipynb")
    solution = solution_cells(nbformat.read(course / "solutions" / file, as_version=4))
    for member in make_members(solution, load_answers(ROOT, name)):
        if member.name not in SLOW:
            hand_in(
                course / "course" / file, member.answers, course / "submitted" / member.name / file
            )


def differences(course: Path, name: str) -> Iterator[str]:
    """Grade the submissions of a course in both ways; yield what came out differently."""
    whole = Path(shutil.copytree(course, course.with_name(f"{course.name}-whole")))
    all_of_it = found(whole, name, pictures=True)
    sliced = found(course, name, pictures=False)
    for student in all_of_it.keys() | sliced.keys():
        one, other = all_of_it.get(student, {}), sliced.get(student, {})
        for what in one.keys() | other.keys():
            if one.get(what) != other.get(what):
                yield f"{name}, {student}, {what}: {one.get(what)}, and sliced {other.get(what)}"


def found(course: Path, name: str, *, pictures: bool) -> Mapping[str, Mapping[str, object]]:
    """Grade the submissions of a course; return for each student all scores and results."""
    graded = grade_class(course, name, pictures=pictures)
    found: dict[str, dict[str, object]] = {}
    for one in graded:
        results = {exercise: asdict(result) for exercise, result in one.results.items()}
        about = {"suspicions": one.suspicions, "undecided": one.undecided, "status": one.status}
        found[one.student] = results | about
    with NbGraderAPI(config=load_config(course)).gradebook as book:
        for submission in book.assignment_submissions(name):
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    given = (grade.auto_score, grade.needs_manual_grade)
                    found[submission.student.id][f"the cell {grade.name}"] = given
    return found


def left_out(course: Path, name: str) -> int:
    """Return how many cells were left out of a graded class."""
    files = course.glob(f"autograded/*/{name}/{name}.ipynb")
    return sum(file.read_text("utf-8").count(NOTE.strip()[:40]) for file in files)


def main(wanted: list[str]) -> int:
    """Compare the classes of notebooks; 1 where something came out differently."""
    faults = 0
    for name in wanted or assignments(ROOT):
        with tempfile.TemporaryDirectory() as folder:
            course = Path(folder, "class")
            course.mkdir()
            make_class(name, course)
            different = list(differences(course, name))
            out = left_out(course, name)
            print(f"{name}: {out} cells left out, {len(different)} differences", flush=True)
        for difference in different:
            print(difference, flush=True)
        faults += len(different)
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
