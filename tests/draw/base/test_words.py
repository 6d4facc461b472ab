import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from rcnn_course.draw import show_image
from rcnn_course.draw.base import style
from rcnn_course.draw.base.words import Words, paint


def inked(pixels, background):
    """Which pixels are not of the background."""
    fill = np.round(255 * np.array(to_rgb(background)))
    return np.abs(pixels[..., :3] - fill).max(axis=-1) > 60


def test_letters_have_a_margin_of_the_background_on_each_side():
    pixels = paint("person", style.ORANGE, size=20, pad=5)
    ink = inked(pixels, style.ORANGE)
    assert ink[5:-5, 5:-5].any()
    for side in (ink[:4], ink[-4:], ink[:, :4], ink[:, -4:]):
        assert not side.any()


@pytest.mark.parametrize("text", ["one", "Ape", "0.98"])
def test_lines_have_one_height_whatever_is_written(text):
    assert len(paint(text, style.BLUE, size=12)) == len(paint("l", style.BLUE, size=12))


def test_letters_grow_with_their_size():
    small, large = (paint("person", style.BLUE, size=size).shape[:2] for size in (10, 20))
    assert np.allclose(np.array(large) / small, 2, atol=0.2)


def test_what_was_written_once_is_kept_and_cannot_be_changed():
    pixels = paint("kept", style.GREEN, size=11.5)
    assert paint("kept", style.GREEN, size=11.5) is pixels
    with pytest.raises(ValueError, match="read-only"):
        pixels[0] = 0


@pytest.mark.parametrize("dpi", [100, 150])
@pytest.mark.parametrize(("ha", "va"), [("left", "bottom"), ("right", "top"), ("center", "center")])
def test_words_are_drawn_where_their_extent_says(grey, dpi, ha, va):
    ax = show_image(grey)
    words = ax.add_artist(Words("found", style.VERMILION, xy=(40, 30), ha=ha, va=va))
    ax.figure.set_dpi(dpi)
    ax.figure.canvas.draw()
    picture = np.asarray(ax.figure.canvas.buffer_rgba())[::-1]
    changed = inked(picture, "#808080")
    rows, columns = changed.any(axis=1).nonzero()[0], changed.any(axis=0).nonzero()[0]
    seen = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
    assert np.allclose(seen, words.get_window_extent().extents, atol=1)
    x, y = ax.transData.transform((40, 30))
    corner = {"left": seen[0], "right": seen[2], "center": (seen[0] + seen[2]) / 2}[ha]
    edge = {"bottom": seen[1], "top": seen[3], "center": (seen[1] + seen[3]) / 2}[va]
    assert abs(corner - x) <= 1.5
    assert abs(edge - y) <= 1.5
    plt.close(ax.figure)
