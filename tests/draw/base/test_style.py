import subprocess
import sys
from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from rcnn_course.draw.base import style
from rcnn_course.draw.overlays import anchors, keypoints
from tests.patience import PATIENCE

# How people with these deficiencies see linear RGB: Machado, Oliveira and Fernandes, "A
# Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, severity 1.
EYES = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TOGETHER = {
    "categories": style.CATEGORIES,
    "curves": [color for color, _ in style.CURVES],
    "anchors": [look.color for look in anchors.LOOKS.values()],
    "skeleton": [keypoints.LEFT, keypoints.RIGHT, keypoints.MIDDLE],
    "map": [style.BLUE, style.ORANGE, style.PANEL],
}
LEAST = {"categories": 15, "curves": 15, "anchors": 30, "skeleton": 30, "map": 30}
FILLS = [*style.CATEGORIES, style.GREY, style.PAPER, style.PANEL]


def seen_lab(color, eyes):
    """CIELAB of a colour as these eyes see it."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(EYES[eyes]) @ linear, 0, 1)
    to_xyz = [[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]]
    xyz = np.array(to_xyz) @ linear / [0.9505, 1.0, 1.0888]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("group", TOGETHER)
def test_colours_used_together_can_be_told_apart(group, eyes):
    for first, second in combinations(TOGETHER[group], 2):
        difference = np.linalg.norm(seen_lab(first, eyes) - seen_lab(second, eyes))
        assert difference >= LEAST[group], f"{first} and {second} look alike with {eyes}"


def test_colour_simulation_finds_the_classic_confusion():
    red, green = seen_lab("#B03A2E", "deuteranopia"), seen_lab("#6E7B00", "deuteranopia")
    assert np.linalg.norm(red - green) < 15


@pytest.mark.parametrize("fill", FILLS)
def test_text_colour_is_readable_on_every_fill(fill):
    assert style.contrast(style.text_color(fill), fill) >= 4.5


@pytest.mark.parametrize("background", [style.PAPER, style.PANEL])
def test_soft_ink_is_readable_where_it_is_used(background):
    assert style.contrast(style.SOFT_INK, background) >= 4.5


@pytest.mark.parametrize("color", TOGETHER["curves"])
def test_curves_stand_out_from_white(color):
    assert style.contrast(color, style.PAPER) >= 3


def test_contrast_of_black_and_white_is_the_largest():
    assert style.contrast("black", "white") == pytest.approx(21)
    assert style.contrast("white", "black") == pytest.approx(21)
    assert style.contrast("#777777", "#777777") == pytest.approx(1)


def test_every_kind_of_anchor_and_curve_has_its_own_line_style_or_width():
    looks = [(look.linestyle, look.linewidth) for look in anchors.LOOKS.values()]
    assert len(set(looks)) == len(looks)
    styles = [linestyle for _, linestyle in style.CURVES]
    assert len(set(styles)) == len(styles)


def test_category_colours_repeat_after_the_palette_is_used_up():
    count = len(style.CATEGORIES)
    assert len({style.category_color(index) for index in range(count)}) == count
    assert style.category_color(count) == style.category_color(0)


def test_importing_the_room_changes_no_global_setting():
    code = (
        "import matplotlib; before = matplotlib.rcParams.copy(); import rcnn_course.draw; "
        "assert matplotlib.rcParams == before"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE)
