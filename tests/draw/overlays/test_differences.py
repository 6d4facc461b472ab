import pytest
import torch

from rcnn_course import draw
from rcnn_course.draw.base import style

MAP = torch.arange(30.0).view(5, 6)


def test_maps_share_one_scale_and_the_difference_has_white_in_the_middle():
    wrong = MAP.clone()
    wrong[2, 3] += 4
    yours, expected, _, difference, _ = draw.draw_map_difference(wrong, MAP).axes
    assert yours.images[0].get_clim() == expected.images[0].get_clim() == (0, 29)
    assert difference.images[0].get_clim() == (-4, 4)
    shown = difference.images[0].get_array()
    assert shown[2, 3] == 4
    assert abs(shown).sum() == 4
    assert "row 2, column 3: 19 instead of 15" in yours.get_label()


def test_difference_is_vermilion_where_too_large_and_blue_where_too_small(has_color):
    wrong = MAP.clone()
    wrong[0, 0], wrong[4, 5] = 10, 19
    difference = draw.draw_map_difference(wrong, MAP).axes[3]
    assert has_color(difference, 0.5, 0.5, style.VERMILION)
    assert has_color(difference, 5.5, 4.5, style.BLUE)
    assert has_color(difference, 3.5, 2.5, style.PAPER)


def test_curves_are_told_apart_without_colour():
    expected, yours = draw.draw_curve_difference(MAP[1], MAP[0]).lines
    assert expected.get_ydata().tolist() == MAP[0].tolist()
    assert yours.get_ydata().tolist() == MAP[1].tolist()
    assert expected.get_linestyle() != yours.get_linestyle()


BOXES = torch.tensor([[0.0, 0, 40, 30], [50, 10, 90, 60], [5, 5, 9, 9]])


def test_boxes_of_chosen_rows_are_drawn_and_told():
    ax = draw.draw_box_difference(BOXES[:1] + 1, BOXES, [0, 2])
    assert [patch.get_bbox().extents.tolist() for patch in ax.patches] == [
        [0, 0, 40, 30],
        [5, 5, 9, 9],
        [1, 1, 41, 31],
    ]
    assert ax.get_label().startswith("Yours: 1 boxes; expected: 3. Row 0: 1, 1, 41, 31 instead of")
    assert ax.get_label().endswith("Row 2: no box instead of 5, 5, 9, 9.")
    assert ax.yaxis_inverted()


def test_box_that_ends_before_it_begins_is_drawn():
    ax = draw.draw_box_difference(BOXES[:, [2, 3, 0, 1]], BOXES)
    assert len(ax.patches) == 6


def test_both_places_lie_in_a_heatmap_that_is_not_upside_down(has_color):
    heatmap = torch.zeros(4, 4)
    heatmap[0, 0] = 1
    box, yours, expected = (torch.tensor(t) for t in ([0.0, 0, 40, 40], [30.0, 30], [5.0, 20]))
    ax = draw.draw_peak_difference(heatmap, box, yours, expected)
    assert ax.get_ylim() == (40, 0)
    assert has_color(ax, 30, 30, style.VERMILION)
    assert has_color(ax, 5, 20, style.BLUE)
    assert has_color(ax, 5, 5, "#FEE838")


@pytest.mark.parametrize("function", [draw.draw_map_difference, draw.draw_curve_difference])
def test_shapes_must_be_alike_and_numbers_finite(function):
    value = MAP if function is draw.draw_map_difference else MAP[0]
    with pytest.raises(ValueError, match="found and expected must have one shape"):
        function(value[1:], value)
    with pytest.raises(ValueError, match="found must be finite"):
        function(value / 0, value)


def test_there_is_a_box_to_draw():
    with pytest.raises(ValueError, match="at least one box"):
        draw.draw_box_difference(BOXES[:0], BOXES[:0])
