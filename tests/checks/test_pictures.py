"""A wrong result beside the expected one: which picture there is, what it shows, and where."""

import sys

import pytest
import torch

from rcnn_course.checks import catalogue, checking
from rcnn_course.checks.engine.run import run_reference
from rcnn_course.checks.pictures import picture_of
from tests.answers import ROOT, answers, solutions, write
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

WRONG = {
    "map": ("03_upsampling", "upsample_nearest_2d", "whole_repeated"),
    "curve": ("03_upsampling", "upsample_nearest_1d", "rounded"),
    "boxes": ("05_rpn", "cell_anchors", "width_and_height_swapped"),
    "heatmap": ("09_keypoint_head", "heatmaps_to_keypoints", "half_pixel_missing"),
}


def examination(assignment, exercise, change):
    old, new = change
    source = solutions(assignment)[exercise]
    assert old in source
    return checking._examine(
        write(assignment, exercise, source.replace(old, new)), 0, locating=True
    )


def wrong(kind):
    assignment, exercise, mistake = WRONG[kind]
    return examination(assignment, exercise, answers(assignment).WRONG[exercise][mistake])


@pytest.mark.parametrize("kind", WRONG)
def test_each_kind_is_drawn_with_words_for_who_cannot_see_it(kind):
    from rcnn_course.draw.base.figures import description

    picture = picture_of(wrong(kind))
    assert picture.kind == kind
    assert f"{WRONG[kind][1]}, case 1: " in picture.caption
    assert "xpected" in description(picture.draw())


def first_case(kind):
    exercise = catalogue.EXERCISES[WRONG[kind][1]]
    case = next(exercise.cases(0))
    return case, run_reference(exercise, case).value


def test_map_shows_the_numbers_of_the_case():
    found, expected = picture_of(wrong("map")).shown
    case, value = first_case("map")
    rows, columns = torch.arange(6) % case.args[0].shape[2], torch.arange(9) % case.args[0].shape[3]
    assert torch.equal(expected, value[0, 0])
    assert torch.equal(found, case.args[0][0, 0][rows][:, columns])


def test_curve_and_boxes_show_the_numbers_of_the_case():
    _, expected = picture_of(wrong("curve")).shown
    assert torch.equal(expected, first_case("curve")[1][0, 0])
    found, expected, rows = picture_of(wrong("boxes")).shown
    assert torch.equal(expected, first_case("boxes")[1])
    assert rows == [row for row in range(len(found)) if not torch.equal(found[row], expected[row])]


def test_heatmap_shows_the_place_that_is_wrong():
    heatmap, box, found, expected = picture_of(wrong("heatmap")).shown
    case, (keypoints, _) = first_case("heatmap")
    assert torch.equal(heatmap, case.args[0][0, 0])
    assert torch.equal(box, case.args[1][0])
    assert torch.equal(expected, keypoints[0, 0, :2])
    assert not torch.allclose(found, expected)


SIGNATURE = "def upsample_nearest_2d(input, size):\n    "
NOT_DRAWN = {
    "not a number": "input.new_full((*input.shape[:2], *size), float('nan'))",
    "infinite": "input.new_full((*input.shape[:2], *size), float('inf'))",
    "another shape": "input",
    "no numbers": "input[:0]",
    "integers": "torch.zeros(*input.shape[:2], *size, dtype=torch.int64)",
    "complex": "torch.zeros(*input.shape[:2], *size, dtype=torch.complex64)",
    "no tensor": "[1, 2]",
    "an error": "1 / 0",
    "nothing": "None",
}


@pytest.mark.parametrize("what", NOT_DRAWN)
def test_what_cannot_be_drawn_leaves_no_picture_or_one_without_an_error(what):
    subject = write("03_upsampling", "upsample_nearest_2d", f"{SIGNATURE}return {NOT_DRAWN[what]}")
    picture = picture_of(checking._examine(subject, 0, locating=True))
    if what == "integers":
        picture.draw()
    else:
        assert picture is None


def test_numbers_that_say_as_much_are_not_drawn():
    assert picture_of(examination("00_start_here", "box_area", ("(x2 - x1)", "x2"))) is None


NOTEBOOK = """
from tests.answers import run, answers, solutions, write
from rcnn_course import check
old, new = answers("03_upsampling").WRONG["upsample_nearest_1d"]["rounded"]
upsample_nearest_1d = write(
    "03_upsampling",
    "upsample_nearest_1d",
    solutions("03_upsampling")["upsample_nearest_1d"].replace(old, new),
)
"""


IN_A_SUBSHELL = """
import threading

def pressed():
    try:
        check(upsample_nearest_1d)
    except Exception as error:
        print(error)

thread = threading.Thread(target=pressed)
thread.start()
thread.join()
"""


def executed(*sources):
    """Return a notebook with these cells after a kernel has run them, whether or not they fail."""
    from nbclient import NotebookClient
    from nbformat.v4 import new_code_cell, new_notebook

    notebook = new_notebook(cells=list(map(new_code_cell, sources)))
    client = NotebookClient(notebook, allow_errors=True, timeout=PATIENCE)
    client.resources = {"metadata": {"path": str(ROOT)}}
    client.create_kernel_manager()
    client.km.kernel_spec.argv[0] = sys.executable
    client.execute()
    return notebook


def test_check_of_a_widget_says_all_in_words():
    _, pressed, after = executed(NOTEBOOK, IN_A_SUBSHELL, "1 + 1").cells
    assert "upsample_nearest_1d is incorrect" in pressed.outputs[-1].text
    drawn = [
        o for cell in (pressed, after) for o in cell.outputs if o.get("data", {}).get("text/html")
    ]
    assert drawn == []


@pytest.mark.parametrize("execution", ["", "validate", "autograde"])
def test_notebook_shows_a_picture_below_the_text_where_somebody_looks(execution, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", execution)
    notebook = executed(NOTEBOOK, "check(upsample_nearest_1d)", "1 + 1")
    assert [output.output_type for output in notebook.cells[2].outputs] == ["execute_result"]
    outputs = notebook.cells[1].outputs
    report, error, *pictures = outputs
    assert (report.output_type, error.output_type) == ("display_data", "error")
    if execution:
        assert pictures == []
    else:
        (picture,) = pictures
        assert 'alt="Yours and expected, 12 numbers.' in picture.data["text/html"]
