"""Boxes with labels and scores."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from rcnn_course.draw.base import style, tags
from rcnn_course.draw.base.images import ground
from rcnn_course.draw.base.inputs import require_boxes


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
        TypeError: If `boxes` or `image` is not a tensor.
        ValueError: If a shape, a length or a box is impossible, or a label has no name.

    Example:
        >>> image, target = GeneratedPeople(1)[0]
        >>> ax = draw.draw_boxes(
        ...     target["boxes"], image=image, labels=target["labels"], categories=CATEGORIES
        ... )
        >>> ax = draw.draw_boxes(
        ...     torch.tensor([[20.0, 30, 90, 150]]), labels=["mine"], ax=ax, color="white"
        ... )
    """
    corners = require_boxes("boxes", boxes)
    words = tags.describe(len(corners), labels=labels, scores=scores, categories=categories)
    colors = [color or style.category_color(index) for index in range(len(corners))]
    ax = ground(image, ax)
    for (x1, y1, x2, y2), tone in zip(corners, colors, strict=True):
        ax.add_artist(
            Rectangle(
                (x1, y1),
                x2 - x1,
                y2 - y1,
                fill=False,
                edgecolor=tone,
                linestyle=linestyle,
                linewidth=linewidth,
                path_effects=style.halo(linewidth),
                zorder=3,
            )
        )
    if len(corners):
        ax.update_datalim(corners.reshape(-1, 2))
        ax.autoscale_view()
    tags.write_tags(ax, corners, words, colors)
    return ax
