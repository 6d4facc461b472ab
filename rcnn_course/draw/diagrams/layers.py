"""Layers one after another: what each does, what leaves it, and a shortcut past some of them."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch

from rcnn_course.draw.base import figures, style

_COLUMN, _GAP, _HIGH, _RADIUS = 1.0, 0.32, 0.5, 0.18


def draw_layers(
    layers: Sequence[tuple[str, str, str]],
    *,
    entry: str = "",
    shortcut: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw layers from left to right.

    Args:
        layers (sequence of (str, str, str)): name, what the layer does, what leaves it. A layer
            with the name '+' is drawn as a sum.
        entry (str): what goes in.
        shortcut (str, optional): words on an arrow from the entry to the sum.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        ValueError: If there is no layer, or a shortcut without exactly one sum.

    Example:
        >>> layers = [("conv1", "3 × 3", "64 channels"), ("ReLU", "", ""), ("+", "", "64 channels")]
        >>> ax = draw.draw_layers(layers, entry="64 channels", shortcut="identity")
        >>> print(ax.get_label())
        Layers from left to right: conv1 3 × 3, ReLU, +. 64 channels goes in. conv1 gives 64
        channels; + gives 64 channels. A shortcut, identity, leads to the sum.
    """
    layers = list(layers)
    if not layers:
        raise ValueError("layers must have at least one layer, got none")
    sums = [index for index, (name, _, _) in enumerate(layers) if name == "+"]
    if shortcut is not None and len(sums) != 1:
        raise ValueError(f"a shortcut needs one layer called '+' to end at, got {len(sums)}")
    step = _COLUMN + _GAP
    width = len(layers) * step + _GAP + 0.3
    bottom, top = -0.62, 0.62 if shortcut is None else 1.05
    if ax is None:
        scale = min(1.0, style.NOTEBOOK_WIDTH / width)
        ax = figures.new_axes(width * scale, (top - bottom) * scale)
    ax.set(xlim=(-_GAP - 0.3, width - _GAP - 0.3), ylim=(bottom, top), aspect="equal")
    ax.set_label(_describe(layers, entry, shortcut))
    style.without_frame(ax)
    _arrow(ax, (-_GAP - 0.15, 0), (0, 0))
    ax.text(-_GAP - 0.15, -_HIGH / 2 - 0.08, entry, **_small("left"))
    for index, (name, does, gives) in enumerate(layers):
        left = index * step
        _draw_layer(ax, left + _COLUMN / 2, name, does)
        following = layers[index + 1][0] if index + 1 < len(layers) else ""
        _arrow(ax, (left + _COLUMN - _inset(name), 0), (left + step + _inset(following), 0))
        ax.text(left + _COLUMN / 2, -_HIGH / 2 - 0.08, gives, **_small("center"))
    if shortcut is not None:
        _draw_shortcut(ax, sums[0] * step + _COLUMN / 2, shortcut)
    return ax


def _inset(name: str) -> float:
    """Return how far inside its column a layer begins: the circle of a sum is small."""
    return _COLUMN / 2 - _RADIUS if name == "+" else 0.0


def _describe(layers: Sequence[tuple[str, str, str]], entry: str, shortcut: str | None) -> str:
    words = [" ".join(filter(None, (name, does))) for name, does, _ in layers]
    gives = [f"{name} gives {out.replace(chr(10), ', ')}" for name, _, out in layers if out]
    text = f"Layers from left to right: {', '.join(words)}.".replace("\n", " ")
    text += f" {entry.replace(chr(10), ', ')} goes in." if entry else ""
    text += f" {'; '.join(gives)}." if gives else ""
    return text + (f" A shortcut, {shortcut}, leads to the sum." if shortcut else "")


def _small(align: str) -> style.Look:
    return {"fontsize": style.SMALL, "color": style.SOFT_INK, "ha": align, "va": "top"}


def _draw_layer(ax: Axes, x: float, name: str, does: str) -> None:
    if name == "+":
        ax.add_patch(Circle((x, 0), _RADIUS, facecolor=style.ORANGE, edgecolor=style.INK, zorder=3))
        ax.text(x, 0, "+", fontsize=14, color=style.INK, ha="center", va="center", zorder=4)
        return
    corner = (x - _COLUMN / 2, -_HIGH / 2)
    look: style.Look = {"facecolor": style.PANEL, "edgecolor": style.BLUE, "linewidth": style.THIN}
    shape = "round,pad=0,rounding_size=0.06"
    ax.add_patch(FancyBboxPatch(corner, _COLUMN, _HIGH, boxstyle=shape, zorder=3, **look))
    middle: style.Look = {"ha": "center", "va": "center", "zorder": 4}
    ax.text(x, 0.1 if does else 0, name, color=style.INK, fontsize=9.5, fontweight="bold", **middle)
    ax.text(x, -0.11, does, color=style.SOFT_INK, fontsize=style.SMALL, **middle)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    look: style.Look = {
        "arrowstyle": "-|>,head_length=0.35,head_width=0.18",
        "color": style.GREY,
        "lw": 1.3,
    }
    ax.annotate("", end, start, arrowprops={**look, "shrinkA": 0, "shrinkB": 0}, zorder=2)


def _draw_shortcut(ax: Axes, x: float, words: str) -> None:
    start, height = -_GAP / 2 - 0.08, 0.62
    line: style.Look = {"color": style.BLUE, "linewidth": style.LINE, "zorder": 2}
    ax.plot([start, start, x, x], [0, height, height, 0.34], solid_joinstyle="round", **line)
    look: style.Look = {"arrowstyle": "-|>,head_length=0.4,head_width=0.2", "color": style.BLUE}
    ax.annotate("", (x, _RADIUS), (x, 0.4), arrowprops={**look, "shrinkA": 0, "shrinkB": 0})
    text: style.Look = {
        "fontsize": style.SMALL,
        "color": style.BLUE,
        "ha": "center",
        "va": "bottom",
    }
    ax.text((start + x) / 2, height + 0.06, words, **text)
