"""How a row of cells becomes a longer one: by reading places, or by adding stamps.

Letters: `L` length of the input in cells, `K` size of the kernel, `S` number of places.
"""

from collections.abc import Mapping

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from torch import Tensor

from rcnn_course.draw.base import figures, style
from rcnn_course.draw.base.inputs import require_values

_CENTRED: style.Look = {"ha": "center", "va": "center"}
_AT_LEFT: style.Look = {"ha": "right", "va": "center", "fontsize": style.TEXT, "color": style.INK}


def draw_rows(rows: Mapping[str, Tensor], *, digits: int = 2) -> Axes:
    """Draw rows of cells of different lengths below each other, all of them equally wide.

    Args:
        rows (dict of Tensor[L]): by the name at their left; at most 24 cells each.
        digits (int): after the decimal point; whole numbers are written without.

    Returns:
        Axes: the axes drawn in; every row reaches from x = 0 to x = 1.

    Raises:
        TypeError: If a row is not a tensor.
        ValueError: If there is no row, or one has another shape, no cell or too many.

    Example:
        >>> row = torch.tensor([1.0, 3.0])
        >>> print(draw.draw_rows({"input": row, "nearest": row.repeat_interleave(2)}).get_label())
        input: 1, 3. nearest: 1, 1, 3, 3.
    """
    if not rows:
        raise ValueError("rows must have at least one row, got none")
    values = {name: require_values(f"rows['{name}']", row, ("L",)) for name, row in rows.items()}
    for name, row in values.items():
        if not 0 < len(row) <= 24:
            raise ValueError(f"rows['{name}'] must have 1 to 24 cells, got {len(row)}")
    low = min(row.min() for row in values.values())
    high = max(row.max() for row in values.values())
    ax = figures.new_axes(7.4, 0.5 * len(values))
    for line, (name, row) in enumerate(values.items()):
        ax.text(-0.015, line, name, **_AT_LEFT)
        shades = (row - low) / (high - low or 1.0)
        for index, (value, shade) in enumerate(zip(row, shades, strict=True)):
            color = to_hex(matplotlib.colormaps[style.SEQUENCE](shade))
            corner, width = (index / len(row), line - 0.4), 1 / len(row)
            _draw_cell(ax, corner, width, 0.8, _number(value, digits), color)
    ax.set(xlim=(0, 1), ylim=(len(values) - 0.5, -0.5))
    ax.set_label(". ".join(f"{name}: {_listed(row, digits)}" for name, row in values.items()) + ".")
    style.without_frame(ax)
    return ax


def draw_places(length: int, places: Mapping[str, Tensor]) -> Axes:
    """Draw a row of input cells, and below it where each output reads.

    Cell j is a square around j, its centre.

    Args:
        length (int): of the input in cells.
        places (dict of Tensor[S]): by the name at their left; in units of input cells.

    Returns:
        Axes: the axes drawn in; x counts input cells.

    Raises:
        TypeError: If places are not a tensor.
        ValueError: If places have another shape, or there are none.

    Example:
        >>> places = {"align_corners=False": (torch.arange(4) + 0.5) / 2 - 0.5}
        >>> print(draw.draw_places(2, places).get_label())
        2 input cells, numbered from 0. align_corners=False: outputs read at −0.25, 0.25, 0.75,
        1.25.
    """
    if not places:
        raise ValueError("places must have at least one row, got none")
    lines = {name: require_values(f"places['{name}']", x, ("S",)) for name, x in places.items()}
    ax = figures.new_axes(7.0, 0.62 * (len(lines) + 1))
    ax.vlines(range(length), 0, len(lines) + 0.3, color=style.PANEL_EDGE, linewidth=style.LINE)
    ax.text(-0.85, 0, "input cells", **_AT_LEFT)
    for index in range(length):
        _draw_cell(ax, (index - 0.5, -0.35), 1, 0.7, str(index), style.BLUE)
    for line, (name, at) in enumerate(lines.items(), start=1):
        ax.text(-0.85, line, name, **_AT_LEFT)
        ax.plot(at, [line] * len(at), "o", markersize=17, color=style.ORANGE, clip_on=False)
        for index, x in enumerate(at):
            ax.text(x, line, str(index), fontsize=style.TEXT, color=style.INK, **_CENTRED)
    ax.set(xlim=(-0.75, length - 0.25), ylim=(len(lines) + 0.4, -0.45))
    told = [f"{name}: outputs read at {_listed(at, 2)}" for name, at in lines.items()]
    ax.set_label(f"{length} input cells, numbered from 0. {'. '.join(told)}.")
    style.without_frame(ax)
    return ax


def draw_stamps(input: Tensor, weight: Tensor, *, stride: int, padding: int = 0) -> Axes:
    """Draw transposed convolution of a row: a stamp for each input cell, and their sum.

    Args:
        input (Tensor[L]): the row.
        weight (Tensor[K]): the kernel.
        stride (int): cells from one stamp to the next.
        padding (int): cells that are cut off at both ends of the sum; they are drawn pale.

    Returns:
        Axes: the axes drawn in; x counts output cells before the cut.

    Raises:
        TypeError: If `input` or `weight` is not a tensor.
        ValueError: If a shape is another one, the stride is less than 1, or the padding cuts
            off all.

    Example:
        >>> input, weight = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 1.0, 1.0])
        >>> print(draw.draw_stamps(input, weight, stride=2).get_label())
        The cells 1, 2 each stamp the kernel 1, 1, 1, 2 cells apart. The sum is 1, 1, 3, 2, 2.

    Source: Dumoulin and Visin 2016, "A guide to convolution arithmetic", chapter 4.
    """
    cells = require_values("input", input, ("L",))
    kernel = require_values("weight", weight, ("K",))
    length = (len(cells) - 1) * stride + len(kernel)
    if stride < 1 or not 0 <= 2 * padding < length:
        raise ValueError(
            f"stride must be at least 1 and padding leave a cell, got {stride} and {padding}"
        )
    ax = figures.new_axes(0.55 * length, 0.42 * (len(cells) + 1.3))
    total = np.zeros(length)
    for index, value in enumerate(cells):
        stamp, start = value * kernel, index * stride
        total[start : start + len(kernel)] += stamp
        product = f"{_number(value, 2)} × ({_listed(kernel, 2)})"
        ax.text(-0.3, index, product, **_AT_LEFT)
        for place, number in enumerate(stamp, start=start):
            color = style.category_color(index)
            _draw_cell(ax, (place, index - 0.4), 1, 0.8, _number(number, 2), color)
    bottom = len(cells) + 0.3
    ax.text(-0.3, bottom, "sum", **_AT_LEFT)
    for place, number in enumerate(total):
        kept = padding <= place < length - padding
        color = style.INK if kept else style.PANEL_EDGE
        _draw_cell(ax, (place, bottom - 0.4), 1, 0.8, _number(number, 2), color)
    ax.set(xlim=(0, length), ylim=(bottom + 0.45, -0.45))
    cut = f" Padding cuts {padding} off each end." if padding else ""
    ax.set_label(
        f"The cells {_listed(cells, 2)} each stamp the kernel {_listed(kernel, 2)}, {stride} cells "
        f"apart. The sum is {_listed(total, 2)}.{cut}"
    )
    style.without_frame(ax)
    return ax


def _draw_cell(
    ax: Axes, corner: tuple[float, float], width: float, height: float, text: str, color: str
) -> None:
    look: style.Look = {
        "facecolor": color,
        "edgecolor": style.PAPER,
        "linewidth": style.LINE,
        "zorder": 2,
    }
    ax.add_patch(Rectangle(corner, width, height, **look))
    x, y = corner[0] + width / 2, corner[1] + height / 2
    words: style.Look = {"fontsize": style.TEXT, "color": style.text_color(color), "zorder": 3}
    ax.text(x, y, text, **words, **_CENTRED)


def _number(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"
    return ("0" if text == "-0" else text).replace("-", "\N{MINUS SIGN}")


def _listed(values: np.ndarray, digits: int) -> str:
    return ", ".join(_number(value, digits) for value in values)
