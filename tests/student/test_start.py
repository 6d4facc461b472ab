"""`rcnn-course start` hands out notebooks, and never writes over a student's work."""

import json

import nbformat
import pytest

from rcnn_course import cli
from rcnn_course.authoring.lint import MARKERS
from rcnn_course.student import start as module
from rcnn_course.student.handout import handout_names
from rcnn_course.student.start import RECORD, start

NOTEBOOK = "06_roi_align/06_roi_align.ipynb"


@pytest.fixture
def release(tmp_path):
    """A release with one notebook, which tests may change."""
    path = tmp_path / "release" / NOTEBOOK
    path.parent.mkdir(parents=True)
    path.write_text("first release")
    return path.parents[1]


@pytest.fixture
def desk(tmp_path):
    return tmp_path / "desk"


def became(placed):
    return {one.name: one.became for one in placed}


def test_start_gives_every_notebook_without_answers(desk, capsys):
    assert cli.main(["start", str(desk)]) == 0
    assert f"cd {desk}" in capsys.readouterr().out
    names = handout_names()
    assert names[0] == "00_start_here"
    assert sorted(path.parent.name for path in desk.glob("*/*.ipynb")) == names
    for path in desk.glob("*/*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            assert not any(marker in cell.source for marker in MARKERS), path


def test_validate_gets_its_settings(desk):
    start(desk)
    assert "Execute.timeout = 60" in (desk / "nbgrader_config.py").read_text()


def test_starting_again_keeps_work(desk, release):
    start(desk, source=release)
    (desk / NOTEBOOK).write_text("my work")
    assert became(start(desk, source=release))[NOTEBOOK] == "kept"
    assert (desk / NOTEBOOK).read_text() == "my work"


def test_unchanged_notebook_follows_the_release(desk, release):
    start(desk, source=release)
    (release / NOTEBOOK).write_text("second release")
    assert became(start(desk, source=release))[NOTEBOOK] == "updated"
    assert (desk / NOTEBOOK).read_text() == "second release"


def test_newer_release_of_changed_notebook_is_put_beside_it_once(desk, release, monkeypatch):
    start(desk, source=release)
    (desk / NOTEBOOK).write_text("my work")
    (release / NOTEBOOK).write_text("second release")
    monkeypatch.setattr(module.rcnn_course, "__version__", "0.2.0")
    placed = next(one for one in start(desk, source=release) if one.name == NOTEBOOK)
    assert placed.beside == "06_roi_align_release_0.2.0.ipynb"
    assert placed.beside in str(placed)
    assert (desk / NOTEBOOK).read_text() == "my work"
    assert (desk / NOTEBOOK).with_name(placed.beside).read_text() == "second release"
    assert became(start(desk, source=release))[NOTEBOOK] == "kept"


def test_two_releases_of_one_version_do_not_overwrite_each_other(desk, release):
    start(desk, source=release)
    (desk / NOTEBOOK).write_text("my work")
    for text in ("second release", "third release"):
        (release / NOTEBOOK).write_text(text)
        start(desk, source=release)
    beside = sorted((desk / NOTEBOOK).parent.glob("*_release_*"))
    assert [path.read_text() for path in beside] == ["second release", "third release"]


def test_notebook_from_elsewhere_is_work_too(desk, release):
    (desk / NOTEBOOK).parent.mkdir(parents=True)
    (desk / NOTEBOOK).write_text("downloaded and worked on")
    assert became(start(desk, source=release))[NOTEBOOK] == "beside"
    assert (desk / NOTEBOOK).read_text() == "downloaded and worked on"


def test_deleted_notebook_comes_back(desk, release):
    start(desk, source=release)
    (desk / NOTEBOOK).unlink()
    assert became(start(desk, source=release))[NOTEBOOK] == "new"


def test_broken_record_is_named_and_nothing_is_touched(desk, release, capsys):
    start(desk, source=release)
    (desk / NOTEBOOK).write_text("my work")
    (desk / RECORD).write_text("{")
    assert cli.main(["start", str(desk)]) == 1
    assert RECORD in capsys.readouterr().err
    assert (desk / NOTEBOOK).read_text() == "my work"


def test_folder_that_is_a_file_is_refused(tmp_path, capsys):
    (tmp_path / "desk").write_text("")
    assert cli.main(["start", str(tmp_path / "desk")]) == 1
    assert "is a file" in capsys.readouterr().err


def test_solutions_need_a_checkout(desk, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["start", str(desk), "--solutions"]) == 1
    assert "Run this in a checkout of the course" in capsys.readouterr().err
    assert not desk.exists()


def test_solutions_of_a_checkout_have_answers(desk):
    assert cli.main(["start", str(desk), "--solutions"]) == 0
    assert "### BEGIN SOLUTION" in (desk / NOTEBOOK).read_text("utf-8")
    assert json.loads((desk / NOTEBOOK).read_text("utf-8"))["nbformat"] == 4
