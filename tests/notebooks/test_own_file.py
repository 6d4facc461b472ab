"""Notebook 11 runs on a COCO file of one's own: here boxes alone, as most people label."""

import json

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
