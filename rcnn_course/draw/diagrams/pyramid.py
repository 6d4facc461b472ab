"""The feature pyramid network as a drawing, and the level that a box of some size is read from.

Letters: `C` channels, `H` and `W` the height and width of a map in cells.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.ticker import NullLocator

from rcnn_course.draw.base import figures, style
from rcnn_course.draw.base.inputs import require_length

_ROW, _HEIGHT = 0.78, 0.46  # inches from level to level, and of a box
_FROM, _PLUS, _TO = 1.5, 4.4, 7.3  # inches, the middles of the three columns
_RADIUS = 0.15


def draw_fpn(shapes: Sequence[tuple[int, int, int]], out_channels: int) -> Axes:
    """Draw a feature pyramid network: lateral connections, top-down pathway, P2 to P6.

    Args:
        shapes (sequence of (C, H, W)): of the backbone's maps, finest first; the first is C2.
        out_channels (int): of every level of the pyramid.

    Returns:
        Axes: the axes drawn in; one data unit is one inch of the new figure.

    Raises:
        ValueError: If there is no map.

    Example:
        >>> ax = draw.draw_fpn([(256, 64, 64), (512, 32, 32), (1024, 16, 16)], out_channels=256)

    Source: Lin et al. 2017 (Feature Pyramid Networks), figure 3.
    """
    if not shapes:
        raise ValueError("shapes must have at least one map, got none")
    top = len(shapes) * _ROW
    ax = figures.new_axes(9.2, top + _ROW + 0.1)
    for place, (channels, height, width) in enumerate(shapes):
        y, level, last = place * _ROW, place + 2, place == len(shapes) - 1
        half = 1.25 - 0.19 * place  # coarser maps are drawn narrower
        _draw_box(ax, _FROM, y, half, f"C{level}", f"{channels} × {height} × {width}", style.SKY)
        result = f"{out_channels} × {height} × {width}"
        _draw_box(ax, _TO, y, half, f"P{level}", result, style.ORANGE)
        _draw_arrow(ax, (_FROM + half, y), (_PLUS - _RADIUS, y), "1 × 1 convolution")
        _draw_arrow(ax, (_PLUS + _RADIUS, y), (_TO - half, y), "3 × 3 convolution")
        ax.add_patch(Circle((_PLUS, y), _RADIUS, facecolor=style.PAPER, edgecolor=style.INK))
        look: style.Look = {
            "ha": "center",
            "va": "center",
            "fontsize": style.TITLE,
            "color": style.INK,
        }
        ax.text(_PLUS, y - 0.01, "" if last else "+", **look)
        if not last:
            start, end = (_PLUS, y + _ROW - _RADIUS), (_PLUS, y + _RADIUS)
            _draw_arrow(ax, start, end, "repeated to the finer size", beside=True)
            _draw_arrow(ax, (_FROM, y + _HEIGHT / 2), (_FROM, y + _ROW - _HEIGHT / 2))
    _, height, width = shapes[-1]
    half, extra = 1.25 - 0.19 * len(shapes), (-(-height // 2), -(-width // 2))
    words = f"{out_channels} × {extra[0]} × {extra[1]}"
    _draw_box(ax, _TO, top, half, f"P{len(shapes) + 2}", words, style.ORANGE)
    start, end = (_TO, top - _ROW + _HEIGHT / 2), (_TO, top - _HEIGHT / 2)
    _draw_arrow(ax, start, end, "every second cell", beside=True)
    below: style.Look = {"fontsize": style.SMALL, "color": style.SOFT_INK, "ha": "center"}
    ax.text(_FROM, -0.45, "maps of the backbone", va="top", **below)
    ax.text(_TO, -0.45, "what the RPN and the heads read", va="top", **below)
    ax.set(xlim=(0.1, 9.3), ylim=(-0.4, top + 0.4))
    ax.set_label(
        f"Maps C2 to C{len(shapes) + 1} of the backbone, finest at the bottom; from each a 1 × 1 "
        "convolution to a sum with the repeated map from above, then a 3 × 3 convolution to P2 to "
        f"P{len(shapes) + 1}; P{len(shapes) + 2} is every second cell of the one below."
    )
    style.without_frame(ax)
    return ax


def _draw_box(ax: Axes, x: float, y: float, half: float, name: str, words: str, color: str) -> None:
    shape = "round,pad=0,rounding_size=0.06"
    corner = (x - half, y - _HEIGHT / 2)
    look: style.Look = {"facecolor": color + "55", "edgecolor": color}
    ax.add_patch(FancyBboxPatch(corner, 2 * half, _HEIGHT, boxstyle=shape, **look))
    text: style.Look = {"ha": "center", "color": style.INK}
    ax.text(x, y + 0.08, name, fontsize=style.TEXT, fontweight="bold", va="center", **text)
    ax.text(x, y - 0.11, words, fontsize=style.SMALL, va="center", **text)


def _draw_arrow(
    ax: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    words: str = "",
    *,
    beside: bool = False,
) -> None:
    look: style.Look = {"arrowstyle": "-|>", "mutation_scale": 10, "color": style.SOFT_INK}
    ax.add_patch(FancyArrowPatch(start, end, shrinkA=0, shrinkB=1, **look))
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    text: style.Look = {"fontsize": style.SMALL, "color": style.SOFT_INK}
    if beside:
        ax.text(x + 0.09, y, words, va="center", **text)
    else:
        ax.text(x, y + 0.05, words, ha="center", va="bottom", **text)


def draw_level_steps(sides: Sequence[float], levels: Mapping[str, Sequence[float]]) -> Axes:
    """Draw levels of the pyramid against the side of a square box, on a scale of doublings.

    Args:
        sides (sequence of float): in pixels, growing.
        levels (dict of sequence of float): by what they are; one for each side, such as 2 for P2.

    Returns:
        Axes: the axes drawn in.

    Raises:
        ValueError: If there are fewer than two sides, or not one level for each.

    Example:
        >>> sides = [56, 111, 112, 224, 448, 896]
        >>> ax = draw.draw_level_steps(sides, {"rounded down": [2, 2, 3, 4, 5, 5]})
        >>> print(ax.get_label())
        Levels against sides from 56 to 896 pixels: rounded down from 2 to 5.
    """
    if len(sides) < 2:
        raise ValueError(f"sides must have at least two values, got {len(sides)}")
    ax = figures.new_axes(6.4, 2.9)
    for (name, values), (color, linestyle) in zip(levels.items(), style.CURVES, strict=False):
        require_length(f"levels['{name}']", values, len(sides), "sides")
        ax.plot(sides, values, color=color, linestyle=linestyle, linewidth=style.LINE, label=name)
    every = np.concatenate([np.asarray(values, dtype=float) for values in levels.values()])
    low, high = int(np.floor(every.min())), int(np.ceil(every.max()))
    style.with_scales(ax, "side of a square box (pixels, each step doubles)", "level")
    ax.set_xscale("log", base=2)
    doublings = 224 * 2.0 ** np.arange(-8, 9)
    shown = doublings[(doublings >= sides[0]) & (doublings <= sides[-1])]
    ax.set_xticks(shown, [f"{side:g}" for side in shown])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_yticks(range(low, high + 1), [f"P{level}" for level in range(low, high + 1)])
    ax.legend(fontsize=style.TEXT, labelcolor=style.INK, frameon=False)
    words = [f"{name} from {min(v):.3g} to {max(v):.3g}" for name, v in levels.items()]
    ax.set_label(
        f"Levels against sides from {sides[0]:g} to {sides[-1]:g} pixels: {', '.join(words)}."
    )
    return ax
