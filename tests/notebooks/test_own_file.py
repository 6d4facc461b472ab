"""Notebook 11 runs on a COCO file of one's own: here boxes alone, as most people label."""

import json

import pytest
import torch

from rcnn_course.datasets import CocoPictures
from tests.claims import cells
from tests.datasets.odd_coco import HEIGHT, WIDTH, good, jpeg, ramp, write
from tests.notebooks.test_every_notebook import kernel, read
from tests.training.conftest import write_insects


def test_notebook_11_runs_on_a_file_of_boxes_alone(tmp_path):
    file = write_insects(tmp_path / "own", 8)
    content = json.loads(file.read_text())
    for category in content["categories"]:
        del category["keypoints"], category["skeleton"]
    for annotation in content["annotations"]:
        del annotation["keypoints"]
        annotation["segmentation"] = []
    file.write_text(json.dumps(content))
    notebook = read("solutions", "11_your_own_data")
    for cell in notebook.cells:
        cell.source = cell.source.replace('MINE = ""', f"MINE = {str(file)!r}")
        cell.source = cell.source.replace("STEPS = 5 ", "STEPS = 2 ")
    with kernel(tmp_path) as run:
        run(notebook)
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    assert [o.evalue for o in outputs if o.output_type == "error"] == []
    printed = "".join(o.text for o in outputs if o.output_type == "stream")
    assert "8 pictures are sound, 0 are not" in printed
    assert "yours: 2 steps" in printed


def opened(file):
    """Run the cells of notebook 11 up to what load_target needs, without drawing."""
    sources = {cell["id"]: "".join(cell["source"]) for cell in cells("11_your_own_data")}
    names = {"__name__": "__main__"}
    opening = sources["failure-seen"].replace('MINE = ""', f"MINE = {str(file)!r}")
    for source in [sources["setup"], opening, sources["load-exercise"], sources["load-made"]]:
        exec(source.partition("draw.show(")[0].partition("with once_written")[0], names)
    return names


def test_notebook_11_passes_over_a_first_picture_that_cannot_be_read(tmp_path, capsys):
    content = good()
    first, second = content["images"]
    first["height"] = WIDTH  # EXIF turns it, and a square tells nobody when it was annotated
    names = opened(write(tmp_path, content, {"one.png": jpeg(ramp(WIDTH, WIDTH), 6)}))
    assert names["first"]["id"] == second["id"]
    said = capsys.readouterr().out
    assert "one.png is turned by EXIF, and its size does not tell" in said
    assert "The next picture is looked at in its place." in said


def test_notebook_11_says_why_no_picture_can_be_read(tmp_path):
    broken = dict.fromkeys(("one.png", "two.png"), b"no picture")
    file = write(tmp_path, good(), broken)
    with pytest.raises(ValueError, match=r"no picture of .* can be read; of the first, .*one\.png"):
        opened(file)


def test_notebook_11_turns_photos_as_the_course_does(tmp_path):
    content, lying = good(), ramp(HEIGHT, WIDTH)
    file = write(tmp_path, content, {"one.png": jpeg(lying, 6)})  # annotated upright
    names = opened(file)
    image, _ = names["read"](names["content"]["images"][0])
    assert image.shape == (3, HEIGHT, WIDTH)
    assert torch.equal(image, CocoPictures(tmp_path, file)[0][0])
