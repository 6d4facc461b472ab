import numpy as np
import pytest
import torch

from rcnn_course.draw import show_row


def test_row_shows_pictures_equally_high_under_their_names():
    figure = show_row({"wide": torch.rand(3, 10, 40), "square": torch.rand(3, 7, 7)}, height=2)
    wide, square = figure.axes
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["wide", "square"]
    assert [ax.images[0].get_array().shape for ax in figure.axes] == [(10, 40, 3), (7, 7, 3)]
    inches = figure.get_size_inches()
    assert np.allclose(wide.get_position().size * inches, [8, 2])
    assert np.allclose(square.get_position().size * inches, [2, 2])


def test_row_outlines_the_box_on_the_first_picture_only():
    pictures = {"first": torch.rand(3, 20, 20), "second": torch.rand(3, 20, 20)}
    figure = show_row(pictures, box=torch.tensor([2.0, 3.0, 12.0, 9.0]))
    (patch,) = figure.axes[0].patches
    assert patch.get_bbox().extents.tolist() == [2, 3, 12, 9]
    assert not figure.axes[1].patches


def test_row_cuts_off_values_that_a_wrong_answer_makes():
    (ax,) = show_row({"too bright": torch.full((3, 2, 2), 4.0)}).axes
    assert (ax.images[0].get_array() == 255).all()


def test_row_takes_pictures_of_bytes():
    (ax,) = show_row({"bytes": torch.full((3, 2, 2), 200, dtype=torch.uint8)}).axes
    assert (ax.images[0].get_array() == 200).all()


def test_row_without_pictures_is_refused():
    with pytest.raises(ValueError, match="pictures must have at least one picture, got none"):
        show_row({})
