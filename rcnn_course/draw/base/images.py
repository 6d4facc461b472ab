"""A picture as the ground that everything else is drawn on.

Coordinates are torchvision's: pixels, x to the right and y down, with the corner of the picture
at (0, 0); the pixel in row i and column j covers [j, j + 1] x [i, i + 1].
"""

from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.image import AxesImage
from matplotlib.transforms import Bbox
from PIL import Image
from torch import Tensor

from rcnn_course.draw.base import figures, style
from rcnn_course.draw.base.inputs import require_tensor


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
        TypeError: If `image` is not a tensor of uint8 or float.
        ValueError: If its shape or its range of values is another one.

    Example:
        >>> ax = draw.show_image(grace_hopper(), title="Grace Hopper", fade=0.3)
    """
    pixels = to_pixels(image, fade=fade)
    height, width = pixels.shape[:2]
    if ax is None:
        scale = min(style.PICTURE[0] / width, style.PICTURE[1] / height)
        ax = figures.new_axes(width * scale, height * scale)
    photo = Photo(ax, origin="upper", extent=(0, width, height, 0))
    photo.set_data(pixels)
    photo.set_clip_path(ax.patch)
    ax.add_image(photo)
    ax.set(xlim=(0, width), ylim=(height, 0), aspect="equal", autoscale_on=False)
    if title:
        ax.set_title(title, fontsize=style.TITLE, color=style.INK, loc="left")
    style.without_frame(ax)
    return ax


class Photo(AxesImage):
    """A picture [H, W, 3] of uint8 that Pillow resizes, which is much quicker than matplotlib.

    The edges of what is in view lie on whole pixels of the canvas. As in matplotlib, the pixels of
    a picture that is enlarged three times or more are shown as squares.
    """

    def make_image(
        self, renderer: RendererBase, magnification: float = 1.0, unsampled: bool = False
    ) -> tuple[np.ndarray, float, float, Any]:
        """Return RGBA pixels, from the lowest row up, and where their lower left corner goes."""
        whole = self.get_window_extent(renderer)
        view = Bbox.intersection(whole, self.axes.bbox)
        if unsampled or magnification != 1 or view is None:
            return super().make_image(renderer, magnification, unsampled)
        (left, low), (right, high) = np.round([view.min, view.max]).astype(int)
        right, high = max(right, left + 1), max(high, low + 1)
        picture = Image.fromarray(np.asarray(self.get_array()))
        across, down = whole.width / picture.width, whole.height / picture.height
        x = np.clip([(left - whole.x0) / across, (right - whole.x0) / across], 0, picture.width)
        y = np.clip([(whole.y1 - high) / down, (whole.y1 - low) / down], 0, picture.height)
        how = Image.Resampling.NEAREST if min(across, down) >= 3 else Image.Resampling.BICUBIC
        part = picture.resize((right - left, high - low), how, box=(x[0], y[0], x[1], y[1]))
        return np.asarray(part.convert("RGBA"))[::-1], left, low, None


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
