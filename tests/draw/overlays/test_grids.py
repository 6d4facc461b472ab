from collections import OrderedDict

import numpy as np
import pytest
import torch

from rcnn_course.draw import draw_cells, draw_levels, show_image


@pytest.fixture
def pyramid():
    """Features of two images of 64 x 96 pixels, as torchvision's backbones return them."""
    sizes = {"0": (16, 24), "1": (8, 12), "pool": (4, 6)}
    return OrderedDict((name, torch.randn(2, 5, *size)) for name, size in sizes.items())


def lines_of(ax):
    return [collection.get_segments() for collection in ax.collections]


def test_cells_part_the_picture_at_every_stride(grey):
    across, down = lines_of(draw_cells(20, image=grey))
    assert [segment[0][0] for segment in across] == [20, 40, 60]
    assert [segment[0][1] for segment in down] == [20, 40]
    assert across[0][1].tolist() == [20, 60]


def test_stride_may_be_a_fraction(grey):
    across, _ = lines_of(draw_cells(80 / 3, image=grey))
    assert [segment[0][0] for segment in across] == pytest.approx([80 / 3, 160 / 3])


def test_chosen_cell_is_set_off_by_row_and_column(grey):
    ax = draw_cells(20, ax=show_image(grey), chosen=(2, 1))
    (cell,) = ax.patches
    assert (cell.get_xy(), cell.get_width(), cell.get_height()) == ((20, 40), 20, 20)


def test_one_cell_over_the_whole_picture_needs_no_line(grey):
    assert lines_of(draw_cells(100, image=grey)) == [[], []]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"stride": 0}, r"stride must be positive and .*got 0 for 80 x 60 pixels"),
        ({"stride": -4}, r"stride must be positive"),
        ({"stride": 0.1}, r"at most 400 cells a side, got 0\.1"),
        ({"stride": 20, "chosen": (3, 0)}, r"chosen must be a cell of the picture, got \(3, 0\)"),
        ({"stride": 20, "chosen": (0, -1)}, r"chosen must be a cell of the picture, got \(0, -1\)"),
    ],
)
def test_impossible_cells_are_refused_with_the_reason(grey, arguments, message):
    with pytest.raises(ValueError, match=message):
        draw_cells(**arguments, image=grey)


def test_cells_need_a_picture():
    with pytest.raises(ValueError, match=r"image or ax is missing"):
        draw_cells(16)


def test_levels_stand_at_one_size_with_name_and_shape(pyramid):
    ax = draw_levels(pyramid)
    words = [text.get_text() for text in ax.texts]
    assert words == ["0", "16 × 24", "1", "8 × 12", "pool", "4 × 6"]
    widths = [np.ptp(image.get_extent()[:2]) for image in ax.images]
    assert widths == pytest.approx([1.5, 1.5, 1.5])


def test_level_shows_the_mean_magnitude_of_the_channels_of_the_image(pyramid):
    shown = draw_levels(pyramid, index=1).images[2].get_array()
    assert np.allclose(shown, pyramid["pool"][1].abs().mean(dim=0))


@pytest.mark.parametrize(
    ("features", "index", "error", "message"),
    [
        ({}, 0, ValueError, r"features must have at least one level, got none"),
        ({"0": torch.zeros(5, 4, 4)}, 0, ValueError, r"features\['0'\] must have shape \[N, C,"),
        ({"0": [1]}, 0, TypeError, r"features\['0'\] must be a torch\.Tensor, got list"),
        ({"0": torch.zeros(2, 5, 4, 4)}, 2, ValueError, r"index must be from 0 to 1, got 2"),
        ({"0": torch.zeros(1, 0, 4, 4)}, 0, ValueError, r"features\['0'\] must not be empty"),
    ],
)
def test_impossible_levels_are_refused_with_the_reason(features, index, error, message):
    with pytest.raises(error, match=message):
        draw_levels(features, index=index)
