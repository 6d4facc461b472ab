"""How a region of interest (RoI) is read from a feature map: rounded, sampled, and trained.

Two ways to number a map meet here. Where its cells are squares, cell j covers [j, j + 1] and a
box in pixels is divided by the stride. Where they are points, as inside RoIAlign, cell j stands
at j. Each function says which one it draws.

Letters: `C` channels, `H` and `W` the height and width of a map in cells.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from rcnn_course.draw.base import figures, style
from rcnn_course.draw.base.figures import open_figure
from rcnn_course.draw.base.images import show_image
from rcnn_course.draw.base.inputs import require_length, require_values
from rcnn_course.draw.overlays.grids import draw_cells

_CENTRED: style.Look = {"ha": "center", "va": "center"}


def draw_rounded_roi(
    image: Tensor,
    box: Tensor,
    cells: Sequence[int],
    *,
    stride: int,
    columns: Sequence[tuple[int, int]],
    rows: Sequence[tuple[int, int]],
) -> Figure:
    """Draw both roundings of RoI pooling: of the RoI to whole cells, and of its bins.

    Cells are squares. Left, the box that was asked for and the cells that are read, on the
    picture; right, which of these cells each column and each row of bins takes.

    Args:
        image (Tensor[3, H, W]): the picture.
        box (Tensor[4]): the RoI, xyxy in pixels.
        cells (sequence of 4 int): first column, first row, last column, last row that are read.
        stride (int): width and height of a cell in pixels.
        columns (sequence of (int, int)): the half-open range of columns of each bin, counted
            from the first column that is read.
        rows (sequence of (int, int)): the same for rows.

    Returns:
        Figure: with two axes.

    Example:
        >>> image, _ = GeneratedPeople(1)[0]
        >>> box, halves = torch.tensor([37.0, 52, 120, 130]), [(0, 3), (3, 6)]
        >>> figure = draw.draw_rounded_roi(
        ...     image, box, [2, 3, 7, 8], stride=16, columns=halves, rows=halves
        ... )
        >>> print(figure.axes[0].get_label())
        A box with the sides 37, 52, 120, 130 (left, top, right, bottom) in pixels, and the cells
        that are read, with the sides 32, 48, 128, 144.
    """
    exact = require_values("box", box, (4,))
    require_length("cells", cells, 4, "sides")
    first_column, first_row, last_column, last_row = cells
    read = stride * np.array([first_column, first_row, last_column + 1, last_row + 1])
    figure = open_figure(8.6, 4.1)
    on_picture = figure.add_axes((0, 0, 0.46, 1))
    draw_cells(stride, ax=show_image(image, ax=on_picture, fade=0.25))
    _outline(on_picture, exact, style.BLUE, "-")
    _outline(on_picture, read, style.VERMILION, "--")
    margin = 2.5 * stride
    on_picture.set_xlim(read[0] - margin, read[2] + margin)
    on_picture.set_ylim(read[3] + margin, read[1] - margin)
    _label_edges(on_picture, exact, read)
    in_bins = figure.add_axes((0.56, 0, 0.44, 0.94))
    _draw_bins(in_bins, columns, rows)
    on_picture.set_label(
        f"A box with the sides {_listed(exact)} (left, top, right, bottom) in pixels, and the "
        f"cells that are read, with the sides {_listed(read)}."
    )
    in_bins.set_label(
        f"The bins take the columns {_ranges(columns)} and the rows {_ranges(rows)}, "
        "counted from the first cell."
    )
    return figure


def _listed(numbers: np.ndarray) -> str:
    return ", ".join(f"{number:g}" for number in numbers)


def _ranges(cells: Sequence[tuple[int, int]]) -> str:
    return ", ".join(f"{start} to {stop - 1}" for start, stop in cells)


def _label_edges(ax: Axes, exact: np.ndarray, read: np.ndarray) -> None:
    """Write at each side how many pixels too far in or out it is read."""
    (x1, y1, x2, y2), middle = read, (read[:2] + read[2:]) / 2
    places = [(x1, middle[1]), (middle[0], y1), (x2, middle[1]), (middle[0], y2)]
    outwards = [(-1, 0), (0, -1), (1, 0), (0, 1)]
    for side, ((x, y), (dx, dy)) in enumerate(zip(places, outwards, strict=True)):
        error = read[side] - exact[side]
        ax.annotate(
            f"{error:+g} px".replace("-", "\N{MINUS SIGN}"),
            (x, y),
            xytext=(20 * dx, -12 * dy),
            textcoords="offset points",
            fontsize=style.TEXT,
            color=style.PAPER,
            bbox={"boxstyle": "round,pad=0.2", "facecolor": style.VERMILION, "edgecolor": "none"},
            zorder=5,
            **_CENTRED,
        )


def _draw_bins(
    ax: Axes, columns: Sequence[tuple[int, int]], rows: Sequence[tuple[int, int]]
) -> None:
    """Draw the cells that are read, with a bar for every bin above and at the left."""
    width, height = columns[-1][1], rows[-1][1]
    ax.set_aspect("equal")
    _draw_bars(ax, columns, height, lambda across, down: (across, down))
    _draw_bars(ax, rows, width, lambda across, down: (down, across))
    lines: style.Look = {"color": style.GREY, "linewidth": style.THIN, "zorder": 2}
    ax.vlines(range(width + 1), 0, height, **lines)
    ax.hlines(range(height + 1), 0, width, **lines)
    text: style.Look = {"fontsize": style.TEXT, "color": style.SOFT_INK}
    ax.text(width / 2, -2.2, f"{width} columns in {len(columns)} bins", ha="center", **text)
    words = f"{height} rows in {len(rows)} bins"
    ax.text(-2.3, height / 2, words, rotation=90, ha="right", va="center", **text)
    ax.set(xlim=(-2.8, width + 0.1), ylim=(height + 0.1, -2.9))
    style.without_frame(ax)


def _draw_bars(
    ax: Axes,
    bins: Sequence[tuple[int, int]],
    depth: int,
    place: Callable[[float, float], tuple[float, float]],
) -> None:
    """Draw the bins of one side as numbered bars in two lanes, and shade the cells they share.

    Args:
        ax: the axes.
        bins: the half-open range of cells of each bin.
        depth: number of cells on the other side.
        place: maps (along the side, away from it) to (x, y).
    """
    for index, (start, stop) in enumerate(bins):
        lane = -0.75 - 0.8 * (index % 2)
        color = (style.BLUE, style.ORANGE)[index % 2]
        corner, size = place(start + 0.06, lane - 0.35), place(stop - start - 0.12, 0.7)
        ax.add_patch(Rectangle(corner, *size, facecolor=color))
        number: style.Look = {"fontsize": style.SMALL, "color": style.text_color(color)}
        x, y = place((start + stop) / 2, lane)
        ax.text(x, y, str(index), **number, **_CENTRED)
    for (_, stop), (start, _) in pairwise(bins):
        if start < stop:
            corner, size = place(start, 0), place(stop - start, depth)
            ax.add_patch(Rectangle(corner, *size, facecolor=style.PANEL_EDGE, zorder=1))


def draw_bilinear(values: Tensor, y: float, x: float) -> Axes:
    """Draw one point between four cells and the four areas that are the weights.

    Cells are points: (0, 0), (0, 1), (1, 0) and (1, 1).

    Args:
        values (Tensor[2, 2]): of the four cells.
        y (float): row of the point, from 0 to 1.
        x (float): column of the point, from 0 to 1.

    Returns:
        Axes: the axes drawn in.

    Raises:
        TypeError: If `values` is not a tensor.
        ValueError: If its shape is another one, or the point lies outside.

    Example:
        >>> ax = draw.draw_bilinear(torch.tensor([[10.0, 20], [30, 40]]), y=0.25, x=0.5)
        >>> print(ax.get_label())
        A square with the cells 10, 20, 30, 40 at its corners. The point at y = 0.25, x = 0.5 parts
        it into areas; those opposite to the cells are 0.375, 0.375, 0.125, 0.125.
    """
    numbers = require_values("values", values, (2, 2))
    if not (0 <= y <= 1 and 0 <= x <= 1):
        raise ValueError(f"y and x must be from 0 to 1, got {y} and {x}")
    ax = figures.new_axes(3.2, 3.2)
    colors = ((style.BLUE, style.ORANGE), (style.GREEN, style.PURPLE))
    for row, column in np.ndindex(2, 2):
        color = colors[row][column]
        far_y, far_x = 1 - row, 1 - column
        corner = (min(x, far_x), min(y, far_y))
        wide, high = abs(far_x - x), abs(far_y - y)
        ax.add_patch(Rectangle(corner, wide, high, facecolor=color + "55", edgecolor=style.PAPER))
        middle = (corner[0] + wide / 2, corner[1] + high / 2)
        ax.text(*middle, f"{wide * high:g}", fontsize=style.TITLE, color=style.INK, **_CENTRED)
        ax.plot(column, row, "o", markersize=30, color=color, clip_on=False, zorder=4)
        number: style.Look = {
            "fontsize": style.TITLE,
            "color": style.text_color(color),
            "zorder": 5,
        }
        ax.text(column, row, f"{numbers[row, column]:g}", **number, **_CENTRED)
    ax.plot(x, y, "X", markersize=13, color=style.INK, markeredgecolor=style.PAPER, zorder=6)
    ax.annotate(
        f"y = {y:g}, x = {x:g}",
        (x, y),
        xytext=(9, -16),
        textcoords="offset points",
        fontsize=style.TEXT,
        color=style.INK,
        zorder=6,
    )
    ax.set(xlim=(-0.12, 1.12), ylim=(1.12, -0.12), xticks=[0, 1], yticks=[0, 1])
    weights = np.outer([1 - y, y], [1 - x, x]).ravel()
    ax.set_label(
        f"A square with the cells {_listed(numbers.ravel())} at its corners. The point at "
        f"y = {y:g}, x = {x:g} parts it into areas; those opposite to the cells are "
        f"{_listed(weights)}."
    )
    style.with_scales(ax, "x (column)", "y (row)")
    ax.grid(False)
    ax.spines[:].set_visible(False)
    return ax


def draw_sampling_points(
    y: Tensor, x: Tensor, *, roi: Tensor, bins: tuple[int, int], shape: tuple[int, int]
) -> Axes:
    """Draw figure 3 of the Mask R-CNN paper: a RoI, its bins, and where it is sampled.

    Cells are points, the crossings of the dashed lines. Arrows lead to the first sample from
    the four cells that it is mixed of.

    Args:
        y (Tensor[S]): rows of the samples.
        x (Tensor[S]): columns of the samples.
        roi (Tensor[4]): the RoI in cells, xyxy.
        bins (tuple[int, int]): number of bins down and across.
        shape (tuple[int, int]): height and width of the map in cells.

    Returns:
        Axes: the axes drawn in.

    Raises:
        TypeError: If `y`, `x` or `roi` is not a tensor.
        ValueError: If a shape is another one or the lengths differ.

    Example:
        >>> y, x = torch.tensor([1.0, 2.0]), torch.tensor([1.25, 1.25])
        >>> roi = torch.tensor([0.5, 0.5, 3.5, 2.5])
        >>> ax = draw.draw_sampling_points(y, x, roi=roi, bins=(2, 2), shape=(4, 5))
        >>> print(ax.get_label())
        A RoI with 2 × 2 bins on a map of 4 × 5 cells, with 2 samples in it; the first one at y =
        1.00, x = 1.25.

    Source: He et al. 2017 (Mask R-CNN), figure 3.
    """
    down, across = require_values("y", y, ("S",)), require_values("x", x, ("S",))
    require_length("x", across, len(down), "samples")
    height, width = shape
    cell = min(1.3, 5.0 / width)
    ax = figures.new_axes(cell * width, cell * height)
    ax.set_aspect("equal")
    dashed: style.Look = {
        "color": style.GREY,
        "linestyle": (0, (4, 4)),
        "linewidth": style.THIN,
        "zorder": 1,
    }
    ax.vlines(range(width), -0.5, height - 0.5, **dashed)
    ax.hlines(range(height), -0.5, width - 0.5, **dashed)
    columns, rows = np.meshgrid(range(width), range(height))
    ax.plot(columns.ravel(), rows.ravel(), "s", markersize=5, color=style.GREY, zorder=2)
    draw_roi_bins(ax, require_values("roi", roi, (4,)), bins)
    for row in {np.floor(down[0]), np.ceil(down[0])}:
        for column in {np.floor(across[0]), np.ceil(across[0])}:
            ax.annotate(
                "",
                (across[0], down[0]),
                xytext=(column, row),
                arrowprops={"arrowstyle": "-|>", "color": style.BLUE, "linewidth": 1.4},
                zorder=3,
            )
    ax.plot(across, down, "o", markersize=7, color=style.VERMILION, zorder=4)
    ax.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    ax.set(xticks=range(width), yticks=range(height))
    ax.set_label(
        f"A RoI with {bins[0]} × {bins[1]} bins on a map of {height} × {width} cells, with "
        f"{len(down)} samples in it; the first one at y = {down[0]:.2f}, x = {across[0]:.2f}."
    )
    style.with_scales(ax, "x in cells", "y in cells")
    ax.grid(False)
    ax.spines[:].set_visible(False)
    return ax


def draw_roi_bins(ax: Axes, roi: np.ndarray, bins: tuple[int, int], color: str = style.INK) -> None:
    """Draw the outline of a RoI (xyxy, in the units of the axes) and the borders of its bins."""
    x1, y1, x2, y2 = roi
    down, across = bins
    inner: style.Look = {"color": color, "linewidth": 1.2, "zorder": 2.5}
    ax.vlines(np.linspace(x1, x2, across + 1), y1, y2, **inner)
    ax.hlines(np.linspace(y1, y2, down + 1), x1, x2, **inner)
    _outline(ax, roi, color, "-")


def _outline(ax: Axes, box: np.ndarray, color: str, linestyle: str) -> None:
    x1, y1, x2, y2 = box
    look: style.Look = {
        "edgecolor": color,
        "linestyle": linestyle,
        "linewidth": style.THICK,
        "zorder": 3,
    }
    ax.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, **look))
