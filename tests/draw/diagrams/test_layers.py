import pytest

from rcnn_course.draw import draw_layers
from rcnn_course.draw.base import style

BLOCK = [("conv", "3 × 3", "8 × 5 × 5"), ("+", "", ""), ("ReLU", "", "8 × 5 × 5")]


def words_of(ax):
    return [text.get_text() for text in ax.texts]


def test_layers_stand_from_left_to_right_with_their_words():
    ax = draw_layers(BLOCK, entry="x")
    places = {text.get_text(): text.get_position()[0] for text in ax.texts}
    assert places["x"] < places["conv"] < places["+"] < places["ReLU"]
    assert {"3 × 3", "8 × 5 × 5"} <= set(words_of(ax))
    assert ax.get_label().startswith("Layers from left to right: conv 3 × 3, +, ReLU. x goes in.")
    assert "conv gives 8 × 5 × 5" in ax.get_label()


def test_shortcut_leads_from_the_entry_to_the_sum(has_color):
    ax = draw_layers(BLOCK, entry="x", shortcut="unchanged")
    assert "unchanged" in words_of(ax)
    assert "A shortcut, unchanged, leads to the sum." in ax.get_label()
    (circle,) = [patch for patch in ax.patches if hasattr(patch, "radius")]
    (line,) = ax.lines
    assert line.get_xdata()[-1] == circle.center[0]
    assert has_color(ax, circle.center[0], 0.55, style.BLUE)
    assert not draw_layers(BLOCK).lines


def test_long_rows_stay_as_wide_as_the_notebook():
    ax = draw_layers(BLOCK * 5)
    assert ax.figure.get_figwidth() <= style.NOTEBOOK_WIDTH
    assert draw_layers(BLOCK).figure.get_figwidth() < style.NOTEBOOK_WIDTH / 2


def test_no_layer_and_shortcut_to_nowhere_are_refused():
    with pytest.raises(ValueError, match="at least one layer, got none"):
        draw_layers([])
    with pytest.raises(ValueError, match=r"one layer called '\+' to end at, got 0"):
        draw_layers([("conv", "", "")], shortcut="x")
