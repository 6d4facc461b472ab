import pytest
import torch
from matplotlib.colors import to_hex

from rcnn_course.draw import draw_steps
from rcnn_course.draw.base import style
from rcnn_course.draw.base.figures import description

MANY = torch.tensor([[5.0, 5, 25, 45], [30, 10, 50, 50], [-10, 20, 90, 40]])
STEPS = {"decoded": MANY, "best": MANY[:1], "none": MANY[:0]}


def test_each_step_has_its_boxes_and_their_number(grey):
    figure = draw_steps(grey, STEPS)
    assert [len(ax.collections[0].get_paths()) for ax in figure.axes] == [3, 1, 0]
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["decoded: 3", "best: 1", "none: 0"]
    assert "decoded: 3, best: 1, none: 0" in description(figure)


def test_boxes_stand_where_they_are(grey):
    (outlines,) = draw_steps(grey, STEPS).axes[1].collections
    corners = outlines.get_paths()[0].vertices[:4].tolist()
    assert corners == [[5, 5], [25, 5], [25, 45], [5, 45]]
    assert to_hex(outlines.get_edgecolor()[0]).upper() == style.ORANGE


def test_margin_shows_boxes_outside_the_picture(grey):
    ax = draw_steps(grey, STEPS, margin=20).axes[0]
    assert ax.get_xlim() == (-20, 100)
    assert ax.get_ylim() == (80, -20)


def test_steps_fill_rows(grey):
    figure = draw_steps(grey, {str(number): MANY for number in range(5)}, columns=2)
    lefts = [round(ax.get_position().x0, 3) for ax in figure.axes]
    assert len(set(lefts)) == 2
    assert figure.axes[4].get_position().y0 < figure.axes[0].get_position().y0


def test_no_steps_are_refused(grey):
    with pytest.raises(ValueError, match="steps must have at least one step, got none"):
        draw_steps(grey, {})


def test_impossible_boxes_are_refused(grey):
    with pytest.raises(ValueError, match=r"boxes must have shape \[R, 4\]"):
        draw_steps(grey, {"wrong": torch.zeros(3)})
