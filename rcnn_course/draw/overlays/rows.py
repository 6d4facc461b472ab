"""Pictures side by side: what goes in, what comes out."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from torch import Tensor

from rcnn_course.draw.base import style
from rcnn_course.draw.base.figures import open_figure
from rcnn_course.draw.base.images import show_image
from rcnn_course.draw.overlays.boxes import draw_boxes


def show_row(
    pictures: Mapping[str, Tensor], *, box: Tensor | None = None, height: float = 2.2
) -> Figure:
    """Show pictures of any size side by side, all equally high, each with a line above it.

    Args:
        pictures (dict of Tensor[3, H, W]): by what is written above them. Of a float picture,
            which an exercise may have made, values outside 0 to 1 are cut off.
        box (Tensor[4], optional): drawn on the first picture, xyxy in its pixels.
        height (float): of each picture in inches.

    Returns:
        Figure: with one axes for each picture.

    Raises:
        ValueError: If there is no picture, or a shape is another one.

    Example:
        >>> image, target = GeneratedPeople(1)[0]
        >>> x1, y1, x2, y2 = target["boxes"][0].int().tolist()
        >>> pictures = {"picture": image, "cut out": image[:, y1:y2, x1:x2]}
        >>> figure = draw.show_row(pictures, box=target["boxes"][0])
    """
    if not pictures:
        raise ValueError("pictures must have at least one picture, got none")
    widths = [height * picture.shape[-1] / picture.shape[-2] for picture in pictures.values()]
    gap = 0.25
    total = sum(widths) + gap * (len(widths) - 1)
    figure = open_figure(total, height)
    left = 0.0
    for (title, picture), width in zip(pictures.items(), widths, strict=True):
        ax = figure.add_axes((left / total, 0, width / total, 1))
        show_image(picture.clamp(0, 1) if picture.is_floating_point() else picture, ax=ax)
        ax.set_title(title, fontsize=style.TEXT, color=style.INK, loc="left")
        left += width + gap
    if box is not None:
        draw_boxes(box[None], ax=figure.axes[0], color=style.BLUE, linewidth=style.THICK)
    return figure
