"""Transposed convolution, stamp by stamp.

Letters: `L` length of an input; in 2-D, inputs have `L` x `L` cells.
"""

from collections.abc import Callable, Sequence

import matplotlib
import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from torch import Tensor

from rcnn_course.draw.base import style
from rcnn_course.draw.base.words import paint
from rcnn_course.widgets.controls import choice, slider
from rcnn_course.widgets.picture import PictureExplorer, new_figure
from rcnn_course.widgets.student import NoAnswer, ask

_LENGTH, _SIDE = 6, 4
_ROW_HEIGHT = 0.2  # of the panel
_TITLES = ("input", "output so far", "stamps on each cell")


class UpsamplingExplorer(PictureExplorer):
    """Each input cell stamps the kernel, times its value, into the output; overlaps add up.

    Args:
        conv_transpose_1d: takes (input [1, 1, L], weight [1, 1, K], stride=, padding=), such as
            the student's.
        conv_transpose_2d: takes (input [1, 1, L, L], weight [1, 1, K, K], stride=, padding=).

    Attributes:
        dimensions: menu, 1-D or 2-D.
        kernel, stride, padding: sliders, in cells.
        weights: menu; ones, bilinear or random.
        step: slider; how many inputs have stamped.

    Example:
        >>> explorer = UpsamplingExplorer()
        >>> with explorer.quietly():
        ...     explorer.kernel.value, explorer.stride.value = 4, 2
        >>> print(explorer.text)
        Output size: (4 − 1) × 2 − 2 × 0 + 4 = 10. The sum so far is 288. The stride 2 divides 4:
        away from the border, stamps overlap evenly.

    Source: Long et al. 2015 (FCN), section 3.3; torch.nn.functional.conv_transpose2d; Odena et
    al. 2016, "Deconvolution and checkerboard artifacts".
    """

    def __init__(
        self,
        conv_transpose_1d: Callable = F.conv_transpose1d,
        conv_transpose_2d: Callable = F.conv_transpose2d,
    ):
        self.functions = {1: conv_transpose_1d, 2: conv_transpose_2d}
        self.dimensions = choice("dimensions", {"1-D": 1, "2-D": 2}, 2)
        self.kernel = slider("kernel", 3, 1, 5)
        self.stride = slider("stride", 2, 1, 4)
        self.padding = slider("padding", 0, 0, 2)
        self.weights = choice("weights", ("ones", "bilinear", "random"), "ones")
        self.step = slider("inputs stamped", 6, 1, _SIDE**2)
        super().__init__(
            [self.step, self.kernel, self.stride, self.padding, self.weights, self.dimensions],
            alt="The input, the output as the stamps of its cells are added, and how many stamps "
            "fall on each cell.",
        )

    def backdrop_key(self) -> int:
        """Show another input for another number of dimensions."""
        return self.dimensions.value

    def backdrop(self) -> Figure:
        """Show the input, and two empty panels."""
        figure = new_figure(8.4, 3.1)
        for place, title in enumerate(_TITLES):
            ax = figure.add_axes((0.01 + 0.335 * place, 0.02, 0.31, 0.86))
            ax.set_title(title, fontsize=style.TEXT, color=style.INK)
            ax.set(xlim=(-0.02, 1.02), ylim=(1.02, -0.02), aspect="equal")
            style.without_frame(ax)
        _draw_cells(figure.axes[0], _values(self.dimensions.value), highest=9)
        return figure

    def overlay(self, axes: Sequence[Axes]) -> str:
        """Draw input, output and overlaps after some stamps."""
        given, made, stamps = axes
        dimensions = self.dimensions.value
        number = _LENGTH if dimensions == 1 else _SIDE**2
        step = min(self.step.value, number)
        values = _values(dimensions)
        stamped = torch.where(torch.arange(number) < step, values.flatten(), 0).view_as(values)
        weight = self._weight(dimensions)
        self._require_output(values.shape[-1])
        options = {"stride": self.stride.value, "padding": self.padding.value}
        expected = _library(dimensions)(stamped, weight, **options)
        shape = tuple(expected.shape)
        output = ask(self.functions[dimensions], stamped, weight, shape=shape, **options)
        once = torch.ones_like(weight)
        count = _library(dimensions)((stamped != 0).float(), once, **options)
        _frame_cell(given, step - 1, values.shape[-1])
        _draw_cells(made, output, highest=max(9.0, output.max().item()))
        _draw_cells(stamps, count, highest=max(2.0, count.max().item()))
        return self._say(output, expected)

    def _require_output(self, length: int) -> None:
        size = (length - 1) * self.stride.value - 2 * self.padding.value + self.kernel.value
        if size < 1:
            raise NoAnswer(f"The output would have {size} cells: padding cuts off all of it.")

    def _weight(self, dimensions: int) -> Tensor:
        """Return the kernel [1, 1, K] or [1, 1, K, K]."""
        size = self.kernel.value
        if self.weights.value == "random":
            line = torch.rand(size, generator=torch.Generator().manual_seed(1))
        elif self.weights.value == "bilinear":
            factor = (size + 1) // 2
            line = 1 - (torch.arange(size) - (size - 1) / 2).abs() / factor
        else:
            line = torch.ones(size)
        weight = line if dimensions == 1 else torch.outer(line, line)
        return weight[None, None]

    def _say(self, output: Tensor, expected: Tensor) -> str:
        length = _LENGTH if self.dimensions.value == 1 else _SIDE
        k, s, p = self.kernel.value, self.stride.value, self.padding.value
        if k % s:
            verdict = f"{s} does not divide {k}: stamps overlap unevenly, a checkerboard"
        else:
            verdict = f"{s} divides {k}: away from the border, stamps overlap evenly"
        text = (
            f"Output size: ({length} − 1) × {s} − 2 × {p} + {k} = "
            f"{output.shape[-1]}. The sum so far is {output.sum():.4g}. The stride {verdict}."
        )
        if self.dimensions.value == 1:
            text += f"\nOutput: {', '.join(f'{value:.3g}' for value in output.flatten().tolist())}."
        away = (output - expected).abs().max().item()
        return text if away < 1e-4 else f"{text}\nPyTorch's output differs by up to {away:.2f}."


def _library(dimensions: int) -> Callable:
    return F.conv_transpose1d if dimensions == 1 else F.conv_transpose2d


def _values(dimensions: int) -> Tensor:
    """Return small whole numbers to stamp with, [1, 1, L] or [1, 1, L, L]."""
    numbers = torch.tensor([3.0, 1, 4, 2, 5, 3, 2, 6, 4, 4, 1, 5, 2, 3, 5, 1])
    if dimensions == 1:
        return numbers[:_LENGTH].view(1, 1, _LENGTH)
    return numbers.view(1, 1, _SIDE, _SIDE)


class _Painting(Artist):
    """Pixels that are copied into a figure as they are, without the cost of resampling."""

    def __init__(self, pixels: np.ndarray, left: float, low: float):
        super().__init__()
        self._from_below, self._corner = np.ascontiguousarray(pixels[::-1]), (left, low)

    def draw(self, renderer: RendererBase) -> None:
        """Copy the pixels [H, W, 4] to their place."""
        renderer.draw_image(renderer.new_gc(), *self._corner, self._from_below)


def _draw_cells(ax: Axes, values: Tensor, *, highest: float) -> None:
    """Draw a row or square of cells into the unit square, with their numbers where they fit.

    All cells are one painting: a patch, a line or a number as artists of their own would cost more
    time than everything else in a move.
    """
    cells = values.detach().float().reshape(-1, values.shape[-1]).numpy()
    top = _top_of_row(len(cells), cells.shape[1])
    ax.apply_aspect()
    left, low, right, high = ax.transData.transform([(0, 1 - top), (1, top)]).round().ravel()
    pixels = _paint(cells, highest, int(right - left), int(high - low))
    ax.add_artist(_Painting(pixels, left, low))


def _top_of_row(rows: int, columns: int) -> float:
    """Return where the cells begin in the unit square: a single row lies in its middle."""
    return 0.0 if rows > 1 or columns == 1 else 0.5 - max(1 / columns, _ROW_HEIGHT) / 2


def _paint(cells: np.ndarray, highest: float, width: int, height: int) -> np.ndarray:
    """Return a picture of the cells, uint8 [height, width, 4]; a cell of 0 bears no number."""
    rows, columns = cells.shape
    colors = matplotlib.colormaps[style.SEQUENCE](cells / highest, bytes=True)
    y, x = (np.arange(size) * count // size for size, count in ((height, rows), (width, columns)))
    picture = colors[y][:, x]
    picture[1:][np.diff(y) > 0] = 255
    picture[:, 1:][:, np.diff(x) > 0] = 255
    for place, number in _numbers_that_fit(cells, colors, width / columns).items():
        high, wide = number.shape[:2]
        top = round((place[0] + 0.5) * height / rows - high / 2)
        left = round((place[1] + 0.5) * width / columns - wide / 2)
        picture[top : top + high, left : left + wide] = number
    return picture


def _numbers_that_fit(
    cells: np.ndarray, colors: np.ndarray, width: float
) -> dict[tuple[int, int], np.ndarray]:
    """Return a small picture for each cell that is not 0, or none where one is too wide."""
    for digits in (2, 1):
        numbers = {
            (row, column): paint(
                f"{cells[row, column]:.{digits}f}".rstrip("0").rstrip("."),
                "#{:02x}{:02x}{:02x}".format(*colors[row, column]),
                size=10,
                line="0",
            )
            for row, column in np.argwhere(cells)
        }
        if all(number.shape[1] + 3 < width for number in numbers.values()):
            return numbers
    return {}


def _frame_cell(ax: Axes, number: int, length: int) -> None:
    """Frame a cell of the input, counted row by row."""
    row, column = divmod(number, length)
    side = 1 / length
    top = _top_of_row(1, length) if length == _LENGTH else row * side
    high = 1 - 2 * top if length == _LENGTH else side
    x1, y1, x2, y2 = column * side, top, (column + 1) * side, top + high
    corners = [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]
    look: style.Look = {"facecolors": "none", "edgecolors": style.ORANGE, "linewidths": 3}
    ax.add_collection(PolyCollection([corners], zorder=3, **look), autolim=False)
