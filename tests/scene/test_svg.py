"""Scenes as drawings."""

import base64
import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from rcnn_course.scene import (
    Arrow,
    Box,
    Dot,
    Grid,
    Handle,
    Label,
    Line,
    Numbers,
    Picture,
    Polygon,
    Scene,
    Track,
)
from rcnn_course.scene.pictures import encoded
from rcnn_course.scene.shapes import MEANINGS
from rcnn_course.scene.svg import CSS, drawn, node

SVG = "{http://www.w3.org/2000/svg}"
PIXELS = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
GRIP = Handle(
    id="grip", name="cell", says="row 3", at=(1, 2), y=Track(sets="y", value=3, low=0, high=9)
)


def parsed(*shapes, handles=(), zoom=2.0):
    scene = Scene(width=50, height=20, zoom=zoom, shapes=shapes, handles=handles)
    return ElementTree.fromstring(drawn(scene, "A <scene> & more"))


@pytest.mark.parametrize(
    ("shape", "inside"),
    [
        (Box(id="a", xyxy=(1, 2, 4, 8)), ("rect", {"x": 2, "y": 4, "width": 6, "height": 12})),
        (Box(id="a", xyxy=(1, 2, 4, 8), thin=True), ("rect", {"x": 2, "class": "thin line"})),
        (Line(id="a", points=((0, 0), (1.25, 3))), ("polyline", {"points": "0,0 2.5,6"})),
        (Polygon(id="a", points=((0, 0), (1, 3))), ("polygon", {"points": "0,0 2,6"})),
        (Dot(id="a", at=(1, 3), radius=5), ("circle", {"cx": 2, "cy": 6, "r": 5})),
        (Label(id="a", at=(1, 3), text="b"), ("text", {"x": 2, "y": 6, "text-anchor": "start"})),
        (
            Grid(id="a", xyxy=(0, 0, 4, 2), rows=1, columns=2),
            ("path", {"d": "M0 0V4M4 0V4M8 0V4M0 0H8M0 4H8"}),
        ),
        (
            Numbers(
                id="a",
                xyxy=(0, 0, 8, 4),
                rows=1,
                columns=2,
                texts=("", "7"),
                light=(True, False),
            ),
            ("text", {"x": 12, "y": 4, "class": "dark"}),
        ),
        (Arrow(id="a", start=(0, 0), end=(10, 0)), ("polyline", {"points": "0,0 11,0"})),
    ],
)
def test_shape_is_drawn_in_pixels_of_the_screen(shape, inside):
    tag, look = inside
    (group,) = parsed(shape).findall(f"{SVG}g")
    element = group.findall(f"{SVG}{tag}")[-1]
    assert {name: element.get(name) for name in look} == {k: str(v) for k, v in look.items()}
    assert group.get("class").split()[1] == "plain"


def test_arrow_of_no_length_can_be_drawn():
    assert parsed(Arrow(id="a", start=(1, 1), end=(1, 1))).findall(f"{SVG}g")


def test_picture_is_kept_exactly_where_cells_matter():
    picture = Picture(id="a", data=encoded(PIXELS), xyxy=(0, 0, 4, 2), cells=True)
    (image,) = parsed(picture).iter(f"{SVG}image")
    kind, data = re.fullmatch("data:(.*);base64,(.*)", image.get("href")).groups()
    assert kind == "image/png"
    assert (np.array(Image.open(io.BytesIO(base64.b64decode(data)))) == PIXELS).all()
    assert image.get("class") == "cells"


def test_photo_is_a_jpeg():
    photo = Picture(id="a", data=encoded(PIXELS, photo=True), xyxy=(0, 0, 4, 2))
    (image,) = parsed(photo).iter(f"{SVG}image")
    assert image.get("href").startswith("data:image/jpeg;base64,")


def test_tip_is_a_title_on_pages_without_kernel():
    (title,) = parsed(Box(id="a", xyxy=(0, 0, 1, 1), tip="IoU < 0.5")).iter(f"{SVG}title")
    assert title.text == "IoU < 0.5"


def test_drawing_says_what_it_shows_and_leaves_handles_out():
    root = parsed(Box(id="a", xyxy=(0, 0, 1, 1)), handles=[GRIP])
    assert root.get("aria-label") == "A <scene> & more"
    assert root.get("viewBox") == "0 0 100 40"
    assert len(root.findall(f"{SVG}g")) == 1


def test_handle_can_be_focused_has_a_name_and_says_its_value():
    _, state, *_ = node(GRIP, 1.0)
    assert (state["role"], state["tabindex"], state["aria-label"]) == ("slider", 0, "cell")
    assert (state["aria-valuenow"], state["aria-valuetext"]) == (3, "row 3")


def test_number_that_is_none_cannot_be_drawn():
    with pytest.raises(ValueError, match="NaN"):
        parsed(Dot(id="a", at=(float("nan"), 0)))


@pytest.mark.parametrize("meaning", MEANINGS)
def test_meaning_has_a_look(meaning):
    assert re.search(rf"\.{meaning}\b[^{{]*{{ --tone", CSS)
