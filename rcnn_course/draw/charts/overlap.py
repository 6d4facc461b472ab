"""Two boxes and what they share: the picture behind intersection over union."""

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from rcnn_course.draw.base import figures, style
from rcnn_course.draw.base.inputs import require_boxes

_WIDTH, _MARGIN = 5.0, 1.0


def draw_overlap(box1: Tensor, box2: Tensor, *, ax: Axes | None = None) -> Axes:
    """Draw two boxes on squared paper, their intersection hatched, with the three areas.

    Args:
        box1 (Tensor[4]): xyxy in squares; solid blue.
        box2 (Tensor[4]): xyxy in squares; dashed orange.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        TypeError: If a box is not a tensor.
        ValueError: If it is not a box.

    Example:
        >>> ax = draw.draw_overlap(torch.tensor([0.0, 0, 4, 4]), torch.tensor([2.0, 1, 6, 5]))
        >>> ax.get_label()
        'Two boxes, (0, 0, 4, 4) and (2, 1, 6, 5), that share 2 by 3 squares.'
    """
    corners = require_boxes("box1 and box2", torch.stack([box1, box2]))
    low, high = corners[:, :2].min(axis=0) - _MARGIN, corners[:, 2:].max(axis=0) + _MARGIN
    if ax is None:
        across, down = high - low
        ax = figures.new_axes(_WIDTH, _WIDTH * down / across)
    ax.set(xlim=(low[0], high[0]), ylim=(high[1], low[1]), aspect="equal")
    _rule(ax, low, high)
    shared = np.concatenate([corners[:, :2].max(axis=0), corners[:, 2:].min(axis=0)])
    if (shared[2:] > shared[:2]).all():
        _fill(ax, shared, style.GREEN, hatch="///")
        _write_area(ax, shared, style.GREEN, at=(0.5, 0.5))
    for box, color, line, at in zip(
        corners, (style.BLUE, style.ORANGE), ("-", "--"), ((0.0, 0.0), (1.0, 1.0)), strict=True
    ):
        _outline(ax, box, color, line)
        _write_area(ax, box, color, at=at)
    ax.set_label(_describe(corners, shared))
    return ax


def _rule(ax: Axes, low: np.ndarray, high: np.ndarray) -> None:
    """Show whole numbers along both axes and faint lines between the squares."""
    ax.set_xticks(np.arange(np.ceil(low[0]), high[0] + 1))
    ax.set_yticks(np.arange(np.ceil(low[1]), high[1] + 1))
    ax.tick_params(labelsize=style.SMALL, colors=style.SOFT_INK, length=0)
    ax.grid(color=style.PANEL_EDGE, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.spines[:].set_visible(False)
    ax.set(xlim=(low[0], high[0]), ylim=(high[1], low[1]))
    ax.set_xlabel("x", fontsize=style.TEXT, color=style.SOFT_INK)
    ax.set_ylabel("y", fontsize=style.TEXT, color=style.SOFT_INK, rotation=0)


def _size(box: np.ndarray) -> np.ndarray:
    return box[2:] - box[:2]


def _fill(ax: Axes, box: np.ndarray, color: str, *, hatch: str) -> None:
    look: style.Look = {"facecolor": f"{color}33", "edgecolor": color, "linewidth": 0, "zorder": 2}
    ax.add_patch(Rectangle((box[0], box[1]), *_size(box), hatch=hatch, **look))


def _outline(ax: Axes, box: np.ndarray, color: str, linestyle: str) -> None:
    look: style.Look = {"edgecolor": color, "linestyle": linestyle, "linewidth": style.THICK}
    ax.add_patch(Rectangle((box[0], box[1]), *_size(box), zorder=3, fill=False, **look))


def _write_area(ax: Axes, box: np.ndarray, color: str, *, at: tuple[float, float]) -> None:
    """Write width × height = area at a place inside the box, from (0, 0) to (1, 1)."""
    x, y = box[:2] + np.array(at) * _size(box)
    width, height = _size(box)
    side = {0.0: 1, 0.5: 0, 1.0: -1}
    ax.annotate(
        f"{width:g} × {height:g} = {width * height:g}",
        (x, y),
        xytext=(8 * side[at[0]], -8 * side[at[1]]),
        textcoords="offset points",
        ha={0.0: "left", 0.5: "center", 1.0: "right"}[at[0]],
        va={0.0: "top", 0.5: "center", 1.0: "bottom"}[at[1]],
        fontsize=style.TEXT,
        color=style.text_color(color),
        bbox={"boxstyle": "square,pad=0.2", "facecolor": color, "edgecolor": "none"},
        zorder=4,
    )


def _describe(corners: np.ndarray, shared: np.ndarray) -> str:
    boxes = " and ".join(f"({', '.join(f'{value:g}' for value in box)})" for box in corners)
    width, height = _size(shared).clip(min=0)
    return f"Two boxes, {boxes}, that share {width:g} by {height:g} squares."
