"""The keypoint explorer with two people, in a real JupyterLab."""

import re

import numpy as np
import pytest

from tests.browser.explorers import (
    open_explorer,
    open_more,
    pixels,
    share_changed,
    wait_for_picture,
    wait_for_words,
    words,
)

pytestmark = [
    pytest.mark.requires("chromium"),
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
]

PERSON = 1  # the sliders stand in the order opacity, person, score threshold, the handle


def place(page):
    """Return where the text says that the keypoint lands: x and y in pixels."""
    return re.search(r"lands at x = ([\d.]+), y = ([\d.]+)", words(page)).groups()


def test_another_person_brings_another_part_of_the_picture_and_back(lab, screenshot):
    notebook = open_explorer(lab, "KeypointExplorer")
    page = lab.page
    open_more(page)
    slider = page.get_by_role("slider").nth(PERSON)
    assert slider.get_attribute("aria-valuemax") == "2.0"
    first, landed = wait_for_picture(page), place(page)
    before, said = pixels(page), words(page)
    slider.focus()
    page.keyboard.press("ArrowRight")
    second = wait_for_picture(page, other_than=first)
    wait_for_words(page, other_than=said)
    screenshot(lab.page, "two_people")
    assert "person 2" in words(page)
    assert place(page) != landed
    changed = share_changed(before, pixels(page))
    assert changed > 0.4, "the other person stands elsewhere in the picture"
    said = words(page)
    page.keyboard.press("ArrowLeft")
    wait_for_picture(page, other_than=second)
    wait_for_words(page, other_than=said)
    assert "person 1" in words(page)
    assert place(page) == landed
    assert np.array_equal(pixels(page), before)
    assert notebook.complaints == []
