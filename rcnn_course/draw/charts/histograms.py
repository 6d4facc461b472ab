"""How values are spread: outlines on one scale, or a histogram for each delta of a box."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from rcnn_course.draw.base import figures, style
from rcnn_course.draw.base.figures import open_figure
from rcnn_course.draw.base.inputs import require_values

DELTAS = ("x", "y", "width", "height")


def draw_histograms(
    values: Mapping[str, Tensor],
    *,
    xlabel: str,
    bins: int = 60,
    limits: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the share of values in each of many equal intervals, one outline for each name.

    Args:
        values (dict of Tensor[...]): any number of values, by the name in the legend.
        xlabel (str): what the values are.
        bins (int): number of intervals.
        limits (tuple[float, float], optional): where the first interval begins and the last one
            ends; otherwise at the lowest and at the highest value of all. Values outside count
            in the shares, but are not drawn.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        TypeError: If an entry is not a tensor.
        ValueError: If there is no entry, more than the five that can be told apart, or an
            entry without a value.

    Example:
        >>> values = {"scores": torch.tensor([0.1, 0.2, 0.9]), "chance": torch.tensor([0.5, 0.5])}
        >>> ax = draw.draw_histograms(values, xlabel="score", bins=10, limits=(0.0, 1.0))
        >>> ax.get_label()
        'scores: mean 0.4, spread 0.36; chance: mean 0.5, spread 0.'
    """
    if not 1 <= len(values) <= len(style.CURVES):
        raise ValueError(f"values must have 1 to {len(style.CURVES)} entries, got {len(values)}")
    flat = {
        name: require_values(f"values['{name}']", of_one.flatten(), ("n",))
        for name, of_one in values.items()
    }
    for name, of_one in flat.items():
        if not of_one.size:
            raise ValueError(f"values['{name}'] must have at least one value, got none")
    edges = np.histogram_bin_edges(np.concatenate(list(flat.values())), bins, limits)
    ax = ax or figures.new_axes(5.6, 2.6)
    for (name, of_one), (color, linestyle) in zip(flat.items(), style.CURVES, strict=False):
        shares = np.histogram(of_one, edges)[0] / of_one.size
        look: style.Look = {"color": color, "linestyle": linestyle, "linewidth": style.LINE}
        ax.stairs(shares, edges, label=name, **look)
    ax.set_label(
        "; ".join(f"{n}: mean {v.mean():.2g}, spread {v.std():.2g}" for n, v in flat.items()) + "."
    )
    style.with_scales(ax, xlabel, "share of the values")
    ax.legend(frameon=False, fontsize=style.SMALL)
    return ax


def draw_delta_spread(deltas: Mapping[str, Tensor], *, limit: float = 3.0) -> Figure:
    """Draw how widely each of the four deltas is spread, one row for each way of encoding.

    Args:
        deltas (dict of Tensor[R, 4]): by name, such as 'weights 1, 1, 1, 1'.
        limit (float): of the horizontal axis, on both sides of 0.

    Returns:
        Figure: four axes for each entry; each names its standard deviation.

    Raises:
        TypeError: If a value is not a tensor.
        ValueError: If its shape is another one, or there is none.

    Example:
        >>> deltas = torch.tensor([[0.1, 0.1, 0.2, 0.2], [-0.1, -0.1, -0.2, -0.2]])
        >>> figure = draw.draw_delta_spread({"weights 1, 1, 1, 1": deltas})
        >>> figure.axes[0].get_label()
        'With weights 1, 1, 1, 1, the standard deviations are x 0.10, y 0.10, width 0.20, height
        0.20.'
    """
    if not deltas:
        raise ValueError("deltas must have at least one entry, got none")
    figure = open_figure(style.NOTEBOOK_WIDTH - 1, 1.5 * len(deltas) + 0.3)
    axes = figure.subplots(len(deltas), 4, squeeze=False)
    edges = np.linspace(-limit, limit, 61)
    for (name, values), row in zip(deltas.items(), axes, strict=True):
        columns = require_values(f"deltas['{name}']", values, ("R", 4)).T
        spreads = [
            f"{part} {column.std():.2f}" for part, column in zip(DELTAS, columns, strict=True)
        ]
        for ax, part, column, color in zip(row, DELTAS, columns, style.CATEGORIES, strict=False):
            ax.hist(column, bins=edges, color=color)
            style.with_scales(ax, "", "")
            ax.set(xlim=(-limit, limit), xticks=(-limit / 2, 0, limit / 2), yticks=[])
            ax.set_title(f"{part}: spread {column.std():.2f}", fontsize=style.TEXT)
        row[0].set_ylabel(name.replace(", ", " "), fontsize=style.SMALL, color=style.INK)
        row[0].set_label(f"With {name}, the standard deviations are {', '.join(spreads)}.")
    figure.tight_layout(pad=0.5)
    return figure
