"""Maps of numbers in a scene: a colour for each cell, and its number under the mouse."""

import functools

import matplotlib
import numpy as np
from torch import Tensor

from rcnn_course.draw.base import style
from rcnn_course.scene import Picture, Readout
from rcnn_course.scene.pictures import encoded
from rcnn_course.scene.shapes import XYXY


def heatmap(
    name: str,
    values: Tensor,
    xyxy: XYXY,
    *,
    low: float,
    high: float,
    opacity: float = 1.0,
    says: str = Readout.says,
) -> tuple[Picture, Readout]:
    """Return the cells of a map in the colours of a scale, and what each of them says.

    Args:
        name: id of the picture, and with ' readout' behind it of the other.
        values (Tensor[H, W]): a number for each cell.
        xyxy: the box that the cells fill.
        low: what has the scale's darkest colour, and what is below it too.
        high: what has the brightest.
        opacity: from 0, not to be seen, to 1.
        says: of a cell, with {row}, {column} and {value}.

    Example:
        >>> from rcnn_course.widgets.cells import heatmap
        >>> picture, readout = heatmap("map", torch.rand(2, 3), (0, 0, 30, 20), low=0, high=1)
        >>> picture.cells, readout.rows, readout.columns
        (True, 2, 3)
    """
    numbers = values.detach().float().numpy()
    rows, columns = numbers.shape
    share = np.nan_to_num((numbers - low) / (high - low if high > low else 1.0))
    pixels = _colors()[(share.clip(0, 1) * 255).round().astype(np.uint8)]
    picture = Picture(id=name, data=encoded(pixels), xyxy=xyxy, cells=True, opacity=opacity)
    readout = Readout(
        id=f"{name} readout",
        xyxy=xyxy,
        rows=rows,
        columns=columns,
        numbers=np.ascontiguousarray(numbers, np.float32).tobytes(),
        says=says,
    )
    return picture, readout


@functools.cache
def _colors() -> np.ndarray:
    """Return the 256 colours of the scale, an array [256, 3] of uint8."""
    return matplotlib.colormaps[style.SEQUENCE](np.arange(256), bytes=True)[:, :3]
