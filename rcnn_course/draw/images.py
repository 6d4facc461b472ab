"""A picture as the ground that everything else is drawn on.

Coordinates are torchvision's: pixels, x to the right and y down, with the corner of the picture
at (0, 0); the pixel in row i and column j covers [j, j + 1] x [i, i + 1].
"""

import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor

from rcnn_course.draw import figures, style
from rcnn_course.draw.inputs import require_tensor


def show_image(
    image: Tensor, *, ax: Axes | None = None, title: str = "", fade: float = 0.0
) -> Axes:
    """Show a picture with its corner at (0, 0), ready for boxes to be drawn on.

    Args:
        image (Tensor[3, H, W] or [1, H, W]): uint8 from 0 to 255, or float from 0 to 1.
        ax (Axes, optional): where to draw; a new figure otherwise.
        title (str): a line above the picture.
        fade (float): from 0, as it is, to 1, white: calms a picture that much is drawn on.

    Returns:
        Axes: the axes drawn in.

    Raises:
        TypeError: where `image` is not a tensor of uint8 or float.
        ValueError: where its shape or its range of values is another one.
    """
    pixels = to_pixels(image, fade=fade)
    height, width = pixels.shape[:2]
    if ax is None:
        scale = min(style.PICTURE[0] / width, style.PICTURE[1] / height)
        ax = figures.new_axes(width * scale, height * scale)
    ax.imshow(pixels, extent=(0, width, height, 0))
    ax.autoscale(False)
    if title:
        ax.set_title(title, fontsize=style.TITLE, color=style.INK, loc="left")
    style.without_frame(ax)
    return ax


def to_pixels(image: Tensor, *, fade: float = 0.0) -> np.ndarray:
    """Return a picture as a uint8 array [H, W, 3]; arguments and errors as `show_image`."""
    if not 0 <= fade <= 1:
        raise ValueError(f"fade must be from 0 to 1, got {fade}")
    image = require_tensor("image", image, (3, "H", "W"), (1, "H", "W"))
    if not image.numel():
        raise ValueError(f"image must have at least one pixel, got {list(image.shape)}")
    if image.is_floating_point():
        low, high = image.min().item(), image.max().item()
        if not (low >= -1e-3 and high <= 1 + 1e-3):
            raise ValueError(
                f"image must be float from 0 to 1, got {low:.3g} to {high:.3g}; undo the "
                "normalisation (image * std + mean) or the scale (image / 255) first"
            )
        image = (image.clamp(0, 1) * 255).round()
    elif image.dtype != torch.uint8:
        raise TypeError(f"image must be uint8 or float, got {image.dtype}")
    pixels = image.to(torch.uint8).expand(3, -1, -1).permute(1, 2, 0).numpy()
    return (255 - (255 - pixels) * (1 - fade)).astype(np.uint8) if fade else pixels


def ground(image: Tensor | None, ax: Axes | None) -> Axes:
    """Return axes to draw on: with the picture shown, as given, or of a new blank page."""
    if image is not None:
        return show_image(image, ax=ax)
    if ax is None:
        ax = figures.new_axes(style.PICTURE[1], style.PICTURE[1])
        ax.set_aspect("equal")
        ax.invert_yaxis()
        style.without_frame(ax)
    return ax
