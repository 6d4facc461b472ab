import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex

from rcnn_course.draw import draw_heatmap, draw_maps, draw_matrix, show_image
from rcnn_course.draw.base import style

LOWEST, HIGHEST = (to_hex(matplotlib.colormaps["cividis"](end)) for end in (0.0, 1.0))


@pytest.fixture
def heatmap():
    """A heatmap [4, 8] whose highest cell is in row 1 and column 6."""
    values = torch.zeros(4, 8)
    values[1, 6] = 5.0
    return values


def test_heatmap_fills_its_box_from_blue_to_yellow(grey, heatmap, has_color):
    box = torch.tensor([20.0, 10.0, 60.0, 50.0])
    ax = draw_heatmap(heatmap, box=box, image=grey, opacity=1.0, peak=False)
    assert ax.images[-1].get_extent() == [20, 60, 50, 10]
    assert has_color(ax, 25, 45, LOWEST)
    assert has_color(ax, 52.5, 25, HIGHEST)
    assert not has_color(ax, 10, 30, LOWEST)


def test_peak_lies_at_the_centre_of_the_highest_cell(grey, heatmap):
    box = torch.tensor([20.0, 10.0, 60.0, 50.0])
    ax = draw_heatmap(heatmap, box=box, image=grey)
    marks = {(*line.get_xdata(), *line.get_ydata()) for line in ax.lines}
    assert marks == {(52.5, 25.0)}


def test_heatmap_without_a_box_has_one_pixel_a_cell(heatmap):
    ax = draw_heatmap(heatmap, peak=False)
    assert ax.images[-1].get_extent() == [0, 8, 4, 0]
    assert not ax.lines


def test_flat_heatmap_is_drawn(grey):
    assert len(draw_heatmap(torch.zeros(3, 3), image=grey).images) == 2


def test_heatmap_is_added_to_the_axes_given(grey, heatmap):
    ax = show_image(grey)
    assert draw_heatmap(heatmap, ax=ax) is ax


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"heatmap": torch.zeros(17, 4, 4)}, r"heatmap must have shape \[H, W\], got \[17, 4, 4\]"),
        ({"heatmap": torch.zeros(0, 4)}, r"heatmap must have at least one cell, got \[0, 4\]"),
        ({"heatmap": torch.full((2, 2), torch.inf)}, r"heatmap must be finite"),
        ({"heatmap": torch.zeros(2, 2), "opacity": 3}, r"opacity must be from 0 to 1, got 3"),
        ({"heatmap": torch.zeros(2, 2), "box": torch.tensor([9, 0, 1, 1])}, r"box must be xyxy"),
        ({"heatmap": torch.zeros(2, 2), "box": torch.zeros(1, 4)}, r"box must have shape \[4\]"),
    ],
)
def test_impossible_heatmap_is_refused_with_the_reason(arguments, message):
    with pytest.raises(ValueError, match=message):
        draw_heatmap(**arguments)


def test_maps_are_drawn_one_beside_another_with_their_names():
    ax = draw_maps(torch.rand(3, 4, 4), names=["nose", "left eye", "right eye"])
    lefts = [image.get_extent()[0] for image in ax.images]
    assert lefts == sorted(set(lefts))
    assert [text.get_text() for text in ax.texts] == ["nose", "left eye", "right eye"]


def test_maps_are_numbered_where_they_have_no_name():
    assert [text.get_text() for text in draw_maps(torch.rand(2, 4, 4)).texts] == ["0", "1"]


def test_maps_do_not_overlap_and_stay_on_the_page():
    ax = draw_maps(torch.rand(17, 5, 9), columns=6)
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    corners = [image.get_extent() for image in ax.images]
    assert len({(x1, y1) for x1, _, _, y1 in corners}) == 17
    assert len({y1 for _, _, _, y1 in corners}) == 3
    assert all(left <= x1 < x2 <= right and top <= y1 < y2 <= bottom for x1, x2, y2, y1 in corners)


def test_each_map_has_its_own_scale_unless_it_is_shared():
    maps = torch.stack([torch.tensor([[0.0, 1.0]]), torch.tensor([[0.0, 10.0]])])
    own = [image.get_clim() for image in draw_maps(maps).images]
    shared = [image.get_clim() for image in draw_maps(maps, shared_scale=True).images]
    assert own == [(0, 1), (0, 10)]
    assert shared == [(0, 10), (0, 10)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"maps": torch.zeros(4, 4)}, r"maps must have shape \[C, H, W\], got \[4, 4\]"),
        ({"maps": torch.zeros(0, 4, 4)}, r"maps must have at least one map .*got \[0, 4, 4\]"),
        ({"maps": torch.zeros(2, 4, 4), "names": ["one"]}, r"names must .* 2 maps, got 1"),
        ({"maps": torch.zeros(2, 4, 4), "columns": 0}, r"columns must be at least 1, got 0"),
    ],
)
def test_impossible_maps_are_refused_with_the_reason(arguments, message):
    with pytest.raises(ValueError, match=message):
        draw_maps(**arguments)


def test_matrix_shows_each_number_in_its_cell():
    ax = draw_matrix(torch.tensor([[1.0, -2.25], [0.5, 30.0]]))
    words = {text.get_position(): text.get_text() for text in ax.texts}
    assert words == {(0.5, 0.5): "1", (1.5, 0.5): "−2.2", (0.5, 1.5): "0.5", (1.5, 1.5): "30"}


def test_matrix_shows_as_many_digits_as_asked_for():
    assert draw_matrix(torch.tensor([[0.125]]), digits=3).texts[0].get_text() == "0.125"


def test_numbers_of_a_matrix_are_readable_on_every_shade():
    values = torch.linspace(0, 1, 16).reshape(4, 4)
    colors = matplotlib.colormaps["cividis"]
    for text, value in zip(draw_matrix(values).texts, values.flatten(), strict=True):
        assert style.contrast(text.get_color(), colors(float(value))) >= 4.5


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (torch.zeros(3), r"values must have shape \[H, W\], got \[3\]"),
        (torch.zeros(0, 3), r"values must have 1 to 20 cells a side, got \[0, 3\]"),
        (torch.zeros(3, 56), r"values must have 1 to 20 cells a side, got \[3, 56\]"),
    ],
)
def test_impossible_matrix_is_refused_with_the_reason(values, message):
    with pytest.raises(ValueError, match=message):
        draw_matrix(values)


def test_names_of_a_matrix_stand_beside_their_rows_and_above_their_columns():
    ax = draw_matrix(torch.eye(2), row_names=["a", "b"], column_names=["c", "d"])
    places = {text.get_text(): text.get_position() for text in ax.texts[4:]}
    assert [places["a"][1], places["b"][1]] == [places["c"][0], places["d"][0]] == [0.5, 1.5]
    assert max(places["a"][0], places["c"][1]) < 0


@pytest.mark.parametrize("names", [{"row_names": ["a"]}, {"column_names": ["a", "b", "c"]}])
def test_names_that_do_not_fit_the_matrix_are_refused(names):
    with pytest.raises(ValueError, match=f"{next(iter(names))} must have one entry for each of 2"):
        draw_matrix(torch.eye(2), **names)


def test_values_keep_their_place():
    values = torch.arange(6.0).reshape(2, 3)
    assert np.array_equal(draw_matrix(values).images[0].get_array(), values.numpy())
