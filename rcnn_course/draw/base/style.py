"""One look for every picture of the course: colours, line widths, font sizes, contrast.

Colours: Okabe and Ito, "Color Universal Design", 2008, which readers with a colour vision
deficiency can tell apart; cividis (Nuñez, Anderton and Renslow, 2018) for values on a scale.
Nothing here touches matplotlib's global settings.
"""

from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patheffects import AbstractPathEffect, Normal, Stroke
from matplotlib.ticker import NullLocator

Look = dict[str, Any]
"""Keyword arguments of matplotlib, which differ from function to function."""

BLUE = "#0072B2"
ORANGE = "#E69F00"
VERMILION = "#D55E00"
SKY = "#56B4E9"
GREEN = "#009E73"
PURPLE = "#CC79A7"
GREY = "#8C8C8C"

INK = "#111111"
SOFT_INK = "#5F6670"
PANEL = "#F1F3F5"
PANEL_EDGE = "#CBD1D8"
PAPER = "#FFFFFF"

CATEGORIES = (ORANGE, SKY, GREEN, PURPLE, VERMILION, BLUE)
CURVES = ((BLUE, "-"), (VERMILION, "--"), (GREEN, "-."), (PURPLE, ":"), (INK, (0, (5, 1, 1, 1))))
SEQUENCE = "cividis"

THIN, LINE, THICK = 0.8, 1.8, 2.5
SMALL, TEXT, TITLE = 8.0, 9.5, 11.0

NOTEBOOK_WIDTH = 10.0
PICTURE = (7.0, 5.0)
DPI = 100


def category_color(index: int) -> str:
    """Return the colour of the category or instance with this index; colours repeat after six."""
    return CATEGORIES[index % len(CATEGORIES)]


def luminance(color: str) -> float:
    """Relative luminance from 0 (black) to 1 (white), as WCAG 2 defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 (equal) to 21 (black on white), as WCAG 2 defines it.

    Example:
        >>> round(draw.style.contrast("white", "black"), 1)
        21.0
    """
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def text_color(background: str) -> str:
    """Return whichever of white and near-black reads better on this background.

    Example:
        >>> draw.style.text_color(draw.style.BLUE), draw.style.text_color(draw.style.ORANGE)
        ('#FFFFFF', '#111111')
    """
    return max((PAPER, INK), key=lambda color: contrast(color, background))


def halo(linewidth: float, *, opacity: float = 0.55) -> list[AbstractPathEffect]:
    """Return a dark rim for a line of this width, so that it stands out from any picture."""
    return [Stroke(linewidth=linewidth + 1.2, foreground=INK, alpha=opacity), Normal()]


def without_frame(ax: Axes) -> None:
    """Take ticks and frame from an axes: a picture needs neither."""
    ax.set_axis_off()
    for axis in (ax.xaxis, ax.yaxis):  # or matplotlib makes ticks, unseen, to place a title above
        axis.set_major_locator(NullLocator())


def with_legend_beside(ax: Axes, loc: Literal["upper left", "center left"]) -> None:
    """Name what is drawn beside an axes: 'upper left' at its top, 'center left' half-way."""
    ax.legend(
        loc=loc,
        bbox_to_anchor=(1.01, {"upper left": 1.0, "center left": 0.5}[loc]),
        fontsize=TEXT,
        labelcolor=INK,
        frameon=False,
        handlelength=2.6,
    )


def with_scales(ax: Axes, xlabel: str, ylabel: str) -> None:
    """Give an axes of curves two quiet scales and a faint grid."""
    ax.set_xlabel(xlabel, fontsize=TEXT, color=SOFT_INK)
    ax.set_ylabel(ylabel, fontsize=TEXT, color=SOFT_INK)
    ax.tick_params(labelsize=SMALL, colors=SOFT_INK, length=0)
    ax.grid(color=PANEL_EDGE, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(PANEL_EDGE)
