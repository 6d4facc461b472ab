"""Students see what a cell draws, and what there is to write, to run and to set."""

import nbformat
import pytest

from rcnn_course.authoring.release import release

FOLDED = {
    "a picture": "draw.show(draw.pipeline_map(), caption='All parts.')",
    "an explorer": "with once_written(nms):\n    display(NMSExplorer(nms))",
}
OPEN = {
    "a function that is given": "def area(box):\n    return box.prod()",
    "something to set": "MINUTES = 3\ndraw.show(ax, caption='Losses.')",
    "a call alone": "nms(boxes, scores, 0.5)",
}


@pytest.mark.parametrize(("source", "is_folded"), [
    *((source, True) for source in FOLDED.values()),
    *((source, False) for source in OPEN.values()),
])  # fmt: skip
def test_cells_that_only_draw_are_folded(course, source, is_folded):
    path = course / "solutions/toy/toy.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(source, id="last"))
    nbformat.write(notebook, path)
    release(course)
    released = nbformat.read(course / "course/toy/toy.ipynb", as_version=4)
    assert released.cells[-1].metadata.get("jupyter", {}).get("source_hidden", False) is is_folded
    graded = [cell for cell in released.cells if "nbgrader" in cell.metadata]
    assert graded
    assert not any("jupyter" in cell.metadata for cell in graded)
