"""Explorers for everybody: names and contrast as axe checks them, fingers, and light pages."""

import base64
import io

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from rcnn_course.scene import Scene
from rcnn_course.scene.svg import drawn
from tests.browser.explorers import (
    IMPORTS,
    SHOWN,
    open_more,
    run_alone,
    wait_for_picture,
    write_notebook,
)
from tests.browser.jupyterlab import new_lab

pytestmark = [
    pytest.mark.requires("chromium"),
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
]


NOTEBOOK = "accessible.ipynb"
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
SERIOUS = {"serious", "critical"}


def open_notebook(server, chromium, **options):
    with new_lab(server, chromium, **options) as lab:
        write_notebook(lab.root / NOTEBOOK, IMPORTS, *SHOWN.values())
        notebook = lab.open(NOTEBOOK)
        run_alone(notebook, 0)
        yield notebook


@pytest.fixture(scope="module")
def notebook(server, chromium):
    """A notebook with a cell for each explorer, after its imports have run."""
    yield from open_notebook(server, chromium)


@pytest.fixture(scope="module")
def on_phone(server, chromium):
    """The same on a small screen with two pixels a point, for fingers."""
    for notebook in open_notebook(server, chromium, **PHONE):
        notebook.in_panel("jupyterapp.shell.collapseLeft();")  # the list of files
        yield notebook


def show(notebook, name):
    run_alone(notebook, 1 + list(SHOWN).index(name))
    wait_for_picture(notebook.page)
    notebook.page.locator(".rcnn-view").scroll_into_view_if_needed()
    return notebook.page


def faults(page):
    """Return what axe finds serious in what the cells show, with the elements."""
    found = Axe().run(page, context=".jp-OutputArea-output").response["violations"]
    return {
        f"{fault['id']}: {fault['help']}": [node["html"][:200] for node in fault["nodes"]]
        for fault in found
        if fault["impact"] in SERIOUS
    }


@pytest.mark.parametrize("name", SHOWN)
def test_axe_finds_no_serious_fault_in_both_themes(name, notebook, screenshot):
    page = show(notebook, name)
    open_more(page)
    for theme in ("Dark", "Light"):  # the server keeps the last one
        notebook.set_theme(f"JupyterLab {theme}")
        page.wait_for_timeout(1000)  # colours fade into each other
        screenshot(page, f"{name}_{theme.lower()}")
        assert faults(page) == {}, theme


def test_axe_sees_what_has_no_name(chromium):
    page = chromium.new_page()
    page.set_content("<div class=jp-OutputArea-output><b role=slider aria-valuenow=1></b></div>")
    assert len(faults(page)) == 1
    page.close()


@pytest.mark.parametrize("name", SHOWN)
def test_explorer_fits_a_small_screen(name, on_phone, screenshot):
    page = show(on_phone, name)
    screenshot(page, f"{name}_phone")
    output = page.locator(".jp-OutputArea-output").first
    assert output.evaluate("output => output.scrollWidth - output.clientWidth") <= 1
    drawing = page.locator(".rcnn-view svg").bounding_box()
    labels = page.locator(".rcnn-view .label text").all()
    for box in [label.bounding_box() for label in labels]:
        assert box["height"] >= 9
        assert box["x"] >= drawing["x"] - 3  # the rim of the letters
        assert box["x"] + box["width"] <= drawing["x"] + drawing["width"] + 3


def test_finger_drags_a_handle(on_phone):
    page = show(on_phone, "NMSExplorer")
    corner = page.locator(".handle").last
    corner.scroll_into_view_if_needed()
    box = corner.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = corner.get_attribute("aria-valuenow")
    fingers = page.context.new_cdp_session(page)
    for kind, way in [("Start", 0), *(("Move", -4 * step) for step in range(1, 9))]:
        touch = {"type": f"touch{kind}", "touchPoints": [{"x": x + way, "y": y + way}]}
        fingers.send("Input.dispatchTouchEvent", touch)
    expect(corner).not_to_have_attribute("aria-valuenow", before)
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_tap_on_a_cell_says_its_number(on_phone):
    page = show(on_phone, "AnchorExplorer")
    page.locator(".rcnn-view svg").tap(position={"x": 8, "y": 4})
    expect(page.locator(".rcnn-view .tip")).to_contain_text("row 0, column 0: best IoU")


def test_drawing_on_a_light_page_is_light_whatever_the_system(chromium):
    drawing = drawn(Scene(width=40, height=40), "Paper.")
    data = base64.b64encode(drawing.encode()).decode()
    page = chromium.new_page(color_scheme="dark")
    page.set_content(
        f"<body style='background: white'><img src='data:image/svg+xml;base64,{data}'>"
    )
    page.wait_for_function("document.images[0].complete")
    shown = Image.open(io.BytesIO(page.locator("img").screenshot())).convert("RGB")
    assert shown.getpixel((20, 20)) == (255, 255, 255)
    page.close()
