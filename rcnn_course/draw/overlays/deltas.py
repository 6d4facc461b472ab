"""Deltas: how they move and stretch an anchor (Ren et al. 2015, Faster R-CNN, equation 2)."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from rcnn_course.draw.base import style
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

    Without a picture there are scales in pixels.

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

    Example:
        >>> anchors = torch.tensor([[20.0, 20, 60, 60]])
        >>> ax = draw.draw_delta(anchors, torch.tensor([[30.0, 20, 90, 70]]), labels=["person"])
    """
    starts, ends = require_boxes("anchors", anchors), require_boxes("boxes", boxes)
    require_length("boxes", ends, len(starts), "anchors")
    ax = ground(image, ax)
    look: style.Look = {
        "color": style.PAPER if image is not None else style.GREY,
        "linestyle": "--",
    }
    draw_boxes(anchors, ax=ax, linewidth=1.2, **look)
    draw_boxes(boxes, ax=ax, labels=labels, color=style.ORANGE)
    for start, end in zip(starts, ends, strict=True):
        tail, head = ((box[:2] + box[2:]) / 2 for box in (start, end))
        arrow = {"arrowstyle": "-|>", "color": style.VERMILION, "linewidth": style.LINE}
        arrow |= {"shrinkA": 0, "shrinkB": 0}
        ax.annotate("", xy=head, xytext=tail, arrowprops=arrow, zorder=5)
        ax.plot(*tail, "o", markersize=4, color=style.VERMILION, zorder=5)
    if image is None and len(starts):
        _set_scales(ax)
    if len(starts):
        _write_legend(ax, look)
    return ax


def _set_scales(ax: Axes) -> None:
    """Give the page scales in pixels, with some air around the boxes."""
    ax.set_axis_on()
    ax.margins(0.08)
    ax.autoscale_view()
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    style.with_scales(ax, "x (pixels)", "y (pixels)")


def _write_legend(ax: Axes, anchor: style.Look) -> None:
    looks = {"anchor": anchor | {"linewidth": 1.2}, "box": {"color": style.ORANGE}}
    handles = [
        Line2D([], [], label=name, path_effects=style.halo(style.LINE), **look)
        for name, look in looks.items()
    ]
    look: style.Look = {"fontsize": style.SMALL, "labelcolor": style.INK, "framealpha": 0.9}
    ax.legend(handles=handles, loc="lower right", **look).set_zorder(6)
