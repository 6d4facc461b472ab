"""What remains of an explorer on a page that shows no widgets."""

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook

from rcnn_course.draw.base import figures
from rcnn_course.widgets import UpsamplingExplorer
from tests.patience import PATIENT

SHOWN_IN_A_PAGE = """\
from rcnn_course.widgets import UpsamplingExplorer
UpsamplingExplorer()
"""


def test_graded_copy_holds_the_picture_once_and_no_widget(monkeypatch):
    monkeypatch.setattr(figures, "GRADED", True)
    assert set(UpsamplingExplorer()._repr_mimebundle_()) == {"text/html", "text/plain"}


@pytest.mark.slow
def test_static_page_has_the_picture_once_with_its_alternative_text():
    notebook = new_notebook(cells=[new_code_cell(SHOWN_IN_A_PAGE)])
    NotebookClient(notebook, **PATIENT, shutdown_kernel="immediate").execute()
    (output,) = [out for out in notebook.cells[0].outputs if "data" in out]
    assert {"text/html", "image/jpeg", "text/plain"} <= set(output.data)
    notebook.metadata.pop("widgets", None)  # as notebooks are stored
    page, _ = HTMLExporter().from_notebook_node(nbformat.from_dict(notebook))
    assert page.count("data:image/jpeg;base64,") == 1
    assert 'alt="The input, the output as the stamps' in page
    assert "Output size: (4" in page
