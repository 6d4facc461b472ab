"""What comes out of reading a RoI: which cells an output pulls on, and how it moves with the box.

Cells are points here: cell j stands at j.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from rcnn_course.draw import figures, style
from rcnn_course.draw.inputs import require_length, require_values
from rcnn_course.draw.roi import draw_roi_bins


def draw_pulls(
    gradients: Mapping[str, Tensor], *, roi: Tensor, bins: tuple[int, int], margin: int = 1
) -> Figure:
    """Draw how strongly one output pulls on each cell, side by side for several methods.

    Args:
        gradients (dict of Tensor[H, W]): of one output with respect to the map, by method.
        roi (Tensor[4]): the RoI in cells, xyxy.
        bins (tuple[int, int]): number of bins down and across.
        margin (int): cells shown around the RoI.

    Returns:
        Figure: with one axes for each method; the title counts the cells that are pulled.

    Raises:
        TypeError: where a gradient or `roi` is not a tensor.
        ValueError: where a shape is another one, or there is no gradient.
    """
    if not gradients:
        raise ValueError("gradients must have at least one method, got none")
    corners = require_values("roi", roi, (4,))
    figure, axes = plt.subplots(
        1, len(gradients), figsize=(2.4 * len(gradients), 2.7), dpi=style.DPI, squeeze=False
    )
    for (name, gradient), ax in zip(gradients.items(), axes[0], strict=True):
        values = require_values(f"gradients['{name}']", gradient, ("H", "W"))
        ax.imshow(values, cmap=style.SEQUENCE, interpolation="nearest")
        _draw_white_bins(ax, corners, bins)
        count = int((values != 0).sum())
        title = f"{name}\n{count} cell{'s' if count != 1 else ''}"
        ax.set_title(title, fontsize=style.TEXT, color=style.INK)
        x1, y1, x2, y2 = corners
        ax.set_xlim(np.floor(x1) - margin - 0.5, np.ceil(x2) + margin + 0.5)
        ax.set_ylim(np.ceil(y2) + margin + 0.5, np.floor(y1) - margin - 0.5)
        style.without_frame(ax)
    figure.tight_layout(pad=0.4)
    return figure


def _draw_white_bins(ax: Axes, corners: np.ndarray, bins: tuple[int, int]) -> None:
    before = len(ax.collections)
    draw_roi_bins(ax, corners, bins)
    for lines in ax.collections[before:]:
        lines.set_color(style.PAPER)
    ax.patches[-1].set_edgecolor(style.PAPER)


def draw_movement(
    shifts: Sequence[float], readings: Mapping[str, Sequence[float]], *, ax: Axes | None = None
) -> Axes:
    """Draw how far each reading has moved when the box has moved.

    Args:
        shifts (sequence of float): of the box in pixels.
        readings (dict of sequence of float): where each method read, in pixels, by its name.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in; a reading that follows its box is a diagonal.

    Raises:
        ValueError: where a method does not have one reading for each shift.
    """
    ax = ax or figures.new_axes(5.6, 3.2)
    for (name, values), (color, linestyle) in zip(readings.items(), style.CURVES, strict=False):
        require_length(f"readings['{name}']", values, len(shifts), "shifts")
        moved = np.asarray(values, dtype=float) - values[0]
        look = {"color": color, "linestyle": linestyle, "linewidth": style.LINE}
        ax.plot(shifts, moved, label=name, **look)
    style.with_scales(ax, "box moved by (pixels)", "reading moved by (pixels)")
    ax.legend(fontsize=style.TEXT, labelcolor=style.INK, frameon=False)
    return ax


def draw_half_cell(box: tuple[float, float], reads: Mapping[str, float], *, stride: int) -> Axes:
    """Draw in one dimension where a box of one cell is read, with cells as squares of pixels.

    Args:
        box (tuple of float): left and right side in pixels.
        reads (dict of float): the index that each method reads at, by its name.
        stride (int): width of a cell in pixels.

    Returns:
        Axes: the axes drawn in, in pixels.
    """
    left, right = box
    first = int(left // stride) - 2
    cells = range(max(first, 0), max(first, 0) + 6)
    ax = figures.new_axes(7.0, 1.9)
    for cell in cells:
        middle = (cell + 0.5) * stride
        ax.plot([cell * stride] * 2, [0, 1], color=style.GREY, linewidth=style.THIN)
        ax.plot(middle, 0.5, "s", color=style.GREY, markersize=5)
        ax.text(
            middle, 0.2, f"cell {cell}", fontsize=style.SMALL, color=style.SOFT_INK, ha="center"
        )
    end = (cells[-1] + 1) * stride
    ax.plot([end] * 2, [0, 1], color=style.GREY, linewidth=style.THIN)
    ax.axvspan(left, right, ymin=0.17, ymax=0.69, color=style.BLUE + "33", linewidth=0)
    for index, (name, at) in enumerate(reads.items()):
        color, _ = style.CURVES[index]
        x = (at + 0.5) * stride
        ax.plot(x, 0.5, "o", color=color, markersize=9, zorder=3)
        ax.annotate(
            f"{name}: {at:g}",
            (x, 0.57),
            xytext=(x, 1.2 + 0.28 * (index % 2)),
            color=color,
            fontsize=style.TEXT,
            ha="center",
            arrowprops={"arrowstyle": "-", "color": color},
        )
    ax.set(xlim=(cells[0] * stride - 1, end + 1), ylim=(-0.3, 1.6))
    ax.set_xticks([cell * stride for cell in (*cells, cells[-1] + 1)])
    style.with_scales(ax, "pixels of the picture", "")
    ax.set_yticks([])
    ax.grid(False)
    ax.spines[:].set_visible(False)
    return ax
