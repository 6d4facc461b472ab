"""What is recorded of an explorer, and that a page plays it: by slider, by hand and by key."""

import copy
import math

import pytest
from nbformat.v4 import new_output

from rcnn_course.widgets import AnchorExplorer, NMSExplorer
from scripts.site.frames import place_frames, write_drawing
from scripts.site.recording import FRAMES, MIME, recorded
from scripts.site.staging import PAGES
from tests.browser.chromium import open_chromium

PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>An explorer</title>
<link rel="stylesheet" href="static/scene.css">{figure}
<script src="static/scene.js"></script><script src="static/explorers.js"></script></html>"""


@pytest.fixture(scope="module")
def film():
    return recorded(AnchorExplorer())


def frame(film, **places):
    """Return the frame where axes stand at these places, and elsewhere at the beginning."""
    at = 0
    for axis in film["axes"]:
        at = at * len(axis["values"]) + places.get(axis["name"], axis["start"])
    return film["frames"][at]


def test_there_is_a_frame_for_each_combination_of_positions(film):
    assert [axis["name"] for axis in film["axes"]] == ["column", "row", "size"]
    counts = [len(axis["values"]) for axis in film["axes"]]
    assert len(film["frames"]) == math.prod(counts) <= FRAMES[0]
    assert min(counts) >= 4


def test_recorded_explorer_is_left_as_it_was_and_begins_there(film):
    explorer = AnchorExplorer()
    before = explorer.text, explorer.shown
    recorded(explorer)
    assert (explorer.text, explorer.shown) == before
    assert frame(film)["text"] == explorer.text


def test_frame_says_what_the_explorer_says_there(film):
    explorer = AnchorExplorer()
    column, row, size = film["axes"]
    with explorer.quietly():
        explorer.column.value, explorer.row.value = int(column["values"][2]), int(row["values"][-1])
        explorer.size.value = int(size["values"][0])
    last = len(row["values"]) - 1
    assert frame(film, column=2, row=last, size=0)["text"] == explorer.text


def test_handles_that_set_no_recorded_control_are_left_out():
    """The boxes of NMSExplorer have more places than can be recorded."""
    film = recorded(NMSExplorer())
    assert not any("grab" in message for _, message in film["parts"])
    assert len(film["pictures"]) == 1


@pytest.fixture
def page(film, tmp_path):
    """An explorer in a page that is opened as a file; it has shown no error at the end."""
    output = new_output(
        "display_data", {"text/html": "<figure></figure>", MIME: copy.deepcopy(film)}
    )
    (tmp_path / "static").mkdir()
    write_drawing(tmp_path)
    script = (PAGES / "static" / "explorers.js").read_text("utf-8")
    (tmp_path / "static" / "explorers.js").write_text(script, "utf-8")
    place_frames(output, tmp_path, depth=0)
    figure = output.data["text/html"].replace('frames="', 'frames="extra/')
    (tmp_path / "page.html").write_text(PAGE.format(figure=figure), "utf-8")
    (tmp_path / "pictures").symlink_to(tmp_path / "extra" / "pictures")
    complaints = []
    with open_chromium() as browser:
        page = browser.new_page()
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((tmp_path / "page.html").as_uri())
        page.locator(".handle").wait_for()
        yield page
    assert complaints == []


def cell(page):
    """Return the column and row that the sliders of the page show."""
    return tuple(int(page.locator("output").nth(place).inner_text()) for place in (0, 1))


@pytest.mark.slow
@pytest.mark.requires("chromium")
def test_explorer_on_a_page_follows_slider_hand_and_key(page, film):
    column = film["axes"][0]
    words = page.locator("figcaption")
    assert words.inner_text() == frame(film)["text"].replace("\n", " ")
    page.get_by_role("slider", name="base size").press("Home")
    assert words.inner_text() == frame(film, size=0)["text"].replace("\n", " ")

    handle = page.locator(".handle")
    handle.press("ArrowRight")
    assert cell(page)[0] > column["values"][column["start"]]

    box, start = handle.bounding_box(), cell(page)
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 200, middle[1] - 100, steps=10)
    page.mouse.up()
    moved = cell(page)
    assert moved[0] > start[0]
    assert moved[1] < start[1]
    assert page.locator("svg image").get_attribute("href").startswith("pictures/")
