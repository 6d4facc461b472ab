"""The R-CNN family side by side: what each member computes once, and what for every region.

Sources: Girshick et al. 2014 (R-CNN), Girshick 2015 (Fast R-CNN), Ren et al. 2015 (Faster R-CNN),
He et al. 2017 (Mask R-CNN; section 5 for keypoints).
"""

from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle

from rcnn_course.draw.base import figures, style

_COLUMN, _LEFT = 1.9, 0.5
_BOX_WIDTH, _BOX_HEIGHT, _STEP = 1.7, 0.44, 0.56
_ONCE_ROWS, _EACH_ROWS, _HEAD = 2, 4, 0.6


class Family(NamedTuple):
    """A member of the family; a step that starts with '*' is new with it."""

    name: str
    paper: str
    once: tuple[str, ...]
    for_each: tuple[str, ...]


FAMILIES = (
    Family(
        "R-CNN",
        "Girshick et al. 2014",
        ("*selective search",),
        ("*cut out and warp", "*convolutional network", "*class (SVMs)\nand box"),
    ),
    Family(
        "Fast R-CNN",
        "Girshick 2015",
        ("*convolutional network", "selective search"),
        ("*RoI pooling", "*fully connected layers", "*class (softmax)\nand box"),
    ),
    Family(
        "Faster R-CNN",
        "Ren et al. 2015",
        ("convolutional network", "*RPN, on its features"),
        ("RoI pooling", "fully connected layers", "class and box"),
    ),
    Family(
        "Mask R-CNN",
        "He et al. 2017",
        ("convolutional network", "RPN, on its features"),
        ("*RoIAlign", "fully connected layers", "class and box", "*convolutions: mask"),
    ),
    Family(
        "Keypoint R-CNN",
        "He et al. 2017, section 5",
        ("convolutional network", "RPN, on its features"),
        ("RoIAlign", "fully connected layers", "class and box", "*convolutions:\n17 keypoints"),
    ),
)


def draw_families(*, ax: Axes | None = None) -> Axes:
    """Draw the members from left to right; what is new with a member is lit.

    Args:
        ax (Axes, optional): where to draw; a new figure of 10 inches' width otherwise.

    Returns:
        Axes: the axes drawn in; one data unit is one inch of the new figure.

    Example:
        >>> ax = draw.draw_families()
        >>> draw.show(ax, caption="What is new with each member of the family is lit.")
    """
    each_top = _HEAD + _ONCE_ROWS * _STEP + 0.22
    height = each_top + _EACH_ROWS * _STEP + 0.1
    if ax is None:
        ax = figures.new_axes(style.NOTEBOOK_WIDTH, height)
    ax.set(xlim=(0, style.NOTEBOOK_WIDTH), ylim=(height, 0), aspect="equal")
    style.without_frame(ax)
    _draw_band(ax, _HEAD, _ONCE_ROWS, "once for\nthe picture")
    _draw_band(ax, each_top, _EACH_ROWS, "for each region")
    for column, family in enumerate(FAMILIES):
        middle = _LEFT + (column + 0.5) * _COLUMN
        centred: style.Look = {"ha": "center", "va": "center"}
        ax.text(middle, 0.17, family.name, fontsize=style.TITLE, fontweight="bold", **centred)
        ax.text(middle, 0.4, family.paper, fontsize=style.SMALL, color=style.SOFT_INK, **centred)
        for top, steps in ((_HEAD, family.once), (each_top, family.for_each)):
            for row, step in enumerate(steps):
                _draw_step(ax, middle, top + (row + 0.5) * _STEP, step)
    ax.set_label(_describe())
    return ax


def _draw_band(ax: Axes, top: float, rows: int, words: str) -> None:
    size = (style.NOTEBOOK_WIDTH, rows * _STEP)
    ax.add_patch(Rectangle((0, top), *size, facecolor=style.PANEL, edgecolor="none", zorder=1))
    look: style.Look = {
        "fontsize": style.SMALL,
        "color": style.SOFT_INK,
        "rotation": 90,
        "ha": "center",
    }
    ax.text(_LEFT / 2, top + rows * _STEP / 2, words, va="center", zorder=2, **look)


def _draw_step(ax: Axes, x: float, y: float, step: str) -> None:
    new = step.startswith("*")
    ax.add_patch(
        FancyBboxPatch(
            (x - _BOX_WIDTH / 2, y - _BOX_HEIGHT / 2),
            _BOX_WIDTH,
            _BOX_HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=style.BLUE if new else style.PAPER,
            edgecolor=style.BLUE if new else style.PANEL_EDGE,
            linewidth=style.THIN,
            zorder=3,
        )
    )
    ax.text(
        x,
        y,
        step.removeprefix("*"),
        fontsize=style.SMALL,
        fontweight="bold" if new else "normal",
        color=style.PAPER if new else style.INK,
        ha="center",
        va="center",
        zorder=4,
    )


def _describe() -> str:
    def listed(steps: tuple[str, ...]) -> str:
        return ", ".join(step.removeprefix("*").replace("\n", " ") for step in steps)

    return " ".join(
        f"{family.name}: once for the picture {listed(family.once)}; for each region "
        f"{listed(family.for_each)}."
        for family in FAMILIES
    )
