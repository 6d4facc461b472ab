"""Maps of numbers in a scene."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from rcnn_course.widgets.cells import differences, heatmap, numbered

VALUES = torch.tensor([[0.0, 0.5, 1.0], [-3.0, float("nan"), 7.0]])


def pixels(picture):
    return np.array(Image.open(io.BytesIO(picture.data)))


def test_cells_have_the_colours_of_the_scale():
    picture, _ = heatmap("map", VALUES, (0, 0, 30, 20), low=0, high=1)
    colors = pixels(picture)
    assert colors.shape == (2, 3, 3)
    assert (colors[0, 0] == colors[1, 0]).all(), "below the scale"
    assert (colors[0, 2] == colors[1, 2]).all(), "above it"
    assert colors[0, 0].sum() < colors[0, 1].sum() < colors[0, 2].sum()


def test_readout_holds_the_numbers_as_they_are():
    _, readout = heatmap("map", VALUES, (0, 0, 30, 20), low=0, high=1)
    numbers = np.frombuffer(readout.numbers, np.float32).reshape(readout.rows, readout.columns)
    assert np.array_equal(numbers, VALUES.numpy(), equal_nan=True)


@pytest.mark.parametrize("value", [0.0, 2.0])
def test_map_of_one_value_can_be_shown(value):
    picture, _ = heatmap("map", torch.full((2, 2), value), (0, 0, 2, 2), low=value, high=value)
    assert len(np.unique(pixels(picture).reshape(-1, 3), axis=0)) == 1


def test_cells_that_differ_are_marked_and_say_by_how_much():
    marks, readout = differences("differs", torch.tensor([[0.0, 3.0]]), (0, 0, 30, 20))
    assert marks.meaning == "differs"
    shown = Image.open(io.BytesIO(marks.data)).convert("RGBA")
    assert [shown.getpixel((column, 0))[3] for column in (0, 1)] == [0, 130]
    assert np.frombuffer(readout.numbers, np.float32).tolist() == [0, 3]
    assert differences("differs", torch.full((1, 2), 1e-6), (0, 0, 30, 20)) == []


@pytest.mark.parametrize(
    ("wide", "texts"),
    [(40, ("", "1.25", "10", "0.5")), (30, ("", "1.2", "10", "0.5")), (20, ("",) * 4)],
)
def test_cells_bear_their_numbers_where_all_of_them_fit(wide, texts):
    values = torch.tensor([[0.0, 1.25, 10.0, 0.5]])
    *_, numbers = numbered("map", values, (0, 0, 4 * wide, 20), high=10)
    assert numbers.texts == texts
    assert numbers.light == (True, True, False, True)
