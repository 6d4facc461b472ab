"""Whatever a file system can hold is handed in: it costs its own submission at most."""

import json
import os
import socket
from pathlib import Path

import nbformat
import pytest

from rcnn_course.authoring.release import release
from rcnn_course.grading.intake.preflight import inspect
from rcnn_course.grading.intake.submissions import MOST_FILES, files_beside, fingerprint
from rcnn_course.grading.report.class_report import as_json, class_report
from rcnn_course.grading.report.feedback_pages import write_feedback
from rcnn_course.grading.run import grade_class
from tests.grading.classes import hand_in_for, in_gradebook

needs_sandbox = pytest.mark.requires("bubblewrap")

WORDS = "Because it keeps the fractions."
STUB = "def add(a, b):\n    raise NotImplementedError"
MEGABYTE = 1 << 20


def deep(folder: Path, name: str, times: int) -> None:
    """Make folders inside each other, further than a path can reach."""
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(folder)
        for _ in range(times):
            os.mkdir(name)
            os.chdir(name)
        Path("file.dat").touch()
    finally:
        os.fchdir(here)
        os.close(here)


def named(folder: Path, name: bytes) -> None:
    """Make a file whose name is bytes."""
    Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_bytes(b"x")


def with_socket(folder: Path) -> None:
    here = os.open(".", os.O_RDONLY)
    os.chdir(folder)
    with socket.socket(socket.AF_UNIX) as end:
        end.bind("socket")
    os.fchdir(here)
    os.close(here)


def with_loops(folder: Path) -> None:
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")
    (folder / "up").symlink_to("../..")


def with_many(folder: Path) -> None:
    (folder / "many").mkdir()
    for number in range(MOST_FILES + 10):
        (folder / "many" / f"{number}").touch()


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10**12)


def in_the_way(folder: Path) -> None:
    (folder / "toy.ipynb" / "deeper").mkdir(parents=True)
    (folder / "toy.ipynb" / "deeper" / "file.dat").touch()


BESIDE = {
    "a path that is too long": lambda folder: deep(folder, "x" * 200, 30),
    "three hundred folders in each other": lambda folder: deep(folder, "y", 300),
    "a name that is not UTF-8": lambda folder: named(folder, b"\xff\xfe.dat"),
    "a name of two lines": lambda folder: named(folder, b"two\nlines.dat"),
    "a name of Windows": lambda folder: named(folder, b"CON"),
    "a pipe": lambda folder: os.mkfifo(folder / "pipe"),
    "a socket": with_socket,
    "links in a circle": with_loops,
    "a file without an end": lambda folder: sparse(folder / "data.bin"),
    "too many files": with_many,
    "a hard link": lambda folder: os.link(folder / "toy.ipynb", folder / "again.ipynb"),
}
INSTEAD = {
    "pipe": os.mkfifo,
    "link to itself": lambda path: path.symlink_to(path.name),
    "folder": lambda path: path.mkdir(),
    "without an end": sparse,
}


@pytest.mark.parametrize("what", BESIDE)
def test_what_lies_beside_a_notebook_costs_nothing(course, released_toy, what):
    release(course)
    file = hand_in_for(course, "ada")
    before = fingerprint(file.parent, "")
    BESIDE[what](file.parent)
    fitness = inspect(file, released_toy)
    assert (fitness.mended, fitness.doubts, fitness.refusal) == ((), (), "")
    assert fingerprint(file.parent, "") != before
    beside = files_beside(file.parent, [], 100 * MEGABYTE)
    files, left_out = beside.files, beside.left_out
    for name in files:
        assert not (set("\n\0") & set(name))
        assert len(name.encode()) < 500
    assert bool(left_out) == (what not in ("a name of Windows", "a hard link"))


def test_files_beside_are_taken_from_above_as_far_as_there_is_room(tmp_path):
    for name in ("big.bin", "helper.py", "lib/part.py", "__MACOSX/x", "._x", ".git/y", "z.ipynb"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * (100 if "big" in name else 10))
    beside = files_beside(tmp_path, ["*.pyc"], 50)
    files, left_out = beside.files, beside.left_out
    assert (sorted(files), left_out) == (["helper.py", "lib/part.py"], ["big.bin"])


def test_hidden_files_and_settings_stay_behind(tmp_path):
    kept = ["data.csv", "helper.py", "model.pth", "parts/__init__.py"]
    settings = [".config", ".ipython", "matplotlibrc", "parts/.secret"]
    inside = [".config/pip/pip.conf", ".ipython/profile_default/startup/0.py"]
    silent = [".DS_Store", ".git/config", ".ipynb_checkpoints/toy-checkpoint.ipynb", "._data.csv"]
    for name in [*kept, *inside, *settings[2:], *silent]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    beside = files_beside(tmp_path, [".ipynb_checkpoints"], MEGABYTE)
    assert (sorted(beside.files), beside.left_out) == (kept, [])
    assert beside.settings == settings


def test_hidden_files_that_stay_behind_are_named(course, grade_quickly):
    release(course)
    startup = hand_in_for(course, "ada").with_name(".ipython") / "profile_default/startup/0.py"
    startup.parent.mkdir(parents=True)
    startup.write_text("1 / 0")
    (ada,) = grade_quickly(course)
    assert ada.mended == ("Left out, since hidden files and settings are not used: .ipython.",)
    assert not (course / "autograded/ada/toy/.ipython").exists()


@needs_sandbox
def test_class_of_odd_submissions_is_graded_and_everything_is_said(course, toy, save):
    (course / "solutions/toy/img").mkdir(parents=True)
    (course / "solutions/toy/img/x.png").write_bytes(b"x")
    toy.cells[0].source += "\n![](img/x.png)"
    save(course, toy)
    release(course)
    everything = hand_in_for(course, "everything").parent
    for make in BESIDE.values():
        make(everything)
    hand_in_for(course, "in_the_way").with_name("img").write_text("not a folder")
    for name, make in INSTEAD.items():
        file = hand_in_for(course, name.replace(" ", "_"))
        file.unlink()
        make(file)
    odd = hand_in_for(course, "odd").parents[1]
    odd.rename(Path(os.fsdecode(os.fsencode(odd.parent) + b"/odd\xff")))

    given = nbformat.read(course / "course/toy/toy.ipynb", as_version=4)
    wordy = hand_in_for(course, "wordy", {"why": given.cells[-1].source})
    notebook = json.loads(wordy.read_text())
    notebook["cells"].append({"cell_type": "markdown", "metadata": {}, "source": WORDS})
    wordy.write_text(json.dumps(notebook))
    copied = hand_in_for(course, "copied")
    copied.rename(copied.with_name("toy-Copy1.ipynb"))
    nbformat.write(given, copied)
    above = hand_in_for(course, "above", {"add": STUB})
    notebook = json.loads(above.read_text())
    right = {"cell_type": "code", "metadata": {}, "source": "def add(a, b):\n    return a + b"}
    notebook["cells"].insert(2, right | {"outputs": [], "execution_count": None})
    above.write_text(json.dumps(notebook))

    graded = {one.student: one for one in grade_class(course, "toy")}
    failed = {name for name, one in graded.items() if one.status != "graded"}
    assert failed == {*(name.replace(" ", "_") for name in INSTEAD), "odd\udcff"}
    for student in graded.keys() - failed:
        points = {name: result.points for name, result in graded[student].results.items()}
        assert points == {"add": 5, "multiply": 5}, student
    for student in failed:
        assert graded[student].reason.endswith(".")
    assert any("img" in said for said in graded["in_the_way"].mended)

    report = class_report("toy", list(graded.values()))
    report.encode()
    json.loads(as_json("toy", list(graded.values())))
    assert "why was left empty, and something was written elsewhere (cell 10)" in report
    assert "toy-Copy1.ipynb was graded instead of toy.ipynb" in report
    assert "for you to decide             2  copied, wordy" in report
    grades = in_gradebook(course)
    assert grades["wordy"]["grades"]["why"] == (None, True)
    shown = nbformat.read(course / "autograded/wordy/toy/toy.ipynb", as_version=4)
    assert any(WORDS in c.source and "nbgrader" in c.metadata for c in shown.cells)
    told = write_feedback(course, "toy", students=["wordy", "copied", "pipe"])
    assert set(told.values()) == {""}
    page = (course / "feedback/wordy/toy/toy.html").read_text("utf-8")
    assert page.count(WORDS) >= 2  # in the question's cell, and where it stood
    page = (course / "feedback/copied/toy/toy.html").read_text("utf-8")
    assert "The work in toy-Copy1.ipynb was graded instead." in page
