"""Handles of explorers in a real JupyterLab: dragged, moved by keys, hovered over, played."""

import pytest
from playwright.sync_api import expect

from tests.browser.explorers import (
    IMPORTS,
    SHOWN,
    away_from_end,
    middle,
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


NOTEBOOK = "handles.ipynb"
GRABBED = (
    "AnchorExplorer",
    "KeypointExplorer",
    "NMSExplorer",
    "PyramidExplorer",
    "RoIAlignExplorer",
    "UpsamplingExplorer",
)
AT_ONCE = """\
explorer = widgets.NMSExplorer()
explorer.step.value = 5
display(explorer, explorer)
"""
"""A scene that changes before the browser has loaded the module that draws it, in two views."""

HOVERED = ("DetectionExplorer", "MaskExplorer")
SOURCES = {**{name: SHOWN[name] for name in GRABBED + HOVERED}, "at once": AT_ONCE}


@pytest.fixture(scope="module")
def notebook(server, chromium):
    """A notebook with a cell for each explorer, after its imports have run."""
    with new_lab(server, chromium) as lab:
        write_notebook(lab.root / NOTEBOOK, IMPORTS, *SOURCES.values())
        notebook = lab.open(NOTEBOOK)
        run_alone(notebook, 0)
        yield notebook
        assert notebook.complaints == []


@pytest.fixture
def show(notebook):
    """Run the cell of an explorer; return the page."""

    def run(name):
        run_alone(notebook, 1 + list(SOURCES).index(name))
        wait_for_picture(notebook.page)
        return notebook.page

    return run


def now(handle):
    return float(handle.get_attribute("aria-valuenow"))


def wait_until_near(handle, value):
    """Wait until a handle that moves by whole pixels is where it should be."""
    near = "([handle, value]) => Math.abs(handle.getAttribute('aria-valuenow') - value) <= 1"
    handle.page.wait_for_function(near, arg=[handle.element_handle(), value])


def focused(page):
    return page.locator(".handle:focus")


@pytest.mark.parametrize("name", GRABBED)
def test_handle_is_dragged(name, show, screenshot):
    page = show(name)
    screenshot(page, f"{name}_still")
    x, y = middle(page.locator(".handle").first)
    page.mouse.move(x, y)
    page.mouse.down()
    grabbed = focused(page)
    before, said = now(grabbed), page.locator(".widget-html-content").last.inner_text()
    for step in range(1, 11):
        page.mouse.move(x + 6 * step, y + 3 * step)
    expect(grabbed).not_to_have_attribute("aria-valuenow", f"{before:g}")
    expect(page.locator(".widget-html-content").last).not_to_have_text(said)
    screenshot(page, f"{name}_dragged")
    page.mouse.up()


def test_drag_ends_where_the_mouse_was_let_go(show):
    page = show("NMSExplorer")
    corner = page.locator(".handle").last
    x, y = middle(corner)
    page.mouse.move(x, y)
    page.mouse.down()
    before = now(corner)
    for step in range(1, 21):
        page.mouse.move(x - 2 * step, y - step)
    page.mouse.up()
    page.mouse.move(x, y)
    page.keyboard.press("ArrowLeft")
    zoom = 720 / 288
    wait_until_near(corner, before - 40 / zoom - 1)


@pytest.mark.parametrize("name", GRABBED)
def test_every_handle_is_moved_by_keys(name, show):
    page = show(name)
    handles = page.locator(".handle")
    for index in range(handles.count()):
        handle = handles.nth(index)
        handle.focus()
        before = now(handle)
        page.keyboard.press(away_from_end(handle))
        expect(handle).not_to_have_attribute("aria-valuenow", f"{before:g}")
        expect(handle).to_be_focused()


@pytest.mark.parametrize("name", GRABBED)
def test_what_the_mouse_is_over_says_its_numbers(name, show):
    page = show(name)
    topmost = page.locator(".handle").last
    topmost.hover()
    tip = page.locator(".rcnn-view .tip")
    expect(tip).to_be_visible()
    expect(tip).to_have_text(topmost.get_attribute("data-tip"))
    page.locator(".jp-InputArea-editor").first.hover()
    expect(tip).to_be_hidden()


def test_cell_under_the_mouse_says_its_number(show):
    page = show("AnchorExplorer")
    page.locator(".rcnn-view svg").hover(position={"x": 60, "y": 5})
    tip = page.locator(".rcnn-view .tip")
    expect(tip).to_contain_text("row 0, column 1: best IoU 0.")
    page.locator(".rcnn-view svg").hover(position={"x": 100, "y": 40})
    expect(tip).to_contain_text("row 1, column 3: best IoU 0.")


def test_cell_of_a_mask_says_its_number(show):
    page = show("MaskExplorer")
    page.locator(".rcnn-view svg").hover(position={"x": 5, "y": 5})
    expect(page.locator(".rcnn-view .tip")).to_contain_text("row 0, column 0: 0.")


def test_box_says_what_was_found_and_how_sure_that_is(show):
    page = show("DetectionExplorer")
    for box in page.locator(".rcnn-view .box[data-tip*='person']").all():
        box.scroll_into_view_if_needed()
        corner = box.bounding_box()
        page.mouse.move(corner["x"] + 2, corner["y"] + 2)
        expect(page.locator(".rcnn-view .tip")).to_have_text(box.get_attribute("data-tip"))


def test_sample_says_its_numbers_although_it_lies_in_the_region_that_can_be_dragged(show):
    page = show("RoIAlignExplorer")
    page.mouse.move(*middle(page.locator(".dot").nth(10)))
    tip = page.locator(".rcnn-view .tip")
    expect(tip).to_contain_text("sample at y = ")
    page.mouse.down()
    expect(focused(page)).to_have_attribute("aria-label", "region")
    page.mouse.up()


def test_weight_of_a_kernel_is_dragged_up(show):
    page = show("UpsamplingExplorer")
    weight = page.locator(".handle").nth(4)
    x, y = middle(weight)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 20)
    page.mouse.up()
    expect(weight).to_have_attribute("aria-valuetext", "1.50")
    page.keyboard.press("ArrowLeft")
    expect(weight).to_have_attribute("aria-valuetext", "1.45")


REMEMBER_VALUES = """slider => {
    slider.values = [];
    const remember = () => slider.values.push(Number(slider.ariaValueNow));
    new MutationObserver(remember).observe(slider, { attributeFilter: ["aria-valuenow"] });
}"""


def play(page):
    """Play an explorer to its end and return all values that its slider has passed through.

    The browser remembers them: a test that looks now and then sees only some.
    """
    slider = page.get_by_role("slider").first
    slider.evaluate(REMEMBER_VALUES)
    page.locator(".widget-play button").first.click()
    at_end = "slider => slider.values.at(-1) == slider.ariaValueMax"
    page.wait_for_function(at_end, arg=slider.element_handle())
    return slider.evaluate("slider => slider.values")


def test_player_steps_through_the_stamps(show):
    page = show("UpsamplingExplorer")
    first = int(page.get_by_role("slider").first.get_attribute("aria-valuetext"))
    assert play(page) == list(range(first + 1, 16 + 1))


def test_player_steps_through_nms(show):
    page = show("NMSExplorer")
    assert play(page) == list(range(1, 24 + 1))
    expect(page.locator(".rcnn-view .box")).to_have_count(24)


def test_player_goes_on_from_where_the_slider_is(show):
    page = show("NMSExplorer")
    taken = page.get_by_role("slider").first
    taken.focus()
    page.keyboard.press("Home")
    for count in range(2, 6):
        page.keyboard.press("ArrowRight")
        expect(page.locator(".rcnn-view .box")).to_have_count(count)
    play_and_pause = "button => { button.click(); button.click(); }"
    page.locator(".widget-play button").first.evaluate(play_and_pause)
    expect(page.locator(".rcnn-view .box")).to_have_count(6)


def test_scene_that_changed_before_it_was_drawn_is_drawn_as_it_is_now(show):
    page = show("at once")
    first, second = page.locator(".rcnn-view").all()
    for view in (first, second):
        expect(view.locator(".box")).to_have_count(5)
    last = first.locator(".handle").last
    last.focus()
    before = last.get_attribute("aria-valuenow")
    page.keyboard.press("ArrowLeft")
    for view in (first, second):
        expect(view.locator(".handle").last).not_to_have_attribute("aria-valuenow", before)
