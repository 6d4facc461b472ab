"""Instance masks, soft as a mask head returns them or hard as a data set holds them.

Letters: `R` instances, `H` and `W` the height and width of the picture in pixels.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from torch import Tensor

from rcnn_course.draw.base import style
from rcnn_course.draw.base.blocks import show_blocks
from rcnn_course.draw.base.images import ground
from rcnn_course.draw.base.inputs import require_values


def draw_masks(
    masks: Tensor,
    *,
    image: Tensor | None = None,
    threshold: float = 0.5,
    opacity: float = 0.45,
    color: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Tint the pixels of each instance and draw the rim of its mask.

    Args:
        masks (Tensor[R, 1, H, W] or [R, H, W]): probabilities from 0 to 1, or 0 and 1 of any
            dtype.
        image (Tensor[3, H, W], optional): the picture to show below.
        threshold (float): a pixel belongs to the mask from this probability on.
        opacity (float): of the tint, from 0 to 1; the rim is opaque.
        color (str, optional): one colour for all; otherwise each instance has its own.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        TypeError: If `masks` or `image` is not a tensor.
        ValueError: If a shape or a range of values is another one.

    Example:
        >>> image, target = GeneratedPeople(1)[0]
        >>> ax = draw.draw_masks(target["masks"], image=image)
        >>> ax = draw.draw_masks(
        ...     target["masks"][:1], image=image, color=draw.style.BLUE, opacity=0.8
        ... )
    """
    soft = require_values("masks", masks, ("R", 1, "H", "W"), ("R", "H", "W"))
    if soft.size and not (soft.min() >= 0 and soft.max() <= 1):
        raise ValueError(
            f"masks must be from 0 to 1, got {soft.min():.3g} to {soft.max():.3g}; "
            "logits need sigmoid() first"
        )
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity must be from 0 to 1, got {opacity}")
    ax = ground(image, ax)
    height, width = soft.shape[-2:]
    if soft.size:
        hard = soft.reshape(-1, height, width) >= threshold
        colors = [color or style.category_color(index) for index in range(len(hard))]
        show_blocks(ax, _tint(hard, colors, opacity), (0, width, height, 0), zorder=2)
    return ax


def _tint(masks: np.ndarray, colors: list[str], opacity: float) -> np.ndarray:
    """Paint masks [R, H, W] over one another, the first on top; return uint8 RGBA [H, W, 4]."""
    height, width = masks.shape[1:]
    layer = np.zeros((height, width), dtype=np.uint32)
    thickness = max(1, round(max(height, width) / 300))
    for mask, color in reversed(list(zip(masks, colors, strict=True))):
        around = surroundings(mask, thickness)
        part, inside = layer[around], mask[around]
        part[inside] = _number(color, opacity)
        part[rim(inside, thickness)] = _number(color, 1.0)
    return layer[..., None].view(np.uint8)


def _number(color: str, opacity: float) -> np.uint32:
    """Return the four bytes of a colour as one number: a pixel is then painted at once."""
    return np.round(255 * np.array(to_rgba(color, opacity))).astype(np.uint8).view(np.uint32)[0]


def surroundings(mask: np.ndarray, margin: int) -> tuple[slice, slice]:
    """Return the rows and columns of a mask with a margin, as far as the picture goes."""
    reach = []
    for axis in (1, 0):
        places = np.flatnonzero(mask.any(axis))
        first, last = (places[0], places[-1]) if len(places) else (0, 0)
        reach.append(slice(max(first - margin, 0), last + margin + 1))
    rows, columns = reach
    return rows, columns


def rim(mask: np.ndarray, thickness: int) -> np.ndarray:
    """Return the pixels of a mask that lie within `thickness` of its outside."""
    inner = np.pad(mask, thickness, constant_values=True)
    for axis in (0, 1):
        length = mask.shape[axis]
        shifts = (inner.take(range(i, i + length), axis) for i in range(2 * thickness + 1))
        inner = np.logical_and.reduce(list(shifts))
    return mask & ~inner
