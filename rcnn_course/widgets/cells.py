"""Maps of numbers in a scene: a colour for each cell, and its number under the mouse."""

import functools

import matplotlib
import numpy as np
from torch import Tensor

from rcnn_course.draw.base import style
from rcnn_course.scene import Grid, Numbers, Picture, Readout, Shape
from rcnn_course.scene.pictures import encoded, painted
from rcnn_course.scene.shapes import XYXY

CLOSE = 1e-4
"""Up to this, two numbers of maps are the same."""

_DIGIT = 7.0  # width of a digit of a number in a cell, in pixels of the screen
_SAME_OR_NOT = ((style.PAPER, 0), (style.PURPLE, 130))  # the map is seen through both


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
    share = np.nan_to_num((numbers - low) / (high - low if high > low else 1.0))
    pixels = _colors()[(share.clip(0, 1) * 255).round().astype(np.uint8)]
    picture = Picture(id=name, data=encoded(pixels), xyxy=xyxy, cells=True, opacity=opacity)
    return picture, readout(f"{name} readout", values, xyxy, says=says)


def numbered(
    name: str, values: Tensor, xyxy: XYXY, *, low: float = 0.0, high: float, zoom: float = 1.0
) -> list[Shape]:
    """Return a heatmap whose cells bear their numbers, where all of them fit; none where it is 0.

    Args:
        name: as of `heatmap`; ids of numbers and lines have ' numbers' and ' lines' behind it.
        values (Tensor[H, W]): as of `heatmap`.
        xyxy: as of `heatmap`.
        low: as of `heatmap`.
        high: as of `heatmap`.
        zoom: of the scene.

    Example:
        >>> from rcnn_course.widgets.cells import numbered
        >>> *_, numbers = numbered("map", torch.tensor([[0.0, 2.5]]), (0, 0, 60, 30), high=9)
        >>> numbers.texts
        ('', '2.5')
    """
    picture, said = heatmap(name, values, xyxy, low=low, high=high)
    cells = values.detach().float().flatten().tolist()
    room = (xyxy[2] - xyxy[0]) * zoom / said.columns - 3
    candidates = (tuple(_short(cell, digits) for cell in cells) for digits in (2, 1))
    texts = next((x for x in candidates if max(map(len, x)) * _DIGIT <= room), ("",) * len(cells))
    middle = (low + high) / 2
    rows, columns = said.rows, said.columns
    return [
        picture,
        said,
        Grid(id=f"{name} lines", meaning="background", xyxy=xyxy, rows=rows, columns=columns),
        Numbers(
            id=f"{name} numbers",
            xyxy=xyxy,
            rows=rows,
            columns=columns,
            texts=texts,
            light=tuple(cell < middle for cell in cells),
        ),
    ]


def _short(value: float, digits: int) -> str:
    """Return a number without zeros at its end; nothing for 0."""
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "" if text in ("0", "-0") else text


def readout(name: str, values: Tensor, xyxy: XYXY, *, says: str = Readout.says) -> Readout:
    """Return the cells of a map [H, W], which say their numbers and are not drawn."""
    numbers = np.ascontiguousarray(values.detach().float().numpy())
    rows, columns = numbers.shape
    return Readout(
        id=name, xyxy=xyxy, rows=rows, columns=columns, numbers=numbers.tobytes(), says=says
    )


def differences(name: str, away: Tensor, xyxy: XYXY) -> list[Shape]:
    """Mark the cells of a map that are not as expected; each says by how much.

    Args:
        name: id of the marks, and with ' readout' behind it of what they say.
        away (Tensor[H, W]): how far each cell is from what is expected.
        xyxy: the box that the cells fill.

    Example:
        >>> from rcnn_course.widgets.cells import differences
        >>> [mark.meaning for mark in differences("differs", torch.eye(2), (0, 0, 9, 9))]
        ['differs', 'plain']
        >>> differences("differs", torch.zeros(2, 2), (0, 0, 9, 9))
        []
    """
    differ = away > CLOSE
    if not differ.any():
        return []
    data = painted(differ.numpy().astype(np.uint8), _SAME_OR_NOT)
    marks = Picture(id=name, meaning="differs", data=data, xyxy=xyxy, cells=True)
    says = "row {row}, column {column}: {value} from what is expected"
    return [marks, readout(f"{name} readout", away, xyxy, says=says)]


@functools.cache
def _colors() -> np.ndarray:
    """Return the 256 colours of the scale, an array [256, 3] of uint8."""
    return matplotlib.colormaps[style.SEQUENCE](np.arange(256), bytes=True)[:, :3]
