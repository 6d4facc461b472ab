import numpy as np
import pytest
import torch

from rcnn_course.draw import draw_places, draw_rows, draw_stamps
from rcnn_course.draw.base import style


def words_of(ax):
    return [text.get_text() for text in ax.texts]


def test_rows_of_any_length_are_equally_wide():
    ax = draw_rows({"short": torch.tensor([1.0, 2]), "long": torch.tensor([1.0, 1.25, 1.5, 2])})
    cells = [(patch.get_x(), patch.get_y(), patch.get_width()) for patch in ax.patches]
    assert cells[:2] == [(0, -0.4, 0.5), (0.5, -0.4, 0.5)]
    assert [x for x, y, _ in cells[2:]] == [0, 0.25, 0.5, 0.75]
    assert words_of(ax) == ["short", "1", "2", "long", "1", "1.25", "1.5", "2"]


def test_equal_values_have_equal_colors_in_all_rows():
    ax = draw_rows({"a": torch.tensor([0.0, 4]), "b": torch.tensor([4.0])})
    assert ax.patches[1].get_facecolor() == ax.patches[2].get_facecolor()
    assert ax.patches[0].get_facecolor() != ax.patches[1].get_facecolor()


def test_constant_rows_can_be_drawn():
    assert words_of(draw_rows({"a": torch.full((2,), -0.001)})) == ["a", "0", "0"]


def test_places_stand_at_their_input_coordinates():
    ax = draw_places(3, {"A": torch.tensor([-0.25, 0.5]), "B": torch.tensor([2.0])})
    assert [(patch.get_x(), patch.get_width()) for patch in ax.patches] == [
        (-0.5, 1),
        (0.5, 1),
        (1.5, 1),
    ]
    assert [line.get_xdata().tolist() for line in ax.lines] == [[-0.25, 0.5], [2.0]]
    assert "A: outputs read at \N{MINUS SIGN}0.25, 0.5. B: outputs read at 2." in ax.get_label()


def test_stamps_add_up_and_padding_is_pale():
    ax = draw_stamps(torch.tensor([2.0, 1]), torch.tensor([1.0, 2, 1]), stride=2, padding=1)
    assert words_of(ax)[-5:] == ["2", "4", "3", "2", "1"]
    assert [patch.get_x() for patch in ax.patches[:6]] == [0, 1, 2, 2, 3, 4]
    pale = [patch.get_facecolor()[:3] for patch in ax.patches[-5:]]
    assert np.allclose(pale[0], pale[-1])
    assert not np.allclose(pale[0], pale[1])
    assert ax.get_label().endswith("The sum is 2, 4, 3, 2, 1. Padding cuts 1 off each end.")


def test_each_stamp_has_its_own_color(has_color):
    ax = draw_stamps(torch.tensor([2.0, 1]), torch.tensor([1.0, 2]), stride=2)
    assert has_color(ax, 0.2, 0.2, style.category_color(0))
    assert has_color(ax, 2.2, 1.2, style.category_color(1))


@pytest.mark.parametrize(
    ("draw", "error", "message"),
    [
        (lambda: draw_rows({}), ValueError, r"rows must have at least one row, got none"),
        (lambda: draw_rows({"a": torch.zeros(25)}), ValueError, r"'a'\] must have 1 to 24 .*25"),
        (lambda: draw_rows({"a": torch.zeros(0)}), ValueError, r"'a'\] must have 1 to 24 .*0"),
        (lambda: draw_rows({"a": [1.0]}), TypeError, r"rows\['a'\] must be a torch.Tensor"),
        (lambda: draw_places(2, {}), ValueError, r"places must have at least one row"),
        (
            lambda: draw_stamps(torch.ones(2), torch.ones(2), stride=0),
            ValueError,
            r"stride must be at least 1 .* got 0 and 0",
        ),
        (
            lambda: draw_stamps(torch.ones(2), torch.ones(2), stride=2, padding=2),
            ValueError,
            r"padding leave a cell, got 2 and 2",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_reason(draw, error, message):
    with pytest.raises(error, match=message):
        draw()
