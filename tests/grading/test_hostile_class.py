"""A hostile and broken class: honest points stay, nothing gets out, and each failure is named."""

import json
import shutil
import socket
import subprocess
import sys

import nbformat
import pytest

from rcnn_course.grading import sandbox
from rcnn_course.grading.release import release
from tests.grading.hostile import BROKEN, HONEST, RUNNING, TAMPERING, attacks
from tests.grading.made import RIGHT, cell, source

WITHOUT = sandbox.fault()

LIMITS = """
c.Execute.timeout = 20
c.ExecuteSubmission.max_output = 2
c.ExecuteSubmission.max_memory = 2048
"""


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


@pytest.fixture
def victim():
    """A process of this machine that nobody may end."""
    with subprocess.Popen(["sleep", "3600"]) as process:
        yield process
        process.kill()


@pytest.mark.skipif(bool(WITHOUT), reason=WITHOUT)
@pytest.mark.slow
def test_hostile_class_is_graded_with_one_command(classroom, victim, monkeypatch):
    root, released = classroom
    monkeypatch.setenv("SECRET_OF_THE_INSTRUCTOR", "tenure")
    with socket.create_server(("127.0.0.1", 0)) as server:
        rows = {
            **HONEST,
            **BROKEN,
            **RUNNING,
            **TAMPERING,
            **attacks(root, server.getsockname()[1], victim.pid),
        }
        assert len(rows) >= 40
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
        command = [sys.executable, "-m", "rcnn_course.cli", "grade", "class", "--json"]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=900)
        assert done.returncode == 1, done.stderr
        graded = json.loads(done.stdout)["students"]
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert victim.poll() is None
    assert (root / "nbgrader_config.py").is_file()

    wrong = [w for one in graded for w in surprises(rows[one["student"]], one)]
    for name, before in handed_in.items():
        file = root / "submitted" / name / "class" / "class.ipynb"
        if before is not None and file.read_bytes() != before:
            wrong.append(f"{name}: the submitted file was changed")
    for file in root.glob("autograded/*/class/class.ipynb"):
        cells = nbformat.read(file, as_version=4).cells
        if "BREACH" in str([c.outputs for c in cells if c.cell_type == "code"]):
            wrong.append(f"{file.parts[-3]}: got out of the sandbox")
    assert len(graded) == len(rows)
    assert wrong == []


def surprises(row, one):
    """Yield what came out otherwise than the row says."""
    name, points = one["student"], one["points"]
    said = " ".join([one["reason"], *(result["said"] for result in one["results"].values())])
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
