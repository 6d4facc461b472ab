import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex

from rcnn_course.draw import draw_bilinear, draw_rounded_roi, draw_sampling_points
from rcnn_course.draw.base import style


def words_of(ax):
    return [text.get_text() for text in ax.texts]


def points_of(ax, color):
    """The places of all markers of this colour."""
    lines = [line for line in ax.lines if to_hex(line.get_color()).upper() == color.upper()]
    return [tuple(point) for line in lines for point in np.round(line.get_xydata(), 4).tolist()]


@pytest.fixture
def rounded():
    """A box of (20, 9) to (52, 41) pixels read from columns 2 to 5 and rows 1 to 3."""
    return draw_rounded_roi(
        torch.full((3, 60, 80), 0.5),
        torch.tensor([20.0, 9.0, 52.0, 41.0]),
        (2, 1, 5, 3),
        stride=10,
        columns=[(0, 2), (2, 3), (2, 4)],
        rows=[(0, 2), (1, 3)],
    )


def test_rounded_roi_outlines_what_was_asked_for_and_what_is_read(rounded):
    on_picture, _ = rounded.axes
    asked, read = (patch.get_bbox().extents.tolist() for patch in on_picture.patches)
    assert asked == [20, 9, 52, 41]
    assert read == [20, 10, 60, 40]
    assert on_picture.patches[0].get_linestyle() != on_picture.patches[1].get_linestyle()


def test_rounded_roi_writes_the_error_in_pixels_at_each_side(rounded):
    assert words_of(rounded.axes[0]) == ["+0 px", "+1 px", "+8 px", "\N{MINUS SIGN}1 px"]


def test_rounded_roi_numbers_the_bins_and_shades_the_cells_that_two_share(rounded):
    in_bins = rounded.axes[1]
    numbers = ["0", "1", "2", "0", "1"]
    assert words_of(in_bins) == [*numbers, "4 columns in 3 bins", "3 rows in 2 bins"]
    grey = [p for p in in_bins.patches if to_hex(p.get_facecolor()) == style.PANEL_EDGE.lower()]
    shared = [patch.get_bbox().extents.tolist() for patch in grey]
    assert shared == [[2, 0, 3, 3], [0, 1, 4, 2]]


def test_rounded_roi_describes_itself(rounded):
    on_picture, in_bins = (ax.get_label() for ax in rounded.axes)
    assert "20, 9, 52, 41" in on_picture
    assert "20, 10, 60, 40" in on_picture
    assert "columns 0 to 1, 2 to 2, 2 to 3" in in_bins


def test_rounded_roi_needs_the_four_sides_in_cells():
    with pytest.raises(ValueError, match="cells must have one entry for each of 4 sides, got 2"):
        draw_rounded_roi(
            torch.rand(3, 20, 20), torch.rand(4), (1, 2), stride=4, columns=[(0, 1)], rows=[(0, 1)]
        )


def test_bilinear_writes_each_weight_opposite_to_its_cell():
    ax = draw_bilinear(torch.tensor([[10.0, 20.0], [30.0, 60.0]]), 0.25, 0.6)
    places = {text.get_text(): text.get_position() for text in ax.texts}
    assert places["10"] == (0, 0)
    assert places["60"] == (1, 1)
    assert places["0.3"] == pytest.approx((0.8, 0.625))  # of the cell 10, at (0, 0)
    assert places["0.15"] == pytest.approx((0.3, 0.125))  # of the cell 60, at (1, 1)
    assert places["0.45"] == pytest.approx((0.3, 0.625))
    assert places["0.1"] == pytest.approx((0.8, 0.125))


def test_bilinear_describes_cells_point_and_weights_in_the_same_order():
    label = draw_bilinear(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), 0.25, 0.2).get_label()
    assert "cells 1, 2, 3, 4" in label
    assert "y = 0.25, x = 0.2" in label
    assert "0.6, 0.15, 0.2, 0.05" in label


def test_bilinear_gives_each_area_the_colour_of_the_opposite_cell():
    ax = draw_bilinear(torch.zeros(2, 2), 0.25, 0.6)
    tints = {tuple(patch.get_xy()): to_hex(patch.get_facecolor()).upper() for patch in ax.patches}
    cells = {tuple(line.get_xydata()[0]): line.get_color() for line in ax.lines[:4]}
    assert tints == {
        (0.6, 0.25): cells[0, 0],
        (0, 0.25): cells[1, 0],
        (0.6, 0): cells[0, 1],
        (0, 0): cells[1, 1],
    }


@pytest.mark.parametrize(
    ("values", "y", "x", "message"),
    [
        (torch.ones(2, 3), 0.5, 0.5, r"values must have shape \[2, 2\], got \[2, 3\]"),
        (torch.ones(2, 2), 1.5, 0.5, r"y and x must be from 0 to 1, got 1\.5 and 0\.5"),
        (torch.ones(2, 2), 0.5, -0.1, r"y and x must be from 0 to 1"),
    ],
)
def test_bilinear_refuses_another_shape_and_points_outside(values, y, x, message):
    with pytest.raises(ValueError, match=message):
        draw_bilinear(values, y, x)


def test_sampling_points_stand_where_they_were_taken():
    y, x = torch.tensor([1.25, 2.75]), torch.tensor([0.5, 3.5])
    roi = torch.tensor([0.0, 1.0, 4.0, 3.0])
    ax = draw_sampling_points(y, x, roi=roi, bins=(1, 2), shape=(4, 5))
    assert points_of(ax, style.VERMILION) == [(0.5, 1.25), (3.5, 2.75)]
    assert len(points_of(ax, style.GREY)) == 4 * 5
    (outline,) = ax.patches
    assert outline.get_bbox().extents.tolist() == [0, 1, 4, 3]


def test_arrows_come_from_the_four_cells_around_the_first_sample():
    y, x = torch.tensor([1.25, 2.75]), torch.tensor([0.5, 3.5])
    ax = draw_sampling_points(y, x, roi=torch.rand(4), bins=(1, 2), shape=(4, 5))
    starts = {(float(text.xyann[0]), float(text.xyann[1])) for text in ax.texts}
    assert starts == {(0, 1), (1, 1), (0, 2), (1, 2)}
    assert {tuple(np.round(text.xy, 4)) for text in ax.texts} == {(0.5, 1.25)}


def test_sampling_points_that_require_a_gradient_are_drawn():
    y = torch.tensor([1.5], requires_grad=True)
    roi = torch.tensor([1.0, 1.0, 2.0, 2.0])
    ax = draw_sampling_points(y, y * 1, roi=roi, bins=(1, 1), shape=(4, 4))
    assert points_of(ax, style.VERMILION) == [(1.5, 1.5)]
    assert "1 samples in it; the first one at y = 1.50, x = 1.50" in ax.get_label()


def test_sampling_points_need_a_row_and_a_column_each():
    with pytest.raises(ValueError, match="x must have one entry for each of 2 samples, got 3"):
        draw_sampling_points(
            torch.rand(2), torch.rand(3), roi=torch.rand(4), bins=(1, 1), shape=(2, 2)
        )
