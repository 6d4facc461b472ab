import pytest
import torch

from rcnn_course.draw import draw_delta
from rcnn_course.draw.base import style

ANCHORS = torch.tensor([[5.0, 5, 25, 25], [40, 30, 60, 50]])
BOXES = torch.tensor([[25.0, 15, 45, 35], [40, 30, 60, 50]])


def test_arrow_leads_from_centre_to_centre(grey, has_color):
    ax = draw_delta(ANCHORS[:1], BOXES[:1], image=grey)
    assert has_color(ax, 15, 15, style.VERMILION)
    assert has_color(ax, 25, 20, style.VERMILION)
    assert not has_color(ax, 45, 15, style.VERMILION)


def test_anchor_is_dashed_and_box_solid(grey, has_color):
    ax = draw_delta(ANCHORS[:1], BOXES[:1], image=grey)
    assert [patch.get_linestyle() for patch in ax.patches] == ["--", "-"]
    assert has_color(ax, 45, 25, style.ORANGE)


def test_no_anchors_leave_the_picture_alone(grey):
    none = torch.empty(0, 4)
    assert len(draw_delta(none, none, image=grey).patches) == 0


def test_boxes_without_a_picture_make_the_page_fit():
    ax = draw_delta(ANCHORS, BOXES)
    assert ax.get_xlim()[0] <= 5
    assert ax.get_xlim()[1] >= 60


def test_without_a_picture_there_are_scales_in_pixels():
    ax = draw_delta(ANCHORS, BOXES)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x (pixels)", "y (pixels)")
    assert {10, 20, 30, 40, 50} <= set(ax.get_xticks())
    assert ax.yaxis_inverted()


def test_legend_tells_anchor_from_box(grey):
    for ax in (draw_delta(ANCHORS, BOXES), draw_delta(ANCHORS, BOXES, image=grey)):
        lines = {line.get_label(): line for line in ax.get_legend().get_lines()}
        assert lines["anchor"].get_linestyle() == "--"
        assert lines["box"].get_color() == style.ORANGE


def test_number_of_boxes_must_fit(grey):
    with pytest.raises(ValueError, match="boxes must have one entry for each of 2 anchors, got 1"):
        draw_delta(ANCHORS, BOXES[:1], image=grey)
