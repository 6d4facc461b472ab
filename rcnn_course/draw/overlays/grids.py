"""Feature-map cells over a picture, and the levels of a pyramid side by side.

Letters: `N` images, `C` channels, `H` and `W` the height and width of a level in cells.
"""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from rcnn_course.draw.base import figures, style
from rcnn_course.draw.base.images import ground
from rcnn_course.draw.base.inputs import require_values


def draw_cells(
    stride: float,
    *,
    image: Tensor | None = None,
    chosen: tuple[int, int] | None = None,
    color: str = style.PAPER,
    ax: Axes | None = None,
) -> Axes:
    """Draw the cells of a feature map over the picture that it was made from.

    Args:
        stride (float): width and height of a cell, in pixels of the picture.
        image (Tensor[3, H, W], optional): the picture to show below.
        chosen (tuple of int, optional): row and column of a cell to set off.
        color (str): of the lines.
        ax (Axes, optional): shows a picture already.

    Returns:
        Axes: the axes drawn in.

    Raises:
        ValueError: If there is no picture, the stride is not positive or so small that the
            cells cannot be told apart, or the chosen cell lies outside the picture.

    Example:
        >>> image, _ = GeneratedPeople(1)[0]
        >>> ax = draw.draw_cells(32, image=image, chosen=(2, 4))  # row 2, column 4
    """
    if image is None and ax is None:
        raise ValueError("image or ax is missing: cells are drawn over a picture")
    ax = ground(image, ax)
    width, height = max(ax.get_xlim()), max(ax.get_ylim())
    if not stride > 0 or max(width, height) / stride > 400:
        raise ValueError(
            f"stride must be positive and give at most 400 cells a side, got {stride} for "
            f"{width:g} x {height:g} pixels"
        )
    lines: style.Look = {
        "color": color,
        "linewidth": 0.7,
        "path_effects": style.halo(0.7, opacity=0.25),
        "zorder": 2.5,
    }
    ax.vlines(np.arange(stride, width, stride), 0, height, **lines)
    ax.hlines(np.arange(stride, height, stride), 0, width, **lines)
    if chosen is not None:
        row, column = chosen
        if not (0 <= row * stride < height and 0 <= column * stride < width):
            raise ValueError(f"chosen must be a cell of the picture, got {chosen}")
        look: style.Look = {"facecolor": style.ORANGE + "66", "edgecolor": style.ORANGE}
        corner = (column * stride, row * stride)
        ax.add_patch(Rectangle(corner, stride, stride, linewidth=style.LINE, zorder=3, **look))
    return ax


def draw_levels(features: Mapping[str, Tensor], *, index: int = 0, ax: Axes | None = None) -> Axes:
    """Draw the levels of a pyramid at one size, so that their cells can be compared.

    Each cell shows the mean magnitude over the channels, from the level's lowest to its highest.

    Args:
        features (dict of Tensor[N, C, H, W]): as a backbone with FPN returns it; the keys name
            the levels.
        index (int): of the image in the batch.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        TypeError: If a level is not a tensor.
        ValueError: If there is no level, a shape is another one, or there is no such image.

    Example:
        >>> pyramid = {"P4": torch.rand(1, 8, 12, 16), "P5": torch.rand(1, 8, 6, 8)}
        >>> ax = draw.draw_levels(pyramid)

    Source: the OrderedDict of torchvision `ops.FeaturePyramidNetwork`.
    """
    if not features:
        raise ValueError("features must have at least one level, got none")
    levels = {}
    for name, level in features.items():
        values = require_values(f"features['{name}']", level, ("N", "C", "H", "W"))
        if not values.size:
            raise ValueError(f"features['{name}'] must not be empty, got {list(values.shape)}")
        if not 0 <= index < len(values):
            raise ValueError(f"index must be from 0 to {len(values) - 1}, got {index}")
        levels[name] = np.abs(values[index]).mean(axis=0)
    finest = max(levels.values(), key=np.size)
    width = finest.shape[1] / finest.shape[0]
    across = width + 0.06
    if ax is None:
        inches = min(style.NOTEBOOK_WIDTH, 2.6 * across * len(levels))
        ax = figures.new_axes(inches, inches * 1.22 / (across * len(levels) - 0.06))
    for place, (name, level) in enumerate(levels.items()):
        x = place * across
        look: style.Look = {"cmap": style.SEQUENCE, "interpolation": "nearest"}
        ax.imshow(level, extent=(x, x + width, 1, 0), **look)
        text: style.Look = {"ha": "center", "fontsize": style.SMALL}
        ax.text(x + width / 2, -0.03, name, color=style.INK, fontweight="bold", **text)
        shape = f"{level.shape[0]} × {level.shape[1]}"
        ax.text(x + width / 2, 1.04, shape, color=style.SOFT_INK, va="top", **text)
    ax.set(xlim=(0, len(levels) * across - 0.06), ylim=(1.12, -0.1))
    style.without_frame(ax)
    return ax
