"""The colours of scenes are those of `draw`'s pictures, and mean the same."""

import re
from pathlib import Path

import pytest

from rcnn_course import scene
from rcnn_course.draw.base import style
from rcnn_course.draw.overlays import keypoints
from rcnn_course.draw.overlays.anchors import LOOKS
from rcnn_course.scene import tones

FOLDER = Path(scene.__file__).parent
CSS = (FOLDER / "look.css").read_text(encoding="utf-8")
IN_BOTH = {
    "truth": "ground truth",
    "positive": "positive",
    "ignored": "ignored",
    "negative": "negative",
}
"""Meanings of scenes, and what `draw_anchors` calls them."""


def long(color):
    """Return a colour in six digits."""
    digits = color.removeprefix("#").upper()
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


def look_of(meaning):
    """Return the colour of a meaning, and whether its lines are broken."""
    rules = re.findall(rf"\.{meaning}\b[^{{}}]*{{ (--tone[^}}]*)}}", CSS)
    (rule,) = rules
    return long(re.search("--tone: (#[0-9a-f]+)", rule)[1]), "--dash" in rule


@pytest.mark.parametrize("meaning", IN_BOTH)
def test_meaning_looks_as_in_static_pictures(meaning):
    drawn = LOOKS[IN_BOTH[meaning]]
    assert look_of(meaning) == (long(drawn.color), drawn.linestyle != "-")


def test_sides_of_a_body_look_as_in_static_pictures():
    sides = [look_of(side)[0] for side in ("left-side", "right-side", "midline")]
    assert sides == [long(color) for color in (keypoints.LEFT, keypoints.RIGHT, keypoints.MIDDLE)]


def test_first_objects_look_as_in_static_pictures():
    first = [long(tone) for tone in tones.TONES[: len(style.CATEGORIES)]]
    assert first == [long(color) for color in style.CATEGORIES]


@pytest.mark.parametrize("name", ["look.css", "view.css"])
def test_every_colour_is_one_of_the_course(name):
    palette = {value for value in vars(style).values() if str(value).startswith("#")}
    used = re.findall(r"#[0-9a-f]{3,6}\b", (FOLDER / name).read_text(encoding="utf-8"))
    assert used
    assert {long(color) for color in used} <= palette
