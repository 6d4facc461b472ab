"""A hostile and broken class: honest points stay, nothing gets out, and each failure is named."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import nbformat
import pytest

from rcnn_course.authoring.release import release
from rcnn_course.grading.sandbox.levels import FULL, REACHES, WITHOUT_NAMESPACES, WITHOUT_PROC
from tests.grading import lacking
from tests.grading.hostile import BROKEN, HONEST, RUNNING, TAMPERING
from tests.grading.made import RIGHT, cell, source
from tests.grading.reaches import attacks, left_running, outside
from tests.grading.sandbox.test_sandbox import ORDINARY
from tests.patience import PATIENCE

LIMITS = """
c.Execute.timeout = 3
c.Execute.iopub_timeout = 2
c.ExecuteSubmission.max_output = 2
c.ExecuteSubmission.max_memory = 2048
c.ExecuteSubmission.max_disk = 64
"""

OF_SANDBOX = ("right", "wrong", "os_exit", "kills_itself", "c_loop", "fork_bomb")

MACHINES = {
    "this machine": ([], FULL),
    "/proc is covered": (lacking.command("proc"), WITHOUT_PROC),
    "no namespaces": (lacking.command("namespaces"), WITHOUT_NAMESPACES),
    "no namespaces, ordinary user": (
        [*ORDINARY, *lacking.command("namespaces")],
        WITHOUT_NAMESPACES,
    ),
}


@pytest.fixture
def classroom(course, make_cell):
    """A course with one assignment, `class`; returns its root and the released notebook."""
    shutil.rmtree(course / "solutions")
    (course / "solutions" / "class").mkdir(parents=True)
    nbformat.write(source(make_cell), course / "solutions/class/class.ipynb")
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(LIMITS)
    release(course)
    return course, (course / "course/class/class.ipynb").read_text(encoding="utf-8")


def test_every_reach_is_tried(tmp_path):
    with outside(tmp_path) as reached:
        tried = {row.reach for row in attacks(reached).values()}
    others = {"stays", "network", "crowd"}  # seen from outside, or RUNNING's fork bomb
    assert tried | others == {*REACHES, ""}


@pytest.mark.requires("bubblewrap", "landlock")
@pytest.mark.slow
@pytest.mark.parametrize("machine", MACHINES)
def test_hostile_class_is_graded_with_one_command(classroom, machine, monkeypatch, tmp_path):
    before, level = MACHINES[machine]
    root, released = classroom
    monkeypatch.setenv("SECRET_OF_THE_INSTRUCTOR", "tenure")
    with outside(root) as reached:
        rows = {name: {**HONEST, **RUNNING}[name] for name in OF_SANDBOX} | attacks(reached)
        if level == FULL:  # the others do not depend on the sandbox
            rows |= {**HONEST, **RUNNING, **BROKEN, **TAMPERING}
        if level == WITHOUT_NAMESPACES:
            for name in ("fills", "hoards"):
                rows[name] = replace(rows[name], points=None, says="wrote more than 64 MB")
        handed_in = hand_in(rows, root, released)
        command = [*before, sys.executable, "-m", "rcnn_course.cli", "grade", "class", "--json"]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 1, done.stderr
        graded = json.loads(done.stdout)["students"]
        assert reached.received() == []
        assert done.stderr.count(f"in a sandbox {level.name}, since") == (level != FULL)
    assert left_running() == []
    assert (root / "nbgrader_config.py").is_file()

    wrong = [w for one in graded for w in surprises(rows[one["student"]], one)]
    for name, before in handed_in.items():
        file = root / "submitted" / name / "class" / "class.ipynb"
        if before is not None and file.read_bytes() != before:
            wrong.append(f"{name}: the submitted file was changed")
    for file in root.glob("autograded/*/class/class.ipynb"):
        cells = nbformat.read(file, as_version=4).cells
        breach = "BREACH" in str([c.outputs for c in cells if c.cell_type == "code"])
        if breach != (rows[file.parts[-3]].reach in level.lets):
            wrong.append(f"{file.parts[-3]}: {'got' if breach else 'did not get'} out")
    assert len(graded) == len(rows)
    assert wrong == []


def hand_in(rows, root, released):
    """Hand in for each row; return the bytes of the files, or None where there is none."""
    handed_in = {}
    for name, row in rows.items():
        folder = root / "submitted" / name / "class"
        folder.mkdir(parents=True)
        notebook = nbformat.from_dict(json.loads(released))
        for exercise, answer in RIGHT.items():
            cell(notebook, exercise).source = answer
        row.make(folder, notebook)
        file = folder / "class.ipynb"
        handed_in[name] = file.read_bytes() if file.is_file() else None
    return handed_in


def surprises(row, one):
    """Yield what came out otherwise than the row says."""
    name, points = one["student"], one["points"]
    results = (f"{result['outcome']}: {result['said']}" for result in one["results"].values())
    said = " ".join([one["reason"], *results])
    if points != row.points:
        yield f"{name}: {points} instead of {row.points}: {said}"
    elif row.says not in said:
        yield f"{name}: said {said!r}, not {row.says!r}"
    if row.mended not in " ".join(one["mended"]):
        yield f"{name}: mended {one['mended']}, not {row.mended!r}"
    if row.look not in " ".join(one["suspicions"]):
        yield f"{name}: seen {one['suspicions']}, not {row.look!r}"
    if name in HONEST and one["suspicions"]:
        yield f"{name}: is honest, but {one['suspicions']}"
