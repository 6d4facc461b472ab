"""Notebook 11 runs on a COCO file of one's own: here boxes alone, as most people label."""

import json

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


def test_notebook_11_turns_photos_as_the_course_does(tmp_path):
    content, lying = good(), ramp(HEIGHT, WIDTH)
    file = write(tmp_path, content, {"one.png": jpeg(lying, 6)})  # annotated upright
    sources = {cell["id"]: "".join(cell["source"]) for cell in cells("11_your_own_data")}
    names = {"__name__": "__main__"}
    opening = sources["failure-seen"].replace('MINE = ""', f"MINE = {str(file)!r}")
    run = [sources["setup"], opening, sources["load-exercise"], sources["load-made"]]
    for source in run:
        exec(source.partition("draw.show(")[0].partition("with once_written")[0], names)
    image, _ = names["read"](names["content"]["images"][0])
    assert image.shape == (3, HEIGHT, WIDTH)
    assert torch.equal(image, CocoPictures(tmp_path, file)[0][0])
