"""Wrong results beside right ones: maps, curves, boxes, the maxima of a heatmap.

What is expected is solid and blue, what came instead is dashed and vermilion. Letters: `H` and `W`
the height and width of a map in cells, `R` boxes, `S` numbers of a curve.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from rcnn_course.draw.base import figures, style
from rcnn_course.draw.base.blocks import show_blocks
from rcnn_course.draw.base.inputs import require_values
from rcnn_course.draw.overlays.heatmaps import draw_heatmap

EXPECTED: style.Look = {"color": style.BLUE, "linestyle": "-", "linewidth": style.LINE}
YOURS: style.Look = {"color": style.VERMILION, "linestyle": (0, (4, 2)), "linewidth": style.LINE}

DIVERGING = LinearSegmentedColormap.from_list(
    "difference", [style.BLUE, style.PAPER, style.VERMILION]
)
"""Of a difference: blue where it is too small, white where right, vermilion where too large."""

MAP, WIDTH = 2.4, 4.6
"""Inches of the longer side of a map, and of the width of a picture of boxes."""

_MARK: style.Look = {"markeredgecolor": style.PAPER, "markersize": 11, "linestyle": "none"}


def draw_map_difference(found: Tensor, expected: Tensor) -> Figure:
    """Draw two maps with one scale of colours, and their difference with a scale of its own.

    Args:
        found (Tensor[H, W]): what came.
        expected (Tensor[H, W]): what should have come.

    Returns:
        Figure: with axes for yours, expected, the difference, and for the two scales.

    Raises:
        TypeError: If a map is not a tensor.
        ValueError: If the shapes differ, a number is not finite, or there is no cell.

    Example:
        >>> figure = draw.draw_map_difference(2 * torch.eye(6), torch.eye(6))
        >>> print(figure.axes[0].get_label())
        Yours, expected and their difference, 6 x 6 cells; the largest is in row 0, column 0: 2
        instead of 1.
    """
    yours, wanted = _two_alike(found, expected, ("H", "W"))
    difference = yours - wanted
    lowest, highest = min(yours.min(), wanted.min()), max(yours.max(), wanted.max())
    most = abs(difference).max() or 1.0
    height, width = MAP * np.array(difference.shape) / max(difference.shape)
    total = 3 * width + 2.5
    figure = figures.open_figure(total, height)
    for title, values, left, colors, limits in (
        ("yours", yours, 0.0, style.SEQUENCE, (lowest, highest)),
        ("expected", wanted, width + 0.2, style.SEQUENCE, (lowest, highest)),
        ("yours − expected", difference, 2 * width + 1.2, DIVERGING, (-most, most)),
    ):
        ax = figure.add_axes((left / total, 0, width / total, 1))
        scale = _show_map(ax, values, title, colors, limits)
        if title != "yours":
            _show_scale(figure.add_axes(((left + width + 0.1) / total, 0, 0.1 / total, 1)), scale)
    row, column = np.unravel_index(abs(difference).argmax(), difference.shape)
    figure.axes[0].set_label(
        f"Yours, expected and their difference, {len(yours)} x {yours.shape[1]} cells; the largest "
        f"is in row {row}, column {column}: {yours[row, column]:.4g} instead of "
        f"{wanted[row, column]:.4g}."
    )
    return figure


def draw_curve_difference(found: Tensor, expected: Tensor) -> Axes:
    """Draw two rows of numbers as curves over their places.

    Args:
        found (Tensor[S]): what came.
        expected (Tensor[S]): what should have come.

    Returns:
        Axes: the axes drawn in.

    Raises:
        TypeError: If a row is not a tensor.
        ValueError: If the lengths differ, a number is not finite, or there is none.

    Example:
        >>> ax = draw.draw_curve_difference(torch.arange(6.0), 2 * torch.arange(6.0))
        >>> print(ax.get_label())
        Yours and expected, 6 numbers. The largest difference is at place 5: 5 instead of 10.
    """
    yours, wanted = _two_alike(found, expected, ("S",))
    ax = figures.new_axes(6.0, 2.4)
    ax.plot(wanted, marker="o", markersize=6, label="expected", **EXPECTED)
    ax.plot(yours, marker="o", markersize=3.5, label="yours", **YOURS)
    style.with_scales(ax, "place", "")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    style.with_legend_beside(ax, "upper left")
    worst = abs(yours - wanted).argmax()
    ax.set_label(
        f"Yours and expected, {len(yours)} numbers. The largest difference is at place {worst}: "
        f"{yours[worst]:.4g} instead of {wanted[worst]:.4g}."
    )
    return ax


def draw_box_difference(found: Tensor, expected: Tensor, rows: list[int] | None = None) -> Axes:
    """Draw wrong boxes over the right ones, each with the number of its row.

    Args:
        found (Tensor[R, 4]): what came; a box may end before it begins.
        expected (Tensor[R, 4]): what should have come; the numbers of rows may differ.
        rows (list of int, optional): the rows to draw; all otherwise.

    Returns:
        Axes: the axes drawn in, in pixels.

    Raises:
        TypeError: If boxes are not a tensor.
        ValueError: If they have another shape, a number is not finite, or there are none.

    Example:
        >>> expected = torch.tensor([[0.0, 0, 40, 30], [50, 10, 90, 60]])
        >>> ax = draw.draw_box_difference(expected + torch.tensor([0, 0, 1, 1]), expected)
        >>> print(ax.get_label())
        Yours: 2 boxes; expected: 2. Row 0: 0, 0, 41, 31 instead of 0, 0, 40, 30. Row 1: 50, 10, 91,
        61 instead of 50, 10, 90, 60.
    """
    yours = require_values("found", found, ("R", 4))
    wanted = require_values("expected", expected, ("R", 4))
    rows = list(range(max(len(yours), len(wanted)))) if rows is None else rows
    if not rows:
        raise ValueError("there must be at least one box to draw, got none")
    corners = np.concatenate(
        [boxes[row] for boxes in (yours, wanted) for row in rows if row < len(boxes)]
    )
    across, down = np.ptp(corners[0::2]), np.ptp(corners[1::2])
    ax = figures.new_axes(WIDTH, WIDTH * np.clip(down / (across or 1.0), 0.3, 1.0))
    for name, boxes, look, corner in (
        ("expected", wanted, EXPECTED, ("left", "top")),
        ("yours", yours, YOURS, ("right", "bottom")),
    ):
        for row in rows:
            if row < len(boxes):
                _draw_box(ax, boxes[row], f" row {row} ", look, corner)
        ax.plot([], [], label=name, **look)
    style.with_scales(ax, "x", "y")
    ax.autoscale_view()
    ax.set_aspect("equal", adjustable="datalim")
    ax.margins(0.08)
    ax.invert_yaxis()
    style.with_legend_beside(ax, "upper left")
    told = [
        f"Row {row}: {_corners(yours, row)} instead of {_corners(wanted, row)}." for row in rows
    ]
    counts = f"Yours: {len(yours)} boxes; expected: {len(wanted)}."
    ax.set_label(" ".join([counts, *told]))
    return ax


def draw_peak_difference(heatmap: Tensor, box: Tensor, found: Tensor, expected: Tensor) -> Axes:
    """Draw a heatmap in its box, with the place that was found in it and the one that is expected.

    Args:
        heatmap (Tensor[H, W]): scores of any range.
        box (Tensor[4]): xyxy in pixels, the region that the heatmap stands for.
        found (Tensor[2]): (x, y) in pixels.
        expected (Tensor[2]): (x, y) in pixels.

    Returns:
        Axes: the axes drawn in, in pixels.

    Raises:
        TypeError: If an argument is not a tensor.
        ValueError: If a shape is another one, or a number is not finite.

    Example:
        >>> box, places = torch.tensor([0.0, 0, 60, 60]), torch.tensor([[10.0, 20], [20, 10]])
        >>> print(draw.draw_peak_difference(torch.rand(6, 6), box, *places).get_label())
        A heatmap of 6 x 6 cells. Yours is at (10, 20), expected is (20, 10).
    """
    (x, y), (true_x, true_y) = _two_alike(found, expected, (2,))
    ax = draw_heatmap(heatmap, box=box, peak=False, opacity=1.0, ax=figures.new_axes(3.4, 3.4))
    for name, place, mark, look in (
        ("expected", (true_x, true_y), "P", EXPECTED),
        ("yours", (x, y), "X", YOURS),
    ):
        ax.plot(*place, mark, label=name, color=look["color"], zorder=5, **_MARK)
    style.with_scales(ax, "x", "y")
    ax.grid(visible=False)
    left, top, right, bottom = box.tolist()
    ax.set(xlim=(min(left, x, true_x), max(right, x, true_x)), aspect="equal")
    ax.set_ylim(max(bottom, y, true_y), min(top, y, true_y))
    style.with_legend_beside(ax, "upper left")
    ax.set_label(
        f"A heatmap of {heatmap.shape[0]} x {heatmap.shape[1]} cells. Yours is at ({x:.4g}, "
        f"{y:.4g}), expected is ({true_x:.4g}, {true_y:.4g})."
    )
    return ax


def _two_alike(
    found: Tensor, expected: Tensor, shape: tuple[int | str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Return two tensors as arrays; raise where they are not finite, empty or of two shapes."""
    two = require_values("found", found, shape), require_values("expected", expected, shape)
    if two[0].shape != two[1].shape or not two[0].size:
        raise ValueError(
            "found and expected must have one shape with at least one number, got "
            f"{list(two[0].shape)} and {list(two[1].shape)}"
        )
    return two


def _show_map(
    ax: Axes,
    values: np.ndarray,
    title: str,
    colors: str | LinearSegmentedColormap,
    limits: tuple[float, float],
) -> ScalarMappable:
    rows, columns = values.shape
    shown = show_blocks(
        ax, values, (0, columns, rows, 0), cmap=colors, vmin=limits[0], vmax=limits[1]
    )
    ax.set(xlim=(0, columns), ylim=(rows, 0))
    ax.set_title(title, fontsize=style.TEXT, color=style.INK, loc="left")
    style.without_frame(ax)
    ax.add_patch(
        Rectangle((0, 0), columns, rows, fill=False, color=style.PANEL_EDGE, clip_on=False)
    )
    return shown


def _show_scale(ax: Axes, scale: ScalarMappable) -> None:
    """Show what numbers the colours of a map stand for."""
    bar = ax.figure.colorbar(scale, cax=ax)
    bar.locator = MaxNLocator(4)
    bar.outline.set_edgecolor(style.PANEL_EDGE)
    ax.tick_params(labelsize=style.SMALL, colors=style.SOFT_INK, length=0)


def _draw_box(
    ax: Axes, box: np.ndarray, words: str, look: style.Look, corner: tuple[str, str]
) -> None:
    """Draw a box with words inside, at its upper left or lower right corner."""
    x1, y1, x2, y2 = map(float, box)
    ax.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, **look))
    x, y = (x1, y1) if corner[0] == "left" else (x2, y2)
    ax.text(x, y, words, color=look["color"], fontsize=style.SMALL, ha=corner[0], va=corner[1])


def _corners(boxes: np.ndarray, row: int) -> str:
    return ", ".join(f"{number:.4g}" for number in boxes[row]) if row < len(boxes) else "no box"
