"""What comes out of reading a RoI: which cells an output pulls on, and how it moves with the box.

Cells are points here: cell j stands at j.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from rcnn_course.draw.base import figures, style
from rcnn_course.draw.base.figures import open_figure
from rcnn_course.draw.base.inputs import require_length, require_values
from rcnn_course.draw.diagrams.roi import draw_roi_bins


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
        TypeError: If a gradient or `roi` is not a tensor.
        ValueError: If a shape is another one, or there is no gradient.

    Example:
        >>> pooling, align = torch.zeros(6, 6), torch.zeros(6, 6)
        >>> pooling[2, 2], align[1:3, 1:3] = 1.0, 0.25
        >>> roi = torch.tensor([1.0, 1.0, 3.0, 3.0])
        >>> figure = draw.draw_pulls(
        ...     {"RoI pooling": pooling, "RoIAlign": align}, roi=roi, bins=(2, 2)
        ... )
        >>> figure.axes[1].get_label()
        'RoIAlign: one output pulls on 4 cells.'
    """
    if not gradients:
        raise ValueError("gradients must have at least one method, got none")
    corners = require_values("roi", roi, (4,))
    figure = open_figure(2.4 * len(gradients), 2.7)
    axes = figure.subplots(1, len(gradients), squeeze=False)
    for (name, gradient), ax in zip(gradients.items(), axes[0], strict=True):
        values = require_values(f"gradients['{name}']", gradient, ("H", "W"))
        ax.imshow(values, cmap=style.SEQUENCE, interpolation="nearest")
        draw_roi_bins(ax, corners, bins, style.PAPER)
        count = int((values != 0).sum())
        pulled = f"{count} cell" if count == 1 else f"{count} cells"
        ax.set_title(f"{name}\n{pulled}", fontsize=style.TEXT, color=style.INK)
        ax.set_label(f"{name}: one output pulls on {pulled}.")
        x1, y1, x2, y2 = corners
        ax.set_xlim(np.floor(x1) - margin - 0.5, np.ceil(x2) + margin + 0.5)
        ax.set_ylim(np.ceil(y2) + margin + 0.5, np.floor(y1) - margin - 0.5)
        style.without_frame(ax)
    figure.tight_layout(pad=0.4)
    return figure


def draw_movement(
    shifts: Sequence[float],
    readings: Mapping[str, Sequence[float]],
    *,
    middle: float,
    ax: Axes | None = None,
) -> Axes:
    """Draw how far each reading is off the middle of a box that moves.

    Args:
        shifts (sequence of float): of the box in pixels.
        readings (dict of sequence of float): where each method read, in pixels, by its name.
        middle (float): of the box before it moves, in pixels.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in; a reading that follows its box is a flat line, at 0 where it is
            right.

    Raises:
        ValueError: If there are fewer than two shifts, or a method does not have one reading
            for each.

    Example:
        >>> readings = {"RoI pooling": [8, 8, 24, 24], "RoIAlign": [0, 4, 8, 12]}
        >>> print(draw.draw_movement([0, 4, 8, 12], readings, middle=0).get_label())
        While the box moves by 12 pixels, what is read stands beside its middle: RoI pooling by 4 to
        16 pixels, RoIAlign by 0 pixels.
    """
    if len(shifts) < 2:
        raise ValueError(f"shifts must have at least two values, got {len(shifts)}")
    ax = ax or figures.new_axes(5.6, 3.2)
    words = []
    for (name, values), (color, linestyle) in zip(readings.items(), style.CURVES, strict=False):
        require_length(f"readings['{name}']", values, len(shifts), "shifts")
        off = np.asarray(values, dtype=float) - middle - np.asarray(shifts)
        look: style.Look = {"color": color, "linestyle": linestyle, "linewidth": style.LINE}
        ax.plot(shifts, off, label=name, **look)
        ends = dict.fromkeys(f"{end:.4g}" for end in (off.min(), off.max()))
        words.append(f"{name} by {' to '.join(ends)} pixels")
    ax.set_label(
        f"While the box moves by {shifts[-1]:g} pixels, what is read stands beside its middle: "
        f"{', '.join(words)}."
    )
    style.with_scales(ax, "box moved by (pixels)", "read too far right by (pixels)")
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1), "ncols": len(readings)}
    ax.legend(fontsize=style.TEXT, labelcolor=style.INK, frameon=False, **place)
    return ax


def draw_half_cell(box: tuple[float, float], reads: Mapping[str, float], *, stride: int) -> Axes:
    """Draw in one dimension where a box of one cell is read, with cells as squares of pixels.

    Args:
        box (tuple of float): left and right side in pixels.
        reads (dict of float): the index that each method reads at, by its name.
        stride (int): width of a cell in pixels.

    Returns:
        Axes: the axes drawn in, in pixels.

    Example:
        >>> reads = {"aligned=False": 2.5, "aligned=True": 2.0}
        >>> print(draw.draw_half_cell((32.0, 48.0), reads, stride=16).get_label())
        A row of cells of 16 pixels. The box from 32 to 48 pixels is read at 2.5 with aligned=False
        and at 2 with aligned=True.
    """
    left, right = box
    first = max(int(left // stride) - 2, 0)
    borders = stride * np.arange(first, first + 7)
    middles = borders[:-1] + stride / 2
    ax = figures.new_axes(7.0, 1.9)
    ax.vlines(borders, 0, 1, color=style.GREY, linewidth=style.THIN)
    ax.plot(middles, np.full(6, 0.5), "s", color=style.GREY, markersize=5)
    for cell, middle in enumerate(middles, start=first):
        small: style.Look = {"fontsize": style.SMALL, "color": style.SOFT_INK, "ha": "center"}
        ax.text(middle, 0.2, f"cell {cell}", **small)
    ax.add_patch(Rectangle((left, 0), right - left, 1, facecolor=style.BLUE + "33"))
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
    ax.set(xlim=(borders[0] - 1, borders[-1] + 1), ylim=(-0.1, 1.6))
    words = [f"at {at:g} with {name}" for name, at in reads.items()]
    ax.set_label(
        f"A row of cells of {stride} pixels. The box from {left:g} to {right:g} pixels is read "
        f"{' and '.join(words)}."
    )
    style.with_scales(ax, "pixels of the picture", "")
    ax.set(xticks=borders, yticks=[])
    ax.grid(False)
    ax.spines[:].set_visible(False)
    return ax
