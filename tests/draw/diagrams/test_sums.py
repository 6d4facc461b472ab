import numpy as np
import pytest
import torch

from rcnn_course.draw import draw_sum


def test_sum_shows_matrices_with_cells_of_one_size_and_signs_between():
    matrices = {"a": torch.ones(2, 2), "b": torch.ones(3, 4), "c": torch.ones(2, 1)}
    figure = draw_sum(matrices, signs="→+")
    assert [ax.get_title() for ax in figure.axes] == ["a", "b", "c"]
    sizes = [ax.get_position().size * figure.get_size_inches() for ax in figure.axes]
    assert np.allclose(sizes, 0.45 * np.array([[2, 2], [4, 3], [1, 2]]))
    assert [text.get_text() for text in figure.texts] == ["→", "+"]
    (a, b, c) = (ax.get_position() for ax in figure.axes)
    arrow, plus = (text.get_position()[0] for text in figure.texts)
    assert a.x1 < arrow < b.x0 < b.x1 < plus < c.x0


def test_a_number_has_one_colour_in_all_matrices():
    figure = draw_sum({"a": torch.tensor([[1.0, 2.0]]), "b": torch.tensor([[2.0, 9.0]])}, "→")
    a, b = (ax.images[0].to_rgba(ax.images[0].get_array()) for ax in figure.axes)
    assert (a[0, 1] == b[0, 0]).all()


def test_sum_needs_a_sign_between_each_two_matrices():
    with pytest.raises(ValueError, match=r"between each two of 1 matrices, got '='"):
        draw_sum({"a": torch.ones(2, 2)}, signs="=")


def test_sum_of_something_else_than_matrices_is_refused():
    with pytest.raises(ValueError, match=r"matrices\['a'\] must have shape \[H, W\], got \[3\]"):
        draw_sum({"a": torch.ones(3)}, signs="")
