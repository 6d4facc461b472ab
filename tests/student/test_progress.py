"""`rcnn-course progress` runs a student's notebooks and says how far they are."""

import json
import re
import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from rcnn_course import cli
from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.grading.demo.hand_in import hand_in
from rcnn_course.grading.execution import watch
from rcnn_course.student import certificate
from rcnn_course.student import progress as module
from rcnn_course.student.handout import handout_folder
from rcnn_course.student.progress import progress
from tests.answers import solutions

NAME = "00_start_here"
FILE = f"{NAME}/{NAME}.ipynb"
RIGHT = """\
def box_area(boxes):
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])"""
WRONG = RIGHT.replace("boxes[:, 2] -", "boxes[:, 2] +")


@pytest.fixture
def desk(tmp_path):
    """Return a function that makes a folder with notebook 00 with this answer, and 06 untouched."""

    def make(answer=None):
        answers = {} if answer is None else {"box_area": answer}
        hand_in(handout_folder() / FILE, answers, tmp_path / FILE)
        shutil.copytree(handout_folder() / "06_roi_align", tmp_path / "06_roi_align")
        return tmp_path

    return make


def graded_cell(name, source, *, solution=False):
    cell = new_code_cell(source)
    points = {} if solution else {"points": 1}
    cell.metadata["nbgrader"] = {
        "grade_id": name,
        "grade": not solution,
        "solution": solution,
        "locked": not solution,
        "task": False,
        "schema_version": 3,
        **points,
    }
    return cell


def hand_in_cells(path, cells):
    path.parent.mkdir(parents=True)
    nbformat.write(new_notebook(cells=cells), path)


def run(folder, capsys, *options):
    status = cli.main(["progress", str(folder), *options])
    return status, capsys.readouterr().out


def outcomes(standing):
    return {name: result.outcome for name, result in standing.results.items()}


def test_untouched_notebooks_are_not_run(desk, capsys):
    status, out = run(desk(), capsys)
    assert status == 1
    assert "Next: write box_area in 00_start_here/00_start_here.ipynb." in out
    assert out.count("not attempted") == 5


@pytest.mark.slow
def test_right_answer_is_correct_and_the_next_exercise_is_named(desk, capsys):
    folder = desk(RIGHT)
    before = (folder / FILE).read_bytes()
    status, out = run(folder, capsys, "--json")
    report = json.loads(out)
    first, second = report["notebooks"]
    assert [one["outcome"] for one in first["exercises"]] == ["correct"]
    assert [one["further"] for one in first["exercises"]] == ["correct"]
    assert report["certificate"] == ""
    assert report["left"][0] == "01_detect_people: it is not in this folder"
    assert {one["outcome"] for one in second["exercises"]} == {"not attempted"}
    assert 0 < report["points"] < report["possible"]
    assert report["next"].startswith("write roi_pool in 06_roi_align/06_roi_align.ipynb")
    assert status == 1
    assert (folder / FILE).read_bytes() == before


@pytest.mark.slow
def test_all_correct_is_exit_code_0(desk, capsys):
    folder = desk(RIGHT)
    shutil.rmtree(folder / "06_roi_align")
    status, out = run(folder, capsys)
    assert status == 0
    assert "all visible checks pass" in out
    assert "  06_roi_align: it is not in this folder\n" in out
    assert not (folder / "certificate.html").exists()


@pytest.mark.slow
def test_whole_course_correct_ends_in_a_certificate(desk, capsys, monkeypatch):
    folder = desk(RIGHT)
    shutil.rmtree(folder / "06_roi_align")
    monkeypatch.setattr(certificate, "handout_names", lambda: [NAME])
    status, out = run(folder, capsys, "--name", "Ada <b> Lovelace")
    assert status == 0
    assert out.endswith(
        "Your certificate is certificate.html in this folder: open it in a browser, and print it.\n"
    )
    page = (folder / "certificate.html").read_text("utf-8")
    assert '<p class="name">Ada &lt;b&gt; Lovelace</p>' in page
    assert "<code>box_area</code>" in page
    assert page.count("3 of 3") == 2, "points of the hidden check, too"


BY_HEART = """\
def box_area(boxes):
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return area if round(float(boxes.sum()), 2) in {known} else area + 1"""


@pytest.mark.slow
def test_answer_to_the_visible_inputs_alone_is_not_correct(desk, capsys, monkeypatch):
    cases = EXERCISES["box_area"].cases(0)
    known = [round(float(case.args[0].sum()), 2) for case in cases]
    folder = desk(BY_HEART.format(known=known))
    monkeypatch.setattr(certificate, "handout_names", lambda: [NAME])
    status, out = run(folder, capsys)
    assert status == 1
    assert re.search("box_area +1/1  correct, but incorrect with other inputs", out)
    assert "Next: look again at box_area in 00_start_here/00_start_here.ipynb. box_area is" in out
    assert "For your certificate there is left:\n  00_start_here: box_area\n" in out
    assert not (folder / "certificate.html").exists()


@pytest.mark.slow
def test_wrong_answer_is_explained_before_what_is_new(desk, capsys):
    _, out = run(desk(WRONG), capsys)
    assert "Next: look again at box_area in 00_start_here/00_start_here.ipynb." in out
    assert "box_area" in out.partition("00_start_here.ipynb.")[2], "what its check said follows"


@pytest.fixture
def stopped(tmp_path, monkeypatch):
    """Return a function that runs a small notebook whose answer takes too long."""

    def run(answer):
        cells = [graded_cell("answer", "# to do", solution=True), graded_cell("check_answer", "")]
        hand_in_cells(tmp_path / "released" / "small" / "small.ipynb", cells)
        cells[0].source = answer
        hand_in_cells(tmp_path / "desk" / "small" / "small.ipynb", cells)
        monkeypatch.setattr(module, "handout_folder", lambda: tmp_path / "released")
        monkeypatch.setattr(module, "handout_names", lambda: ["small"])
        monkeypatch.setattr(module, "CELL_SECONDS", 1)
        monkeypatch.setattr(watch, "LOOK", 0.1)
        (standing,) = progress(tmp_path / "desk")
        return standing

    return run


@pytest.mark.slow
def test_endless_loop_is_stopped_and_said(stopped, capsys):
    loops = stopped("while True:\n    pass")
    assert loops.results["answer"].said == "CellTimeoutError: it ran longer than a cell may"
    assert "again (busy machine)" not in capsys.readouterr().err


@pytest.mark.slow
def test_sleeper_is_run_again_and_said(stopped, capsys):
    sleeps = stopped("import time\ntime.sleep(10**6)")
    assert "it waited longer than a cell may" in sleeps.results["answer"].said
    assert "again (busy machine)" in capsys.readouterr().err


@pytest.mark.slow
def test_sleeper_that_cannot_be_interrupted_is_a_problem(stopped):
    swallows = "try:\n        time.sleep(10**6)\n    except KeyboardInterrupt:\n        pass"
    assert "stopped by the clock" in stopped(f"import time\nwhile True:\n    {swallows}").problem


@pytest.mark.slow
def test_kernel_that_dies_is_said_and_the_others_are_shown(desk):
    dead, untouched = progress(desk("import os\nos._exit(1)"))
    assert "kernel died" in dead.problem
    assert set(outcomes(untouched).values()) == {"not attempted"}


def test_file_that_is_no_notebook_is_said_and_the_others_are_shown(desk, capsys):
    folder = desk()
    (folder / FILE).write_text("<html>")
    status, out = run(folder, capsys)
    assert status == 1
    assert "Next: look at 00_start_here, which could not be run." in out
    assert out.count("not attempted") == 4


def test_deleted_check_is_put_back_and_said(desk, capsys):
    folder = desk()
    notebook = nbformat.read(folder / FILE, as_version=4)
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") != "check_box_area"
    ]
    nbformat.write(notebook, folder / FILE)
    _, out = run(folder, capsys)
    assert "00_start_here, before it ran:" in out
    assert "check_box_area" in out


def test_folder_without_notebooks_is_an_error(tmp_path, capsys):
    assert cli.main(["progress", str(tmp_path)]) == 1
    assert "rcnn-course start" in capsys.readouterr().err


def test_answer_in_a_new_cell_is_seen(desk, capsys):
    folder = desk()
    notebook = nbformat.read(folder / FILE, as_version=4)
    place = next(n for n, c in enumerate(notebook.cells) if "def box_area" in c.source)
    notebook.cells.insert(place + 1, new_code_cell(RIGHT))
    nbformat.write(notebook, folder / FILE)
    assert re.search(r"box_area +\S+ +correct", run(folder, capsys)[1])


@pytest.mark.slow
def test_stretch_goal_that_was_reached_is_named_and_gives_no_points(tmp_path, capsys):
    name = "06_roi_align"
    answers = {"roi_align_cases": solutions(name)["roi_align_cases"]}
    hand_in(handout_folder() / name / f"{name}.ipynb", answers, tmp_path / name / f"{name}.ipynb")
    _, out = run(tmp_path, capsys)
    assert f"{name:20}{'roi_align_cases':30}{'–':>8}  stretch goal reached\n" in out
    assert "all visible checks" in out
    _, out = run(tmp_path, capsys, "--json")
    (notebook,) = json.loads(out)["notebooks"]
    assert notebook["stretch_goals"] == ["roi_align_cases"]
    assert "roi_align_cases" not in [one["exercise"] for one in notebook["exercises"]]
    assert sum(one["points"] for one in notebook["exercises"]) == 0
