import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb
from PIL import Image


@pytest.fixture(autouse=True)
def _no_figure_stays_open():
    yield
    plt.close("all")


@pytest.fixture
def grey():
    """A grey picture of 60 x 80 pixels, on which every colour of the palette can be told."""
    return torch.full((3, 60, 80), 0.5)


@pytest.fixture
def color_at():
    """Render an axes and look up the colours near a place in its own coordinates."""

    def look_up(ax, x, y, reach=2):
        stream = io.BytesIO()
        ax.figure.savefig(stream, format="png", dpi=ax.figure.dpi)
        pixels = np.array(Image.open(stream).convert("RGB")).astype(float)
        column, up = ax.transData.transform((x, y))
        row, column = round(len(pixels) - up), round(column)
        return pixels[
            max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1
        ]

    return look_up


@pytest.fixture
def has_color(color_at):
    """Whether a colour is seen near a place of an axes, within a small error of rendering."""

    def test(ax, x, y, color, reach=2):
        wanted = np.array(to_rgb(color)) * 255
        return bool((np.abs(color_at(ax, x, y, reach) - wanted).max(axis=-1) < 25).any())

    return test
