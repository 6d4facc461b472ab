"""What remains of an explorer on a page that shows no widgets."""

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook

from rcnn_course.draw.base import figures
from rcnn_course.widgets import NMSExplorer, UpsamplingExplorer
from tests.patience import PATIENT

SHOWN = {
    "UpsamplingExplorer": (
        "image/svg+xml",
        'alt="The input, the output as the stamps',
        "Output size: (4",
    ),
    "NMSExplorer": ("image/svg+xml", 'alt="Boxes on a picture', "8 of 24 are kept"),
}
"""Of each explorer, the type of its picture and what is read on the page."""


@pytest.mark.parametrize("explorer", [NMSExplorer, UpsamplingExplorer])
def test_graded_copy_holds_the_picture_once_and_no_widget(explorer, monkeypatch):
    monkeypatch.setattr(figures, "GRADED", True)
    assert set(explorer()._repr_mimebundle_()) == {"text/html", "text/plain"}


@pytest.mark.slow
@pytest.mark.parametrize("name", SHOWN)
def test_static_page_has_the_picture_once_with_its_alternative_text(name):
    mime, alt, words = SHOWN[name]
    source = f"from rcnn_course.widgets import {name}\n{name}()"
    notebook = new_notebook(cells=[new_code_cell(source)])
    NotebookClient(notebook, **PATIENT, shutdown_kernel="immediate").execute()
    (output,) = [out for out in notebook.cells[0].outputs if "data" in out]
    assert {"text/html", mime, "text/plain"} <= set(output.data)
    notebook.metadata.pop("widgets", None)  # as notebooks are stored
    page, _ = HTMLExporter().from_notebook_node(nbformat.from_dict(notebook))
    assert page.count(f'src="data:{mime};base64,') == 1
    assert alt in page
    assert words in page
