import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb

from rcnn_course import draw
from rcnn_course.draw.base import style


def test_head_is_drawn_with_every_map_as_large_as_it_has_cells():
    ax = draw.draw_mask_head()
    sides = [patch.get_width() for patch in ax.patches]
    assert sides == pytest.approx([sides[0]] * 5 + [2 * sides[0]] * 2)
    words = [text.get_text() for text in ax.texts]
    assert words.count("3 × 3\nReLU") == 4
    assert words.count("28 × 28") == 2
    assert "91" in words


def test_head_takes_other_settings_and_says_so():
    ax = draw.draw_mask_head(channels=64, layers=(32, 16), bins=7, classes=5)
    assert "64 × 7 × 7 features" in ax.get_label()
    assert "2 convolutions" in ax.get_label()
    assert "14 × 14" in ax.get_label()
    assert len(ax.patches) == 5


def test_head_without_layers_is_refused():
    with pytest.raises(ValueError, match="layers must have at least one"):
        draw.draw_mask_head(layers=())


def test_errors_are_painted_in_three_colours():
    mask = torch.tensor([[True, True, False, False]])
    truth = torch.tensor([[True, False, True, False]])
    layer = np.asarray(draw.draw_mask_errors(mask, truth).images[-1].get_array())[0]
    for pixel, color in zip(layer, (style.BLUE, style.ORANGE, style.VERMILION), strict=False):
        assert pixel[:3] / 255 == pytest.approx(to_rgb(color), abs=0.003)
    assert layer[3, 3] == 0
    assert layer[0, 3] < layer[1, 3] == 255


def test_legend_names_the_colours_where_it_is_asked_for():
    mask = torch.eye(3) > 0
    assert draw.draw_mask_errors(mask, mask).get_legend() is None
    legend = draw.draw_mask_errors(mask, mask.roll(1, 0), legend=True).get_legend()
    names = [text.get_text() for text in legend.texts]
    assert names == ["right", "too much", "too little"]
    for patch, color in zip(
        legend.get_patches(), (style.BLUE, style.ORANGE, style.VERMILION), strict=True
    ):
        assert patch.get_facecolor()[:3] == pytest.approx(to_rgb(color))


def test_masks_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match="truth must"):
        draw.draw_mask_errors(torch.ones(2, 3) > 0, torch.ones(3, 2) > 0)


def test_mask_without_pixels_is_drawn():
    empty = torch.zeros(3, 4, dtype=torch.bool)
    assert draw.draw_mask_errors(empty, empty).images
