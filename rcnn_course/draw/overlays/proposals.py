"""The steps from anchors to proposals, each with the boxes that it leaves.

Letters: `R` boxes of a step.
"""

from collections.abc import Mapping
from math import ceil

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from rcnn_course.draw.base import style
from rcnn_course.draw.base.figures import open_figure
from rcnn_course.draw.base.images import show_image
from rcnn_course.draw.base.inputs import require_boxes
from rcnn_course.draw.base.outlines import outlines

_GAP, _TITLE = 0.15, 0.3  # inches


def draw_steps(
    image: Tensor, steps: Mapping[str, Tensor], *, columns: int = 3, margin: float = 0.0
) -> Figure:
    """Show the boxes that each step leaves, every step in a picture of its own.

    Args:
        image (Tensor[3, H, W]): the picture below.
        steps (dict of Tensor[R, 4]): boxes, xyxy in pixels, by what is written above them.
        columns (int): pictures in a row.
        margin (float): pixels of white paper around each picture, for boxes that reach out.

    Returns:
        Figure: with one axes for each step.

    Raises:
        TypeError: If a step is not a tensor.
        ValueError: If there is no step, or a shape or box is impossible.

    Example:
        >>> image, _ = GeneratedPeople(1)[0]
        >>> boxes = torch.tensor([[-20.0, 40, 60, 140], [30, 30, 110, 150], [32, 28, 112, 150]])
        >>> clipped = boxes.clamp(min=0)
        >>> figure = draw.draw_steps(
        ...     image, {"decoded": boxes, "clipped": clipped, "NMS": clipped[:2]}
        ... )
        >>> figure.axes[0].get_label()
        'Boxes on a picture after each step. decoded: 3, clipped: 3, NMS: 2.'
    """
    if not steps:
        raise ValueError("steps must have at least one step, got none")
    width, height = image.shape[-1] + 2 * margin, image.shape[-2] + 2 * margin
    columns = min(columns, len(steps))
    across = (style.NOTEBOOK_WIDTH - _GAP * (columns - 1)) / columns
    tall = across * height / width
    rows = ceil(len(steps) / columns)
    page = (style.NOTEBOOK_WIDTH, rows * (tall + _TITLE) + _GAP * (rows - 1))
    figure = open_figure(*page)
    for place, (name, boxes) in enumerate(steps.items()):
        row, column = divmod(place, columns)
        left = column * (across + _GAP)
        bottom = page[1] - (row + 1) * (tall + _TITLE) - row * _GAP
        share = (left / page[0], bottom / page[1], across / page[0], tall / page[1])
        ax = show_image(image, ax=figure.add_axes(share), fade=0.45)
        ax.set(xlim=(-margin, width - margin), ylim=(height - margin, -margin))
        ax.set_title(
            f"{name}: {len(boxes):,}", fontsize=style.TEXT, color=style.INK, loc="left", pad=3
        )
        draw_outlines(ax, boxes)
    counts = ", ".join(f"{name}: {len(boxes)}" for name, boxes in steps.items())
    figure.axes[0].set_label(f"Boxes on a picture after each step. {counts}.")
    return figure


def draw_outlines(
    ax: Axes,
    boxes: Tensor,
    *,
    color: str = style.ORANGE,
    linestyle: str = "-",
    linewidth: float = 1.1,
) -> None:
    """Draw the outlines of many boxes (Tensor[R, 4], xyxy in pixels) as one artist."""
    look: style.Look = {"edgecolors": color, "linestyles": linestyle, "linewidths": linewidth}
    ax.add_collection(outlines(require_boxes("boxes", boxes), zorder=3, **look))
