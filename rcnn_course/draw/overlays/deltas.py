"""Deltas: how they move and stretch an anchor, and what an error in them costs.

Source: Ren et al. 2015 (Faster R-CNN), equation 2; Girshick 2015 (Fast R-CNN), equation 3.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from torch import Tensor

from rcnn_course.draw.base import figures, style
from rcnn_course.draw.base.images import ground
from rcnn_course.draw.base.inputs import require_boxes, require_length
from rcnn_course.draw.overlays.boxes import draw_boxes


def draw_delta(
    anchors: Tensor,
    boxes: Tensor,
    *,
    image: Tensor | None = None,
    labels: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw anchors (dashed) and the boxes that deltas make of them, centre tied to centre.

    Args:
        anchors (Tensor[R, 4]): xyxy in pixels.
        boxes (Tensor[R, 4]): xyxy in pixels; row i was made of anchor i.
        image (Tensor[3, H, W], optional): the picture to show below.
        labels (sequence of R str, optional): written at the boxes.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        TypeError: If an argument is not a tensor.
        ValueError: If a shape or a box is impossible, or the numbers of rows differ.
    """
    starts, ends = require_boxes("anchors", anchors), require_boxes("boxes", boxes)
    require_length("boxes", ends, len(starts), "anchors")
    ax = ground(image, ax)
    look = {"color": style.PAPER if image is not None else style.GREY, "linestyle": "--"}
    draw_boxes(anchors, ax=ax, linewidth=1.2, **look)
    draw_boxes(boxes, ax=ax, labels=labels, color=style.ORANGE)
    for start, end in zip(starts, ends, strict=True):
        tail, head = ((box[:2] + box[2:]) / 2 for box in (start, end))
        arrow = {"arrowstyle": "-|>", "color": style.VERMILLION, "linewidth": style.LINE}
        arrow |= {"shrinkA": 0, "shrinkB": 0}
        ax.annotate("", xy=head, xytext=tail, arrowprops=arrow, zorder=5)
        ax.plot(*tail, "o", markersize=4, color=style.VERMILLION, zorder=5)
    return ax


def draw_smooth_l1(betas: Sequence[float], *, largest: float = 1.5, ax: Axes | None = None) -> Axes:
    """Draw the smooth L1 loss against the error, and where it turns from a parabola to a line.

    Args:
        betas (sequence of float): error at which each curve becomes straight; 0 is plain L1.
        largest (float): error up to which to draw.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        ValueError: If there are more than five curves, or a beta is negative.

    Source: torch.nn.functional.smooth_l1_loss.
    """
    if len(betas) > len(style.CURVES) or any(beta < 0 for beta in betas):
        raise ValueError(f"betas must be at most {len(style.CURVES)} numbers >= 0, got {betas}")
    ax = ax or figures.new_axes(5.0, 2.8)
    error = np.linspace(-largest, largest, 601)
    for beta, (color, linestyle) in zip(betas, style.CURVES, strict=False):
        size = np.abs(error)
        loss = np.where(size < beta, 0.5 * size**2 / (beta or 1), size - 0.5 * beta)
        name = f"beta = {beta:.2g}"
        ax.plot(error, loss, color=color, linestyle=linestyle, linewidth=style.LINE, label=name)
        turn = np.array([-beta, beta])
        ax.plot(turn, [0.5 * beta] * 2, "o", color=color, markersize=5)
    style.with_scales(ax, "predicted delta minus target", "loss")
    look = {"fontsize": style.TEXT, "labelcolor": style.INK, "frameon": False, "handlelength": 2.6}
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), **look)
    return ax
