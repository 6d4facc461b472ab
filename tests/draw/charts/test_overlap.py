import pytest
import torch

from rcnn_course.draw import draw_overlap
from rcnn_course.draw.base import style


def words(ax):
    return [text.get_text() for text in ax.texts]


def test_areas_of_boxes_and_of_what_they_share_are_written(has_color):
    ax = draw_overlap(torch.tensor([1.0, 1, 7, 5]), torch.tensor([4.0, 2, 9, 8]))
    assert sorted(words(ax)) == ["3 × 3 = 9", "5 × 6 = 30", "6 × 4 = 24"]
    assert has_color(ax, 1, 3, style.BLUE)
    assert has_color(ax, 9, 5, style.ORANGE, reach=8)
    assert has_color(ax, 4.5, 4.5, style.GREEN, reach=12)
    assert not has_color(ax, 2, 7, style.GREEN, reach=12)
    assert ax.get_label().endswith("that share 3 by 3 squares.")


def test_boxes_apart_share_nothing():
    ax = draw_overlap(torch.tensor([0.0, 0, 2, 2]), torch.tensor([3.0, 3, 4, 5]))
    assert words(ax) == ["2 × 2 = 4", "1 × 2 = 2"]
    assert ax.get_label().endswith("that share 0 by 0 squares.")


def test_box_the_wrong_way_round_is_refused():
    with pytest.raises(ValueError, match="box1 and box2 must be xyxy"):
        draw_overlap(torch.tensor([3.0, 0, 2, 2]), torch.tensor([3.0, 3, 4, 5]))
