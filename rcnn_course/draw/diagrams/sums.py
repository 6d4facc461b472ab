"""Sums of small matrices, written out with their numbers and signs."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

from rcnn_course.draw.base import style
from rcnn_course.draw.base.figures import open_figure
from rcnn_course.draw.base.inputs import require_values
from rcnn_course.draw.overlays.heatmaps import draw_matrix

_CELL, _GAP = 0.45, 0.7  # inches


def draw_sum(matrices: Mapping[str, Tensor], signs: str, *, digits: int = 1) -> Figure:
    """Draw matrices in a row with a sign between each two, such as a + b = c.

    A number has the same colour in all of them.

    Args:
        matrices (dict of Tensor[H, W]): by what is written above them.
        signs (str): one character for each gap, such as '+='.
        digits (int): after the decimal point; whole numbers are written without.

    Returns:
        Figure: with one axes for each matrix.

    Raises:
        TypeError: If a matrix is not a tensor.
        ValueError: If the number of signs does not fit, or a shape is another one.

    Example:
        >>> a, b = torch.tensor([[1.0, 2], [3, 4]]), torch.ones(2, 2)
        >>> figure = draw.draw_sum({"lateral": a, "from above": b, "merged": a + b}, "+=")
    """
    if len(signs) != len(matrices) - 1:
        raise ValueError(
            f"signs must have one character between each two of {len(matrices)} matrices, "
            f"got {signs!r}"
        )
    values = [require_values(f"matrices['{n}']", m, ("H", "W")) for n, m in matrices.items()]
    shapes = [of_one.shape for of_one in values]
    every = np.concatenate([of_one.ravel() for of_one in values])
    limits = float(every.min()), float(every.max())
    width = sum(columns for _, columns in shapes) * _CELL + len(signs) * _GAP
    height = max(rows for rows, _ in shapes) * _CELL
    figure = open_figure(width, height)
    left = 0.0
    for number, ((name, matrix), (rows, columns)) in enumerate(
        zip(matrices.items(), shapes, strict=True)
    ):
        bottom = (1 - rows * _CELL / height) / 2
        place = (left / width, bottom, columns * _CELL / width, rows * _CELL / height)
        ax = draw_matrix(matrix, digits=digits, limits=limits, ax=figure.add_axes(place))
        ax.set_title(name, fontsize=style.TEXT, color=style.INK)
        left += columns * _CELL + _GAP
        if number < len(signs):
            look: style.Look = {"ha": "center", "va": "center", "fontsize": 16, "color": style.INK}
            figure.text((left - _GAP / 2) / width, 0.5, signs[number], **look)
    return figure
