"""What networks cost against what they achieve, each with its name beside its point."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator
from matplotlib.transforms import Bbox

from rcnn_course.draw.base import figures, style

PANEL = (4.0, 3.2)
_GAP, _MARK, _AWAY = 0.9, 7.0, 7.0
_ACROSS = {1: "left", 0: "center", -1: "right"}
_ALONG = {1: "bottom", 0: "center", -1: "top"}
_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


def draw_costs(
    panels: Mapping[str, Mapping[str, tuple[float, float]]],
    *,
    xlabel: str = "billion multiply-adds",
    ylabels: Sequence[str] = (),
) -> Figure:
    """Draw accuracy against cost, whose scale grows tenfold with each step.

    Args:
        panels (dict of dict): for each panel, by its title: for each network, by its name, what it
            costs (more than 0) and what it achieves.
        xlabel (str): what the cost is.
        ylabels (sequence of str): what is achieved, for each panel; otherwise nothing is written.

    Returns:
        Figure: with a panel beside the other.

    Raises:
        ValueError: If a panel is empty, or a cost is not above 0.

    Example:
        >>> networks = {"small": (0.5, 60.0), "large": (5.0, 70.0)}
        >>> figure = draw.draw_costs({"classification": networks})
        >>> figure.axes[0].get_label()
        'classification: small 0.5, 60.0; large 5, 70.0.'
    """
    width = len(panels) * PANEL[0] + (len(panels) - 1) * _GAP
    figure = figures.open_figure(width, PANEL[1])
    for column, (title, networks) in enumerate(panels.items()):
        _require_costs(title, networks)
        left = column * (PANEL[0] + _GAP) / width
        ax = figure.add_axes((left, 0, PANEL[0] / width, 1))
        _draw_points(ax, networks)
        style.with_scales(ax, xlabel, ylabels[column] if ylabels else "")
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.set_title(title, fontsize=style.TITLE, color=style.INK)
        _write_names(ax, networks)
        points = "; ".join(f"{name} {x:.3g}, {y:.1f}" for name, (x, y) in networks.items())
        ax.set_label(f"{title}: {points}.")
    return figure


def _require_costs(title: str, networks: Mapping[str, tuple[float, float]]) -> None:
    if not networks:
        raise ValueError(f"panels[{title!r}] must have a network, got none")
    for name, (cost, _) in networks.items():
        if not cost > 0:
            raise ValueError(f"panels[{title!r}][{name!r}] must cost more than 0, got {cost}")


def _draw_points(ax: Axes, networks: Mapping[str, tuple[float, float]]) -> None:
    x, y = np.array(list(networks.values()), dtype=float).T
    ax.set_xscale("log")
    ax.set(xlim=(x.min() / 2.2, x.max() * 2.2), ylim=_around(y))
    ax.plot(x, y, "o", color=style.BLUE, markersize=_MARK, markeredgecolor=style.PAPER)


def _around(values: np.ndarray) -> tuple[float, float]:
    """Return limits with room for a name below the lowest and above the highest value."""
    air = 0.14 * max(np.ptp(values), 1.0)
    return values.min() - air, values.max() + air


def _write_names(ax: Axes, networks: Mapping[str, tuple[float, float]]) -> None:
    """Write each name on the first side of its point where it hides neither point nor name."""
    radius = _MARK / 2 * ax.figure.dpi / 72
    frame = ax.get_window_extent()
    places = ax.transData.transform(list(networks.values()))
    taken = [Bbox.from_bounds(x, y, 0, 0).padded(radius) for x, y in places]
    look: style.Look = {"fontsize": style.SMALL, "color": style.INK}
    for name, point in networks.items():
        text = ax.annotate(name, point, (0, 0), textcoords="offset points", **look)
        for right, up in _SIDES:
            text.set(ha=_ACROSS[right], va=_ALONG[up], position=(right * _AWAY, up * _AWAY))
            extent = text.get_window_extent()
            if _holds(frame, extent) and not extent.count_overlaps(taken):
                break
        taken.append(extent)


def _holds(frame: Bbox, extent: Bbox) -> bool:
    inside_x = frame.x0 <= extent.x0 and extent.x1 <= frame.x1
    return inside_x and frame.y0 <= extent.y0 and extent.y1 <= frame.y1
