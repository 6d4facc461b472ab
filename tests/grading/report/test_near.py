"""The class report says which wrong answers one small change would make right, and where."""

import copy
import html
import json
import re
import shutil

import nbformat
import pytest
from nbformat.v4 import new_notebook, new_output
from nbgrader.utils import determine_grade, is_grade

from rcnn_course.authoring.release import release
from rcnn_course.cli import main
from rcnn_course.grading import commands
from rcnn_course.grading.integrity import kernel_probe, probes
from rcnn_course.grading.integrity.examination import examine
from rcnn_course.grading.integrity.settlement import settle, unexplained
from rcnn_course.grading.report.feedback_pages import write_feedback
from rcnn_course.reports import Report, reports_in
from tests.grading.conftest import REPOSITORY
from tests.grading.forked import in_fork
from tests.grading.made import AREA, NAME, SETUP, cell, displaying, graded_cells, save, source

NEAR = """def box_area(boxes):
    x1, y1, x2, y2 = boxes.unbind(-1)
    width = x2 - x1
    return width * (y2 * 3 - y1)"""
FAR = "def box_area(boxes):\n    return boxes.sum(-1) ** 3"
LOCATED = """import os, sys

def is_located():
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_name == 'reports':
            return True
        frame = frame.f_back

"""
ENDS, ENDLESS = (
    LOCATED + NEAR.replace("    width", f"    {line}\n    width", 1)
    for line in ("if is_located(): os._exit(3)", "while is_located(): pass")
)
FORGED = Report("box_area", "incorrect", "", "unknown", "x").located("comparison", 2)
PLACE = "the step that may be missing or too much in line 4"
ADVICE = f"One small change would make it right: look at {PLACE}."


def hand_in_all(root):
    """Hand in for a class, of whom one is near, one forges, and two end and hold the kernel."""
    released = (root / "course" / "class" / NAME).read_text(encoding="utf-8")
    answers = {"near": NEAR, "right": AREA, "far": FAR, "ends": ENDS, "endless": ENDLESS}
    for student, answer in answers.items():
        notebook = nbformat.reads(released, as_version=4)
        cell(notebook, "box_area").source = answer
        if student == "far":
            shown = new_output("display_data", data=FORGED.to_display(shown=False))
            cell(notebook, "check_box_area").outputs = [shown]
            cell(notebook, "setup").source += f"\n{displaying(FORGED.to_data())}"
        save(root / "submitted" / student / "class", notebook)


@pytest.fixture(scope="module")
def root(tmp_path_factory, make_cell):
    """A course whose class has handed in."""
    root = tmp_path_factory.mktemp("near")
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    with (root / "nbgrader_config.py").open("a") as config:
        config.write("\nc.ExecuteSubmission.locating_seconds = 4\n")
    notebook = source(make_cell)
    del notebook.cells[4:]  # one exercise is enough
    (root / "solutions" / "class").mkdir(parents=True)
    nbformat.write(notebook, root / "solutions" / "class" / NAME)
    release(root)
    hand_in_all(root)
    return root


def count_of(text, name):
    """Return the number that a table of the report gives in the row of this name."""
    (count,) = re.findall(rf"^{name} +(\d+)$", text, re.MULTILINE)
    return int(count)


@pytest.mark.requires("bubblewrap")
@pytest.mark.slow
def test_class_is_told_which_answer_is_near_and_where(root, capsys, monkeypatch):
    assert commands.grade(root, "class", students=["near", "right"]) == 0
    said = capsys.readouterr().out
    assert "Wrong answers that no typical mistake explains: 1. `rcnn-course grade --near`" in said
    assert count_of(said, "one small change away") == 0

    monkeypatch.chdir(root)
    assert main(["grade", "class", "--near", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    results = {one["student"]: one["results"]["box_area"] for one in report["students"]}
    places = {student: (one["change"], one["line"]) for student, one in results.items()}
    assert places.pop("near") == ("missing step", 4)
    assert places == dict.fromkeys(("right", "far", "ends", "endless"), ("", 0))
    points = {student: one["points"] for student, one in results.items()}
    assert points == dict.fromkeys(points, 0) | {"right": 5}
    statuses = {one["student"]: one["status"] for one in report["students"]}
    assert statuses == dict.fromkeys(points, "graded") | {"right": "skipped"}
    assert report["exercises"]["box_area"]["near"] == 1
    assert report["counts"]["one_small_change_away"] == 1
    assert results["near"]["said"].endswith(ADVICE)

    assert commands.grade(root, "class") == 0  # as it was kept
    said = capsys.readouterr().out
    assert "--near" not in said
    assert f"  near\n    - box_area, {PLACE}\n" in said
    assert "       1  of 4 wrong: one small change away\n" in said

    write_feedback(root, "class")
    for student in results:
        page = (root / "feedback" / student / "class" / "class.html").read_text(encoding="utf-8")
        text = " ".join(html.unescape(page).split())
        assert (ADVICE in text) == (student == "near")


ANSWERS = {
    "right": NEAR.replace(" * 3", ""),
    "typical": NEAR.replace("width * (y2 * 3 - y1)", "width + (y2 - y1)"),
    "far": FAR,
}

REPLIES = {
    "a place": ([FORGED.to_data()], True),
    "a place in another exercise": ([{**FORGED.to_data(), "exercise": "nms"}], False),
    "a place of a right answer": ([{**FORGED.to_data(), "outcome": "correct"}], False),
    "a kind that is none": ([{**FORGED.to_data(), "change": ["comparison"]}], False),
    "a line that is none": ([{**FORGED.to_data(), "line": 10**30}], False),
    "no reports": ([None, 3, [], {"line": 3}, "text"], False),
    "no list": ({"box_area": FORGED.to_data()}, False),
    "nothing": (None, False),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_whatever_a_kernel_says_of_places_changes_no_points(make_cell, answer):
    cells = [make_cell("setup", SETUP), *graded_cells(make_cell, "box_area", ANSWERS[answer])]
    run = in_fork(probes.armed(new_notebook(cells=cells), "word"))
    assert unexplained(run, "word", examine) == (["box_area"] if answer == "far" else [])
    for reply, (reports, is_place) in REPLIES.items():
        executed = copy.deepcopy(run)
        (last,) = filter(probes.is_last, executed.cells)
        said = {"token": probes._token("word", probes.AFTER_ALL), "reports": reports}
        last.outputs = [new_output("display_data", data={kernel_probe.MIME: json.dumps(said)})]
        assert settle(executed, "word", examine) == (), reply
        points = sum(determine_grade(cell)[0] for cell in executed.cells if is_grade(cell))
        assert points == (5 if answer == "right" else 0), reply
        lines = {report.line for each in executed.cells for report in reports_in(each.outputs)}
        assert (2 in lines) == (is_place and answer == "far"), reply
