import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex

from rcnn_course.draw import draw_half_cell, draw_movement, draw_pulls
from rcnn_course.draw.base import style


def words_of(ax):
    return [text.get_text() for text in ax.texts]


def points_of(ax, color):
    """The places of all markers of this colour."""
    lines = [line for line in ax.lines if to_hex(line.get_color()).upper() == color.upper()]
    return [tuple(point) for line in lines for point in np.round(line.get_xydata(), 4).tolist()]


def test_pulls_count_the_cells_of_each_method():
    one, four = torch.zeros(8, 8), torch.zeros(8, 8)
    one[3, 3] = 1
    four[3:5, 3:5] = 0.25
    roi = torch.tensor([1.5, 2.0, 6.5, 7.0])
    figure = draw_pulls({"largest": one, "mean": four}, roi=roi, bins=(3, 3))
    assert [ax.get_title() for ax in figure.axes] == ["largest\n1 cell", "mean\n4 cells"]
    assert "mean: one output pulls on 4 cells." in figure.axes[1].get_label()
    (outline,) = figure.axes[0].patches
    assert outline.get_bbox().extents.tolist() == [1.5, 2, 6.5, 7]


def test_pulls_show_the_roi_with_a_margin_around_it():
    roi = torch.tensor([1.5, 2.0, 6.5, 7.0])
    (ax,) = draw_pulls({"a": torch.ones(20, 20)}, roi=roi, bins=(1, 1), margin=2).axes
    assert ax.get_xlim() == (-1.5, 9.5)
    assert ax.get_ylim() == (9.5, -0.5)


def test_pulls_without_a_method_are_refused():
    with pytest.raises(ValueError, match="gradients must have at least one method, got none"):
        draw_pulls({}, roi=torch.rand(4), bins=(1, 1))


def test_movement_shows_how_far_each_method_reads_beside_the_box():
    readings = {"glides": [13.0, 14.0, 15.0], "jumps": [8.0, 8.0, 24.0]}
    ax = draw_movement([0, 1, 2], readings, middle=5.0)
    lines = {line.get_label(): line.get_ydata().tolist() for line in ax.lines}
    assert lines == {"glides": [8, 8, 8], "jumps": [3, 2, 17]}
    assert len({line.get_linestyle() for line in ax.lines}) == 2
    assert "glides by 8 pixels, jumps by 2 to 17 pixels" in ax.get_label()


@pytest.mark.parametrize(
    ("shifts", "values", "message"),
    [
        ([0, 1, 2], [1.0, 2.0], r"readings\['a'\] must have one entry for each of 3 shifts, got 2"),
        ([0], [1.0], "shifts must have at least two values, got 1"),
    ],
)
def test_movement_needs_a_reading_for_each_of_several_shifts(shifts, values, message):
    with pytest.raises(ValueError, match=message):
        draw_movement(shifts, {"a": values}, middle=0.0)


def test_half_cell_marks_readings_in_pixels_from_the_middle_of_cells():
    ax = draw_half_cell((32, 48), {"right": 2.0, "late": 2.5}, stride=16)
    assert points_of(ax, style.BLUE) == [(40, 0.5)]  # the middle of cell 2
    assert points_of(ax, style.VERMILION) == [(48, 0.5)]  # its border
    assert ax.get_xticks().tolist() == [0, 16, 32, 48, 64, 80, 96]
    assert "at 2 with right and at 2.5 with late" in ax.get_label()


def test_half_cell_far_from_the_border_shows_the_cells_around_the_box():
    ax = draw_half_cell((320, 352), {"here": 10.0}, stride=32)
    assert next(word for word in words_of(ax) if word.startswith("cell")) == "cell 8"
