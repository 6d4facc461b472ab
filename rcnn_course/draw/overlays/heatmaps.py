"""Values on a scale, in cividis: heatmaps on a picture, the channels of a map, small matrices.

Letters: `C` channels or keypoints, `H` and `W` the height and width of the map in cells.
"""

from collections.abc import Sequence
from math import ceil, sqrt

import matplotlib
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from torch import Tensor

from rcnn_course.draw.base import figures, style
from rcnn_course.draw.base.blocks import show_blocks
from rcnn_course.draw.base.images import ground
from rcnn_course.draw.base.inputs import (
    require_boxes,
    require_length,
    require_tensor,
    require_values,
)


def draw_heatmap(
    heatmap: Tensor,
    *,
    box: Tensor | None = None,
    image: Tensor | None = None,
    opacity: float = 0.65,
    peak: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Lay a heatmap over its box in the picture and mark its highest cell.

    Args:
        heatmap (Tensor[H, W]): scores of any range; the lowest is dark blue, the highest yellow.
        box (Tensor[4], optional): xyxy in pixels, the region that the heatmap stands for; (0, 0,
            W, H) otherwise, one pixel a cell.
        image (Tensor[3, H, W], optional): the picture to show below.
        opacity (float): from 0 to 1.
        peak (bool): whether to mark the centre of the highest cell.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        TypeError: If an argument is not a tensor.
        ValueError: If a shape, the box or the opacity is impossible.

    Example:
        >>> heatmap = torch.zeros(4, 4)
        >>> heatmap[1, 2] = 1.0
        >>> ax = draw.draw_heatmap(heatmap, box=torch.tensor([100.0, 100, 140, 140]))
        >>> ax.lines[0].get_xydata().tolist()  # the centre of the highest cell, in the picture
        [[125.0, 115.0]]
    """
    values = require_values("heatmap", heatmap, ("H", "W"))
    if not values.size:
        raise ValueError(f"heatmap must have at least one cell, got {list(values.shape)}")
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity must be from 0 to 1, got {opacity}")
    rows, columns = values.shape
    if box is None:
        box = torch.tensor([0, 0, columns, rows])
    x1, y1, x2, y2 = require_boxes("box", require_tensor("box", box, (4,))[None])[0]
    ax = ground(image, ax)
    look: style.Look = {"cmap": style.SEQUENCE, "alpha": opacity, "zorder": 2}
    show_blocks(ax, values, (x1, x2, y2, y1), **look)
    if peak:
        row, column = np.unravel_index(values.argmax(), values.shape)
        x = x1 + (column + 0.5) * (x2 - x1) / columns
        y = y1 + (row + 0.5) * (y2 - y1) / rows
        mark_point(ax, x, y)
    return ax


def mark_point(ax: Axes, x: float, y: float, color: str = style.VERMILION) -> None:
    """Mark a place in the picture with a ring and a dot that stand out from any colour."""
    ring: style.Look = {"markeredgewidth": 1.6, "markerfacecolor": "none", "markeredgecolor": color}
    ax.plot(x, y, "o", markersize=11, path_effects=style.halo(1.6), zorder=5, **ring)
    ax.plot(x, y, "o", markersize=2.5, color=color, zorder=5)


def draw_maps(
    maps: Tensor,
    *,
    names: Sequence[str] | None = None,
    columns: int | None = None,
    shared_scale: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the channels of a feature map, or the heatmaps of all keypoints, side by side.

    Args:
        maps (Tensor[C, H, W]): values of any range.
        names (sequence of str, optional): written above each map; its number otherwise.
        columns (int, optional): maps in a row; otherwise as many as make the sheet wide.
        shared_scale (bool): whether colours mean the same values in all maps; otherwise each map
            runs from its own lowest to its own highest value.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        TypeError: If `maps` is not a tensor.
        ValueError: If its shape or the number of names does not fit.

    Example:
        >>> ax = draw.draw_maps(torch.rand(17, 14, 14), names=KEYPOINT_NAMES, columns=6)
    """
    values = require_values("maps", maps, ("C", "H", "W"))
    if not values.size:
        raise ValueError(f"maps must have at least one map with one cell, got {list(values.shape)}")
    count, height, width = values.shape
    names = [str(index) for index in range(count)] if names is None else list(names)
    require_length("names", names, count, "maps")
    if columns is not None and columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")
    rows = ceil(count / (columns or ceil(sqrt(2.5 * count * height / width))))
    columns = columns or ceil(count / rows)
    across, down = 1.06 * width, 1.06 * height + 0.2 * width
    if ax is None:
        inches = style.NOTEBOOK_WIDTH if columns > 4 else 2.0 * columns
        ax = figures.new_axes(inches, inches * (rows * down) / (columns * across))
    limits = (values.min(), values.max()) if shared_scale else (None, None)
    for index, (channel, name) in enumerate(zip(values, names, strict=True)):
        x, y = index % columns * across, index // columns * down
        extent = (x, x + width, y + height, y)
        look: style.Look = {"cmap": style.SEQUENCE, "interpolation": "nearest"}
        ax.imshow(channel, extent=extent, vmin=limits[0], vmax=limits[1], **look)
        ax.text(x, y - 0.03 * width, name, fontsize=style.SMALL, color=style.SOFT_INK, va="bottom")
    ax.set(xlim=(0, columns * across), ylim=(rows * down - 0.2 * width, -0.2 * width))
    style.without_frame(ax)
    return ax


def draw_matrix(
    values: Tensor,
    *,
    digits: int = 1,
    row_names: Sequence[str] = (),
    column_names: Sequence[str] = (),
    limits: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a small matrix as coloured cells with their numbers, for sums done by hand.

    Args:
        values (Tensor[H, W]): of any range, at most 20 cells a side.
        digits (int): after the decimal point; whole numbers are written without.
        row_names (sequence of str): written on the left, one for each row, or none.
        column_names (sequence of str): written above, one for each column, or none.
        limits (tuple of float, optional): values of the darkest and the brightest colour, for
            matrices side by side; otherwise the smallest and the largest value.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in; the cell in row i and column j covers [j, j + 1] x [i, i + 1].

    Raises:
        TypeError: If `values` is not a tensor.
        ValueError: If its shape is another one, there are too many cells to read, or there are
            more or fewer names than rows or columns.

    Example:
        >>> ious = torch.tensor([[0.8, 0.1, 0.0], [0.2, 0.55, 0.0]])
        >>> ax = draw.draw_matrix(ious, digits=2, row_names=["truth 0", "truth 1"])
        >>> [text.get_text() for text in ax.texts[:3]]
        ['0.80', '0.10', '0']
    """
    cells = require_values("values", values, ("H", "W"))
    rows, columns = cells.shape
    if not 0 < rows <= 20 or not 0 < columns <= 20:
        raise ValueError(f"values must have 1 to 20 cells a side, got {list(cells.shape)}")
    if row_names:
        require_length("row_names", row_names, rows, "rows")
    if column_names:
        require_length("column_names", column_names, columns, "columns")
    ax = ax or figures.new_axes(0.45 * columns, 0.45 * rows)
    colors = matplotlib.colormaps[style.SEQUENCE]
    low, high = limits or (cells.min(), cells.max())
    extent = (0, columns, rows, 0)
    ax.imshow(cells, cmap=colors, vmin=low, vmax=high, extent=extent, interpolation="nearest")
    for row, column in np.ndindex(rows, columns):
        value = float(cells[row, column])
        shade = to_hex(colors((value - low) / (high - low) if high > low else 0.0))
        text = f"{value:.0f}" if value == round(value) else f"{value:.{digits}f}"
        text = text.replace("-", "\N{MINUS SIGN}")
        place: style.Look = {"ha": "center", "va": "center", "fontsize": style.SMALL}
        ax.text(column + 0.5, row + 0.5, text, color=style.text_color(shade), **place)
    ax.vlines(range(1, columns), 0, rows, color=style.PAPER, linewidth=style.THIN)
    ax.hlines(range(1, rows), 0, columns, color=style.PAPER, linewidth=style.THIN)
    style.without_frame(ax)
    _name_cells(ax, row_names, column_names)
    return ax


def _name_cells(ax: Axes, row_names: Sequence[str], column_names: Sequence[str]) -> None:
    """Write names left of the rows and, slanted, above the columns of a matrix."""
    look: style.Look = {"fontsize": style.SMALL, "color": style.SOFT_INK}
    for row, name in enumerate(row_names):
        ax.text(-0.15, row + 0.5, name, ha="right", va="center", **look)
    for column, name in enumerate(column_names):
        ax.text(column + 0.5, -0.15, name, ha="left", va="bottom", rotation=35, **look)
