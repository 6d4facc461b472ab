"""A photo as a camera writes it, of more than 10 MB, given to a notebook by the button."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.browser.explorers import run_alone, write_notebook

pytestmark = [
    pytest.mark.requires("chromium"),
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
]

NOTEBOOK = "upload.ipynb"
BUTTON = """
from ipywidgets import FileUpload
from rcnn_course.datasets import load_photo
upload = FileUpload(accept="image/*", description="Choose a photo")
upload
"""
SHOWN = """
photo = upload.value[0]
print(photo.name, len(photo.content), tuple(load_photo(photo).shape))
"""


@pytest.fixture(scope="module")
def photo():
    """15 MB of JPEG: grain that does not compress, 3000 × 4000 pixels."""
    grain = np.random.default_rng(0).integers(0, 256, (1500, 2000, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(grain.repeat(2, 0).repeat(2, 1)).save(stream, "JPEG", quality=96)
    return stream.getvalue()


def test_photo_of_15_mb_reaches_the_notebook_and_is_read(lab, photo, screenshot):
    assert 14e6 < len(photo) < 25e6
    write_notebook(lab.root / NOTEBOOK, BUTTON, SHOWN)
    notebook = lab.open(NOTEBOOK)
    run_alone(notebook, 0)
    button = notebook.page.locator(".jp-OutputArea .jupyter-button")
    with notebook.page.expect_file_chooser() as chooser:
        button.click()
    chooser.value.set_files({"name": "DSC_1.JPG", "mimeType": "image/jpeg", "buffer": photo})
    button.filter(has_text="Choose a photo (1)").wait_for()
    run_alone(notebook, 1)
    said = notebook.page.locator(".jp-OutputArea-output pre", has_text="DSC_1.JPG")
    said.wait_for()
    screenshot(notebook.page, "upload")
    assert said.inner_text().strip() == f"DSC_1.JPG {len(photo)} (3, 1000, 1333)"
    assert notebook.complaints == []
