"""Every explorer in a line or two, as a notebook shows it, and ways to work it in the browser."""

import io

import nbformat
import numpy as np
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image

IMPORTS = """\
from rcnn_course import widgets
from rcnn_course.datasets import GeneratedPeople
from rcnn_course.models import load_detector

model = load_detector("maskkeypointrcnn", weights="course")
image, target = GeneratedPeople(1, seed=5, size=(192, 256))[0]
"""

POSTPROCESS_FUNCTION = """\
def postprocess(logits, deltas, proposals, sizes, score, nms, count):
    heads = model.roi_heads
    heads.score_thresh, heads.nms_thresh, heads.detections_per_img = score, nms, count
    return heads.postprocess_detections(logits, deltas, proposals, sizes)
"""

POSTPROCESS = f"""{POSTPROCESS_FUNCTION}

explorer = widgets.PostprocessExplorer(postprocess, model, image)
explorer.nms_thresh.value = 1.0
explorer.detections_per_img.value = 3
explorer
"""

SHOWN = {
    "AnchorExplorer": "widgets.AnchorExplorer()",
    "DetectionExplorer": "widgets.DetectionExplorer(model, image, target)",
    "KeypointExplorer": "widgets.KeypointExplorer(model, image)",
    "MaskExplorer": "widgets.MaskExplorer()",
    "NMSExplorer": "widgets.NMSExplorer()",
    "PostprocessExplorer": POSTPROCESS,
    "ProposalExplorer": "widgets.ProposalExplorer(model, image)",
    "PyramidExplorer": "widgets.PyramidExplorer()",
    "RoIAlignExplorer": "widgets.RoIAlignExplorer()",
    "UpsamplingExplorer": "widgets.UpsamplingExplorer()",
}

MOVED = {"DetectionExplorer": 1, "PostprocessExplorer": 2}
"""The slider of which every step changes the picture, where it is not the first."""


def write_notebook(path, *sources):
    """Write a notebook of code cells."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    }
    path.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, path)


def run_alone(notebook, index):
    """Run one cell of a notebook; what the others have shown is gone."""
    notebook.in_panel(
        "await jupyterapp.commands.execute('notebook:clear-all-cell-outputs');"
        f"panel.content.activeCellIndex = {index};"
        "await jupyterapp.commands.execute('notebook:run-cell');"
    )


def open_explorer(lab, name):
    """Open a notebook that shows one explorer, and run it; return the notebook."""
    path = f"explorers/{name}.ipynb"
    write_notebook(lab.root / path, IMPORTS, SHOWN[name])
    notebook = lab.open(path)
    notebook.run_all()
    wait_for_picture(lab.page)
    return notebook


def wait_for_picture(page, *, other_than=""):
    """Wait for the explorer's drawing.

    Returns:
        str: the elements of the drawing, which are new at every change.
    """
    find = """former => {
        const drawing = document.querySelector('.rcnn-view svg');
        return drawing?.children.length && drawing.innerHTML !== former && drawing.innerHTML;
    }"""
    return page.wait_for_function(find, arg=other_than).json_value()


def wait_for_words(page, *, other_than):
    """Wait until other words stand below the picture, which comes before them."""
    find = "former => [...document.querySelectorAll('.widget-html-content')].at(-1).innerText"
    page.wait_for_function(f"{find} !== former", arg=other_than)


def slider_of(page, name):
    """Return the slider of an explorer of which every step changes the picture."""
    index, sliders = MOVED.get(name, 0), page.get_by_role("slider")
    if index >= sliders.count():
        open_more(page)
    return sliders.nth(index)


def away_from_end(slider):
    """Return the key that moves a slider, or a handle, away from its upper end."""
    at_end = slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax")
    return "ArrowLeft" if at_end else "ArrowRight"


def middle(element):
    """Bring an element into view; return where the mouse has to be for it."""
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def pixels(page):
    """Return the drawing as the browser shows it, a whole-number array [H, W, 3]."""
    shown = Image.open(io.BytesIO(page.locator(".rcnn-view svg").screenshot()))
    return np.array(shown.convert("RGB"), dtype=int)


def share_changed(before, after):
    """Return the share of the numbers of a picture that differ clearly from another's."""
    return (abs(after - before) > 8).mean()


def open_more(page):
    """Unfold the controls that stand behind 'more', if there are any and they are folded."""
    folded = page.locator(".jupyter-widget-Collapse:not(.jupyter-widget-Collapse-open)")
    if folded.count():
        folded.get_by_text("more", exact=True).click()


def words(page):
    """Return what stands below the picture."""
    return page.locator(".widget-html-content").last.inner_text()
