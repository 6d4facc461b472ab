"""The wheel is all that a student needs, and holds no answers."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.grading.demo.hand_in import hand_in
from rcnn_course.student.handout import handout_folder, handout_names
from tests.secrets import answer_lines, hidden_lines

ROOT = Path(__file__).parents[2]
LARGEST = 30_000_000  # bytes
ANSWER = """\
def box_area(boxes):
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])"""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    options = ["--no-deps", "--no-build-isolation", "--wheel-dir", folder]
    command = [sys.executable, "-m", "pip", "wheel", *options, ROOT]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """Python of a clean environment with the wheel; the libraries it needs are those of the tests.

    Its own packages come first, so `rcnn_course` is the wheel's and not the checkout's.
    """
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    command = [python, "-m", "pip", "install", "--no-deps", "--no-index", wheel]
    subprocess.run(command, capture_output=True, check=True)
    packages = sysconfig.get_path("purelib", vars={"base": str(home)})
    Path(packages, "zz_libraries.pth").write_text(sysconfig.get_path("purelib"))
    return python


def run(python, folder, *command):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [python, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_wheel_is_small(wheel):
    assert wheel.stat().st_size < LARGEST


def test_wheel_holds_every_released_notebook_byte_for_byte(wheel, names):
    released = sorted(ROOT.glob("course/*/*"))
    with zipfile.ZipFile(wheel) as archive:
        for path in released:
            name = f"rcnn_course/{path.relative_to(ROOT).as_posix()}"
            assert archive.read(name) == path.read_bytes()
    notebooks = [name for name in names if name.endswith(".ipynb")]
    assert len(notebooks) == len([path for path in released if path.suffix == ".ipynb"])


def test_wheel_holds_no_answers_and_no_hidden_tests(wheel, names):
    tops = {name.split("/")[0].removesuffix(".dist-info").split("-")[0] for name in names}
    assert tops == {"rcnn_course"}
    with zipfile.ZipFile(wheel) as archive:
        for name in names:
            assert "solutions" not in name
            if name.endswith(".ipynb"):
                assert b"### BEGIN" not in archive.read(name), name


def test_search_finds_no_line_of_an_answer_and_no_hidden_test(wheel, names):
    """In raw bytes, as grep reads them, also as notebooks write them, with escaped quotes."""
    answers, hidden = answer_lines(), hidden_lines()
    assert len(answers) > 400
    assert all("seed=" in line for line in hidden)
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in names}
    files |= {str(path): path.read_bytes() for path in ROOT.glob("course/**/*") if path.is_file()}
    forms = {form.encode() for line in answers | hidden for form in (line, json.dumps(line)[1:-1])}
    assert {(name, form) for name, raw in files.items() for form in forms if form in raw} == set()


def test_wheel_holds_the_model_answers_without_hidden_seeds(python, tmp_path):
    program = (
        "from rcnn_course.model_answers import book;"
        "answers = book.unpack(book.FILE.read_bytes());"
        "print(len(answers), 'seed=' in str(answers))"
    )
    shown = run(python, tmp_path, "-c", program)
    count = len(EXERCISES) + len(handout_names())
    assert shown.stdout.split() == [str(count), "False"], shown.stderr


def test_wheel_lets_the_jupyter_server_load_one_extension_and_sets_nothing_else(names):
    switch = "etc/jupyter/jupyter_server_config.d/rcnn_course.json"
    assert [name.partition(".data/data/")[2] for name in names if ".data/" in name] == [switch]


def test_wheel_holds_every_file_of_the_library(names):
    """Also those that are no Python: what says that it is typed, JavaScript, CSS, weights."""
    listed = ["git", "ls-files", "-z", "rcnn_course"]
    tracked = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = set(tracked.strip("\0").split("\0"))
    assert {"rcnn_course/py.typed", "rcnn_course/scene/view.js"} <= files
    assert files - set(names) == set()


def test_student_starts_from_the_wheel_and_works_a_notebook(python, tmp_path):
    course = run(python, tmp_path, "-m", "rcnn_course.cli", "start", "desk")
    assert course.returncode == 0, course.stderr
    released = handout_folder() / "00_start_here" / "00_start_here.ipynb"
    placed = tmp_path / "desk" / "00_start_here" / released.name
    assert placed.read_bytes() == released.read_bytes()
    hand_in(placed, {"box_area": ANSWER}, placed)
    where = run(python, tmp_path, "-c", "import rcnn_course; print(rcnn_course.__file__)")
    assert str(python.parents[1]) in where.stdout
    command = ["-m", "rcnn_course.cli", "progress", "desk", "--workers", "1"]
    progress = run(python, tmp_path, *command)
    assert "box_area                           1/1  correct" in progress.stdout, progress
