"""Boxes with labels and scores, masks and keypoints, as torchvision's detectors return them."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from rcnn_course.draw import style
from rcnn_course.draw.images import ground
from rcnn_course.draw.inputs import require_boxes, require_length


def draw_boxes(
    boxes: Tensor,
    *,
    image: Tensor | None = None,
    labels: Tensor | Sequence[str] | None = None,
    scores: Tensor | None = None,
    categories: Sequence[str] | None = None,
    color: str | None = None,
    linestyle: str = "-",
    linewidth: float = style.LINE,
    ax: Axes | None = None,
) -> Axes:
    """Draw boxes with what is known of each written at its corner.

    Args:
        boxes (Tensor[R, 4]): xyxy in pixels.
        image (Tensor[3, H, W], optional): the picture to show below.
        labels (Tensor[R] or sequence of str, optional): category numbers, or words.
        scores (Tensor[R], optional): from 0 to 1, written with two digits.
        categories (sequence of str, optional): the name of each category number, such as
            `weights.meta["categories"]`.
        color (str, optional): one colour for all; otherwise each box has its own.
        linestyle (str): as matplotlib's; tells groups of boxes apart without colour.
        linewidth (float): in points.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        TypeError: where `boxes` or `image` is not a tensor.
        ValueError: where a shape, a length or a box is impossible.
    """
    corners = require_boxes("boxes", boxes)
    words = describe(len(corners), labels=labels, scores=scores, categories=categories)
    ax = ground(image, ax)
    for index, ((x1, y1, x2, y2), text) in enumerate(zip(corners, words, strict=True)):
        tone = color or style.category_color(index)
        look = {"edgecolor": tone, "linestyle": linestyle, "linewidth": linewidth}
        ax.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, zorder=3, **look))
        if text:
            write_tag(ax, x1, y1, text, tone)
    if len(corners) and not ax.images:
        ax.autoscale_view()
    return ax


def describe(
    count: int,
    *,
    labels: Tensor | Sequence[str] | None = None,
    scores: Tensor | None = None,
    categories: Sequence[str] | None = None,
) -> list[str]:
    """Return the words at each of `count` boxes, such as 'person 0.98'; '' where none are known."""
    words: list[list[str]] = [[] for _ in range(count)]
    if labels is not None:
        require_length("labels", labels, count, "boxes")
        for place, label in zip(words, labels, strict=True):
            place.append(_name(label, categories))
    if scores is not None:
        require_length("scores", scores, count, "boxes")
        for place, score in zip(words, scores, strict=True):
            place.append(f"{float(score):.2f}")
    return [" ".join(place) for place in words]


def write_tag(ax: Axes, x: float, y: float, text: str, color: str) -> None:
    """Write a filled tag whose lower left corner is at (x, y), moved so that it stays inside."""
    tag = ax.annotate(
        text,
        (x, y),
        xytext=(0, 0),
        textcoords="offset points",
        fontsize=style.SMALL,
        color=style.text_color(color),
        ha="left",
        va="bottom",
        zorder=4,
        bbox={"boxstyle": "square,pad=0.2", "facecolor": color, "edgecolor": "none"},
    )
    extent = tag.get_window_extent()
    frame = ax.get_window_extent()
    pad = 0.2 * style.SMALL * ax.figure.dpi / 72
    dx = max(frame.x0 + pad, min(extent.x0 + pad, frame.x1 - extent.width - pad)) - extent.x0
    dy = max(frame.y0 + pad, min(extent.y0 + pad, frame.y1 - extent.height - pad)) - extent.y0
    tag.set_position((dx * 72 / ax.figure.dpi, dy * 72 / ax.figure.dpi))


def _name(label: Tensor | int | str, categories: Sequence[str] | None) -> str:
    if isinstance(label, str):
        return label
    number = int(label)
    if categories is None:
        return str(number)
    if not 0 <= number < len(categories):
        raise ValueError(f"labels must be from 0 to {len(categories) - 1}, got {number}")
    return categories[number]
