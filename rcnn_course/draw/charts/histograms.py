"""How values are spread: outlines of histograms on one scale."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from torch import Tensor

from rcnn_course.draw.base import figures, style
from rcnn_course.draw.base.inputs import require_values


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
        look = {"color": color, "linestyle": linestyle, "linewidth": style.LINE}
        ax.stairs(shares, edges, label=name, **look)
    ax.set_label(
        "; ".join(f"{n}: mean {v.mean():.2g}, spread {v.std():.2g}" for n, v in flat.items()) + "."
    )
    style.with_scales(ax, xlabel, "share of the values")
    ax.legend(frameon=False, fontsize=style.SMALL)
    return ax
