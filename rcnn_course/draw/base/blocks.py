"""Arrays shown cell by cell, without the cost of resampling."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.image import AxesImage
from matplotlib.transforms import Affine2D
from numpy.typing import ArrayLike


class Blocks(AxesImage):
    """An image whose cells are drawn as blocks of one colour, in a third of matplotlib's time.

    matplotlib's "nearest" resamples values and opacity as floats, whatever the array; here every
    pixel of the figure takes the colour of the cell that it lies in.
    """

    def make_image(  # type: ignore[override]  # matplotlib's own returns None for no pixels too
        self, renderer: RendererBase, magnification: float = 1.0, unsampled: bool = False
    ) -> tuple[np.ndarray | None, float, float, Affine2D]:
        """Return the pixels from below, and the place of the first in the figure."""
        colors = np.asarray(self.to_rgba(np.asanyarray(self.get_array()), bytes=True))
        if self.get_alpha() is not None:
            colors = (colors * (1, 1, 1, self.get_alpha())).round().astype(np.uint8)
        left, right, bottom, top = self.get_extent()
        (x0, y0), (x1, y1) = self.get_transform().transform([(left, top), (right, bottom)])
        frame = self.axes.bbox
        column, across = _cells(x0, x1, colors.shape[1], frame.x0, frame.x1)
        row, down = _cells(y0, y1, colors.shape[0], frame.y0, frame.y1)
        opaque = colors[..., 3] > 0
        column, across = _trimmed(column, across, opaque.any(axis=0))
        row, down = _trimmed(row, down, opaque.any(axis=1))
        pixels = _pick(colors, down, across) if len(down) and len(across) else None
        return pixels, column, row, Affine2D()


def _cells(start: float, end: float, count: int, low: float, high: float) -> tuple[int, np.ndarray]:
    """Return the first pixel from `low` to `high` that lies in a cell, and the cell of each.

    `count` cells reach from `start` to `end`, which may lie below it.
    """
    first = round(max(min(start, end), low))
    last = round(min(max(start, end), high))
    middles = np.arange(first, last) + 0.5
    cells = np.floor((middles - start) / (end - start) * count) if end != start else middles[:0]
    return first, cells.astype(int).clip(0, count - 1)


def _trimmed(first: int, cells: np.ndarray, opaque: ArrayLike) -> tuple[int, np.ndarray]:
    """Leave out the pixels at both ends whose cells show nothing; blending them takes long."""
    seen = np.flatnonzero(np.take(opaque, cells))
    if not len(seen):
        return first, cells[:0]
    return first + seen[0], cells[seen[0] : seen[-1] + 1]


def _pick(colors: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return these rows and columns of uint8 colours [H, W, 4], each colour moved as one number."""
    whole = np.ascontiguousarray(colors).view(np.uint32)[..., 0]
    return whole[rows][:, columns][..., None].view(np.uint8)


def show_blocks(
    ax: Axes, values: np.ndarray, extent: tuple[float, float, float, float], **look: Any
) -> Blocks:
    """Show an array in an axes.

    Args:
        ax (Axes): drawn in.
        values (array [H, W], [H, W, 3] or [H, W, 4]): values, or red, green, blue and opacity as
            uint8.
        extent (tuple): left, right, bottom and top of the array, in the axes' coordinates.
        look: of matplotlib's `AxesImage`, such as cmap, alpha and zorder; vmin and vmax.

    Returns:
        Blocks: the image that was added.
    """
    limits = look.pop("vmin", None), look.pop("vmax", None)
    image = Blocks(ax, interpolation="nearest", **look)
    image.set_data(values)
    image.set_clim(*limits)
    image.set_extent(extent)
    image.set_clip_path(ax.patch)
    ax.set_aspect("equal")
    ax.add_image(image)
    return image
