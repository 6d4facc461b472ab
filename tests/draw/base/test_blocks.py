import matplotlib.pyplot as plt
import numpy as np
import pytest

from rcnn_course.draw.base.blocks import show_blocks


def rendered(show, *, limits, alpha):
    """Render values on a page of 200 x 100 pixels by one of two ways."""
    figure = plt.figure(figsize=(2, 1), dpi=100)
    ax = figure.add_axes((0, 0, 1, 1), xlim=limits[:2], ylim=limits[2:])
    ax.set_axis_off()
    show(ax, alpha)
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba()).astype(int)


@pytest.mark.parametrize(
    "limits",
    [(0, 20, 10, 0), (0, 20, 0, 10), (5, 9, 4, 2), (-30, 50, 20, -20), (30, 50, 10, 0)],
    ids=["all", "upside down", "a part", "with a margin", "beside it"],
)
@pytest.mark.parametrize("alpha", [None, 0.4])
@pytest.mark.parametrize("kind", ["values", "colours", "colours within a transparent rim"])
def test_blocks_are_what_matplotlib_shows_without_interpolation(limits, alpha, kind):
    dice = np.random.default_rng(1)
    values = dice.random((7, 11), dtype=np.float32)
    if kind != "values":
        values = (dice.random((7, 11, 4)) * 255).astype(np.uint8)
    if "rim" in kind:
        values[[0, -1], :, 3] = values[:, [0, 1, -1], 3] = 0
    look = {"cmap": "cividis", "vmin": 0.2, "vmax": 0.9}

    def blocks(ax, alpha):
        show_blocks(ax, values, (2, 17, 9, 1), alpha=alpha, **look)

    def usual(ax, alpha):
        nearest = {"interpolation": "nearest", "aspect": "equal"}
        ax.imshow(values, extent=(2, 17, 9, 1), alpha=alpha, **nearest, **look)

    found, wanted = (rendered(show, limits=limits, alpha=alpha) for show in (blocks, usual))
    differ = np.abs(found - wanted).max(axis=-1) > 12
    assert differ.mean() < 0.03  # pixels that lie on the border of two cells


def test_transparent_blocks_leave_the_picture_alone():
    def nothing(ax, alpha):
        show_blocks(ax, np.zeros((4, 4, 4), dtype=np.uint8), (0, 20, 10, 0), alpha=alpha)

    assert (rendered(nothing, limits=(0, 20, 10, 0), alpha=None) == 255).all()
