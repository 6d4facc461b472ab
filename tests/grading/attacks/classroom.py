"""A class that hands in: its course, its submissions, and the commands that grade them."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat

from rcnn_course.authoring.release import release
from tests.grading import made
from tests.grading.attacks import table
from tests.grading.attacks.table import CLASS, PARTS, ROOT
from tests.grading.made import RIGHT, Make, cell
from tests.patience import PATIENCE

SOURCES = {CLASS: made.source, PARTS: table.source}

SETTINGS = """
c.Execute.timeout = 3
c.Execute.iopub_timeout = 2
c.ExecuteSubmission.max_output = 2
c.ExecuteSubmission.max_memory = 2048
c.ExecuteSubmission.max_disk = 64
c.TermSeeds.term = "a term of the attack suite"
"""


def make_course(root: Path, assignments: Iterable[str] = SOURCES) -> None:
    """Make a course with the repository's settings, narrow limits and some of the assignments."""
    shutil.copy(ROOT / "nbgrader_config.py", root)
    with (root / "nbgrader_config.py").open("a") as config:
        config.write(SETTINGS)
    for name in assignments:
        folder = root / "solutions" / name
        folder.mkdir(parents=True)
        nbformat.write(SOURCES[name](made.nbgrader_cell), folder / f"{name}.ipynb")
    release(root)


def hand_in(root: Path, assignment: str, makes: Mapping[str, Make]) -> dict[str, bytes | None]:
    """Hand in by student; return the bytes of the files, or None where there is none."""
    released = (root / "course" / assignment / f"{assignment}.ipynb").read_text("utf-8")
    handed_in = {}
    for name, make in makes.items():
        folder = root / "submitted" / name / assignment
        folder.mkdir(parents=True)
        notebook = nbformat.from_dict(json.loads(released))
        for exercise, answer in RIGHT.items() if assignment == CLASS else ():
            cell(notebook, exercise).source = answer
        make(folder, notebook)
        file = folder / f"{assignment}.ipynb"
        handed_in[name] = file.read_bytes() if file.is_file() else None
    return handed_in


def command(root: Path, *words: str, before: Sequence[str] = ()) -> subprocess.CompletedProcess:
    """Run `rcnn-course` in a course, under another command if there is one before it."""
    line = [*before, sys.executable, "-m", "rcnn_course.cli", *words]
    return subprocess.run(line, cwd=root, capture_output=True, text=True, timeout=PATIENCE)


def students(done: subprocess.CompletedProcess) -> dict[str, dict[str, Any]]:
    """Return what `grade --json` has printed, by student."""
    if not done.stdout:
        raise RuntimeError(f"{done.args} printed nothing, but said: {done.stderr[-3000:]}")
    return {one["student"]: one for one in json.loads(done.stdout)["students"]}


def autograded(root: Path, student: str, assignment: str) -> Path:
    """Return where the notebook of a student is after grading."""
    return root / "autograded" / student / assignment / f"{assignment}.ipynb"


def breaches(file: Path) -> set[str]:
    """Return the names of those that say in an autograded notebook that they got out."""
    if not file.is_file():
        return set()
    cells = nbformat.read(file, as_version=4).cells
    said = str([each.outputs for each in cells if each.cell_type == "code"])
    return set(re.findall(r"BREACH (\w+)", said))
