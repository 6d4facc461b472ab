"""The box head: its layers, and a box as a delta from its proposal."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle
from torch import Tensor

from rcnn_course.draw.base import figures, style
from rcnn_course.draw.base.inputs import require_boxes, require_tensor


def draw_box_head(
    *, channels: int = 256, bins: int = 7, hidden: int = 1024, classes: int = 91
) -> Axes:
    """Draw the two layers and the two predictors with the number of values that each gives out.

    Args:
        channels (int): of a RoI's features.
        bins (int): of a RoI, down and across.
        hidden (int): outputs of each of the two layers.
        classes (int): of the predictor, the background included.

    Returns:
        Axes: the axes drawn in; one data unit is one inch of the new figure.

    Example:
        >>> ax = draw.draw_box_head(classes=5)
        >>> print(ax.get_label())
        The box head: 256 × 7 × 7 = 12,544 values of a RoI go through fc6 and fc7, 1,024 values
        each, to cls_score with 5 class logits and to bbox_pred with 20 box deltas.

    Source: torchvision `TwoMLPHead` and `FastRCNNPredictor`.
    """
    inputs = channels * bins**2
    stations = [
        (0.85, 1.0, "RoI", f"{channels} × {bins} × {bins}", style.PANEL),
        (2.65, 1.0, "flat", f"{inputs:,}", style.PANEL),
        (4.45, 1.0, "fc6, ReLU", f"{hidden:,}", style.BLUE),
        (6.25, 1.0, "fc7, ReLU", f"{hidden:,}", style.BLUE),
        (8.35, 1.55, "cls_score", f"{classes:,} class logits", style.GREEN),
        (8.35, 0.45, "bbox_pred", f"{4 * classes:,} box deltas", style.GREEN),
    ]
    ax = figures.new_axes(9.4, 2.2)
    ax.set(xlim=(0, 9.4), ylim=(0, 2.2))
    style.without_frame(ax)
    for x, y, name, makes, color in stations:
        _station(ax, x, y, name, makes, color)
    above: style.Look = {"fontsize": style.TEXT, "color": style.INK, "ha": "center"}
    for x, y, part in [(5.35, 1.0, "TwoMLPHead"), (8.35, 1.55, "FastRCNNPredictor")]:
        ax.text(x, y + _HALF_HEIGHT + 0.08, part, **above)
    for start, end in [(0, 1), (1, 2), (2, 3), (3, 4), (3, 5)]:
        (x0, y0, *_), (x1, y1, *_) = stations[start], stations[end]
        arrow = {"arrowstyle": "-|>", "color": style.GREY, "linewidth": 1.3}
        ends = (x1 - _HALF_WIDTH - 0.02, y1), (x0 + _HALF_WIDTH + 0.02, y0)
        ax.annotate("", *ends, arrowprops=arrow)
    ax.set_label(
        f"The box head: {channels} × {bins} × {bins} = {inputs:,} values of a RoI go through fc6 "
        f"and fc7, {hidden:,} values each, to cls_score with {classes:,} class logits and to "
        f"bbox_pred with {4 * classes:,} box deltas."
    )
    return ax


_HALF_WIDTH, _HALF_HEIGHT = 0.7, 0.36


def _station(ax: Axes, x: float, y: float, name: str, makes: str, color: str) -> None:
    ax.add_patch(
        FancyBboxPatch(
            (x - _HALF_WIDTH, y - _HALF_HEIGHT),
            2 * _HALF_WIDTH,
            2 * _HALF_HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=color,
            edgecolor=style.PANEL_EDGE if color == style.PANEL else color,
            linewidth=style.THIN,
        )
    )
    look: style.Look = {"ha": "center", "va": "center", "color": style.text_color(color)}
    ax.text(x, y + 0.13, name, fontsize=10, fontweight="bold", **look)
    ax.text(x, y - 0.13, makes, fontsize=style.SMALL, **look)


def draw_encoding(proposal: Tensor, box: Tensor, *, ax: Axes | None = None) -> Axes:
    """Draw how a box differs from its proposal: the way of its centre and the two pairs of sides.

    Args:
        proposal (Tensor[4]): xyxy in pixels; dashed grey.
        box (Tensor[4]): xyxy in pixels; solid orange.
        ax (Axes, optional): where to draw, y downwards; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        TypeError: If an argument is not a tensor.
        ValueError: If one is not a box.

    Example:
        >>> proposal, box = torch.tensor([10.0, 10, 50, 90]), torch.tensor([20.0, 10, 80, 110])
        >>> print(draw.draw_encoding(proposal, box).get_label())
        A proposal of 40 × 80 pixels and a true box of 60 × 100 pixels, whose centre lies 20 pixels
        to the right and 10 pixels down.
    """
    both = [require_tensor(name, v, (4,)) for name, v in (("proposal", proposal), ("box", box))]
    corners = np.concatenate([require_boxes("box", of_one[None]) for of_one in both])
    sides, centres = corners[:, 2:] - corners[:, :2], (corners[:, :2] + corners[:, 2:]) / 2
    ax = ax or figures.new_axes(4.6, 4.2)
    looks = [(style.GREY, "--", "proposal"), (style.ORANGE, "-", "true box")]
    for (x1, y1, *_), (width, height), (color, line, name) in zip(
        corners, sides, looks, strict=True
    ):
        frame: style.Look = {
            "edgecolor": color,
            "linestyle": line,
            "linewidth": style.THICK,
            "label": name,
        }
        ax.add_patch(Rectangle((x1, y1), width, height, fill=False, **frame))
    for (x, y), (color, *_) in zip(centres, looks, strict=True):
        ax.plot(x, y, "o", color=color, markersize=7, zorder=4)
    arrow = {"arrowstyle": "-|>", "color": style.VERMILION, "linewidth": 1.6}
    ax.annotate("", centres[1], centres[0], arrowprops=arrow, zorder=5)
    _write_sizes(ax, corners, sides)
    low, high = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
    air = 0.16 * (high - low).max()
    ax.set(xlim=(low[0] - air, high[0] + 1.6 * air), ylim=(high[1] + air, low[1] - air))
    ax.set_aspect("equal")
    style.with_scales(ax, "x (pixels)", "y (pixels)")
    ax.legend(loc="lower left", fontsize=style.SMALL, labelcolor=style.INK, framealpha=0.9)
    shift = centres[1] - centres[0]
    ax.set_label(
        f"A proposal of {_pair(sides[0])} pixels and a true box of {_pair(sides[1])} pixels, whose "
        f"centre lies {shift[0]:g} pixels to the right and {shift[1]:g} pixels down."
    )
    return ax


def _pair(values: np.ndarray) -> str:
    return f"{values[0]:g} × {values[1]:g}"


def _write_sizes(ax: Axes, corners: np.ndarray, sides: np.ndarray) -> None:
    """Write width above and height beside each box."""
    for (x1, y1, x2, y2), (width, height), color in zip(
        corners, sides, (style.SOFT_INK, style.INK), strict=True
    ):
        words: style.Look = {"fontsize": style.SMALL, "color": color}
        first = color == style.SOFT_INK
        place = (x1, y1, "left") if first else (x2, y1, "right")
        ax.text(place[0], place[1], f"w {width:g}", ha=place[2], va="bottom", **words)
        side = (x1, "right") if first else (x2, "left")
        ax.text(side[0], (y1 + y2) / 2, f" h {height:g} ", ha=side[1], va="center", **words)
