"""What JupyterLab shows of wrong answers: a line, hints, a picture below the text."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from rcnn_course.grading.demo.hand_in import hand_in
from tests.answers import answers, solutions

pytestmark = [
    pytest.mark.requires("chromium"),
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
]

SETUP = "import torch\nfrom rcnn_course import check, hint"
ONE_CHANGE = solutions("06_roi_align")["bilinear_sample"].replace("(left + 1)", "(left + 2)")
REPEATED = solutions("03_upsampling")["upsample_nearest_2d"].replace(
    *answers("03_upsampling").WRONG["upsample_nearest_2d"]["whole_repeated"]
)
SCRIPTED = """@torch.jit.script
def box_area(boxes):
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])"""
CELLS = [
    SETUP,
    *(ONE_CHANGE, "check(bilinear_sample)", *3 * ["hint('bilinear_sample')"]),
    *(REPEATED, "check(upsample_nearest_2d)"),
    *(SCRIPTED, "check(box_area)"),
]


@pytest.fixture
def notebook(lab):
    """A notebook with these cells, each of which was run."""
    python = {"name": "python3", "display_name": "Python 3", "language": "python"}
    written = new_notebook(cells=[*map(new_code_cell, CELLS)], metadata={"kernelspec": python})
    nbformat.write(written, lab.root / "wrong.ipynb")
    notebook = lab.open("wrong.ipynb")
    notebook.run_each()
    return notebook


def test_wrong_answers_are_located_hinted_at_and_drawn(notebook, screenshot):
    page = notebook.page
    outputs = [cell["outputs"] for cell in notebook.cells()]
    where = "look at the number in line 21."
    assert where in outputs[2][-1]["evalue"].replace("\n  ", " ")
    hints = [" ".join(output["text"].split()) for (output,) in outputs[3:6]]
    assert [f"hint {number}." in hint for number, hint in enumerate(hints, 1)] == [True] * 3
    assert where in hints[2]
    assert {output["name"] for (output,) in outputs[3:6]} == {"stdout"}
    assert outputs[9][0]["data"]["text/plain"].startswith("box_area: visible checks passed.")
    notebook.in_panel("await panel.content.scrollToItem(7, 'center');")
    area = page.locator(".jp-OutputArea", has=page.locator("img"))
    picture = area.locator("img")
    picture.wait_for()
    error = area.locator('[data-mime-type="application/vnd.jupyter.stderr"]')
    screenshot(page, "picture_of_a_mistake")
    assert error.bounding_box()["y"] < picture.bounding_box()["y"]
    assert picture.get_attribute("alt").startswith("Yours, expected and their difference, 6 x 9")
    assert notebook.complaints == []


def test_validate_says_what_is_wrong_and_draws_nothing(lab, screenshot):
    released = lab.root / "course" / "04_fpn" / "04_fpn.ipynb"
    change = answers("04_fpn").WRONG["top_down_merge"]["bilinear"]
    source = solutions("04_fpn")["top_down_merge"]
    hand_in(released, {"top_down_merge": source.replace(*change)}, lab.root / "04_wrong.ipynb")
    notebook = lab.open("04_wrong.ipynb")
    answer = notebook.validate()
    screenshot(notebook.page, "validate_wrong")
    assert "top_down_merge is incorrect" in answer, answer
    dialog = notebook.page.locator(".jp-Dialog-content")
    assert dialog.locator("img").count() == 0
    assert "axes" not in answer.lower()
