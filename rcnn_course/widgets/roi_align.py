"""RoI pooling and RoIAlign on a coarse map: bins, samples, weights, and what rounding costs.

Letters: `C` channels, `H` and `W` the height and width of the map in cells.
"""

import math
from collections.abc import Callable, Sequence
from itertools import product

import torch
import torch.nn.functional as F
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from torch import Tensor
from torchvision import ops

from rcnn_course.datasets import grace_hopper
from rcnn_course.draw.base import style
from rcnn_course.draw.base.blocks import show_blocks
from rcnn_course.draw.base.images import to_pixels
from rcnn_course.draw.base.words import Words
from rcnn_course.widgets.controls import choice, slider, switch
from rcnn_course.widgets.picture import PictureExplorer, new_figure
from rcnn_course.widgets.student import ask

_STRIDE = 32


class RoIAlignExplorer(PictureExplorer):
    """A region of interest on a map of 19 x 16 cells, and what is read for it.

    The map is the photo of Grace Hopper, averaged over cells of 32 pixels, so that the output can
    be recognised. Where the function reads, and with which weights, is found by letting it read
    maps of coordinates and maps with a single 1.

    Args:
        roi_align: takes (input, boxes, output_size, spatial_scale, sampling_ratio, aligned), such
            as the student's.
        roi_pool: takes (input, boxes, output_size, spatial_scale).

    Attributes:
        x, y, roi_width, roi_height: sliders of the region, in pixels of the picture.
        output_size: slider; bins a side.
        sampling_ratio: menu; samples a side of a bin, or -1.
        aligned: box to tick; whether half a cell is subtracted.
        method: menu; 'RoIAlign' or 'RoI pooling'.
        point: slider; the bin, counted row by row, whose neighbours are shown.

    Example:
        >>> explorer = RoIAlignExplorer()
        >>> explorer.method.value = "RoI pooling"
        >>> print(explorer.text)
        First sample of the bin: y = 5.00, x = 7.00 in cells. It reads (5, 7) × 1.00.
        RoI pooling rounds: left +0.28 cells = +9 px, top -0.41 cells = -13 px, right +1.06 cells =
        +34 px, bottom +0.59 cells = +19 px.

    Source: He et al. 2017 (Mask R-CNN), section 3 and figure 3; torchvision.ops.roi_align.
    """

    def __init__(self, roi_align: Callable = ops.roi_align, roi_pool: Callable = ops.roi_pool):
        self.roi_align, self.roi_pool = roi_align, roi_pool
        self.image = grace_hopper()
        self.features = F.avg_pool2d(self.image, _STRIDE, ceil_mode=True)
        self.x = slider("x", 183.0, 0.0, 400.0, 1.0)
        self.y = slider("y", 141.0, 0.0, 400.0, 1.0)
        self.roi_width = slider("width", 167.0, 8.0, 320.0, 1.0)
        self.roi_height = slider("height", 192.0, 8.0, 320.0, 1.0)
        self.output_size = slider("output size", 4, 1, 7)
        self.sampling_ratio = choice("sampling ratio", (-1, 1, 2, 3), 2)
        self.aligned = switch("aligned", False)
        self.method = choice("method", ("RoIAlign", "RoI pooling"), "RoIAlign")
        self.point = slider("bin", 0, 0, 48)
        sides = [self.x, self.y, self.roi_width, self.roi_height]
        options = [self.output_size, self.point, self.method, self.sampling_ratio, self.aligned]
        super().__init__(
            [*sides, *options],
            alt="Left the cells of a feature map with a region, its bins and the points that are "
            "read; right the output.",
        )

    def backdrop(self) -> Figure:
        """Show the map as cells, and room for the output."""
        figure = new_figure(8.4, 4.8)
        rows, columns = self.features.shape[1:]
        left = figure.add_axes((0.0, 0.0, 0.56, 1.0))
        cells = self.features.permute(1, 2, 0).numpy()
        left.imshow(cells, extent=(-0.5, columns - 0.5, rows - 0.5, -0.5), interpolation="nearest")
        lines: style.Look = {"color": style.PAPER, "linewidth": 0.5, "alpha": 0.6}
        left.vlines([c - 0.5 for c in range(1, columns)], -0.5, rows - 0.5, **lines)
        left.hlines([r - 0.5 for r in range(1, rows)], -0.5, columns - 0.5, **lines)
        right = figure.add_axes((0.6, 0.08, 0.38, 0.84))
        for ax in (left, right):
            style.without_frame(ax)
        left.set_anchor("W")
        right.set(xlim=(0, 1), ylim=(1, 0), aspect="equal")
        return figure

    def overlay(self, axes: Sequence[Axes]) -> str:
        """Draw region, bins, samples and output."""
        left, right = axes
        box, bins = self._box(), self.output_size.value
        output = self._read(self.features, bins, box)
        show_blocks(right, to_pixels(output.clamp(0, 1)), (0, 1, 1, 0))
        number = min(self.point.value, bins * bins - 1)
        row, column = divmod(number, bins)
        chosen = torch.tensor([column, row, column + 1, row + 1]) / bins
        _outline(right, chosen)
        half = 0.5 if self.aligned.value or self.method.value == "RoI pooling" else 0.0
        asked = box / _STRIDE - 0.5
        corners = box / _STRIDE - half
        if half == 0:
            _outline(left, asked, dashed=True)
        _draw_grid(left, corners, bins)
        _outline(left, corners[[0, 1, 0, 1]] + chosen * (corners[2:] - corners[:2]).repeat(2))
        y, x = self._read_at_samples(self._coordinates(), bins, box)
        left.plot(x.ravel(), y.ravel(), "o", markersize=4, color=style.VERMILION, zorder=4)
        first = row * (len(y) // bins), column * (y.shape[1] // bins)
        place = y[first].item(), x[first].item()
        said = _mark(left, place, self._weights(bins, box, first, place))
        if half == 0:
            said += " Dashed: the box as asked for; without aligned, it is read half a cell off."
        return f"{said}\n{self._rounding(box)}{self._beside_reference(output, bins, box)}"

    def _box(self) -> Tensor:
        """Return the region, xyxy in pixels."""
        x, y = self.x.value, self.y.value
        return torch.tensor([x, y, x + self.roi_width.value, y + self.roi_height.value])

    def _read(self, features: Tensor, bins: int, box: Tensor, *, reference: bool = False) -> Tensor:
        """Read a map [C, H, W] by the chosen method: Tensor[C, bins, bins]."""
        pooled = self.method.value == "RoI pooling"
        arguments = [features[None], [box[None]], bins, 1 / _STRIDE]
        if pooled:
            function = ops.roi_pool if reference else self.roi_pool
        else:
            function = ops.roi_align if reference else self.roi_align
            arguments += [self.sampling_ratio.value, self.aligned.value]
        return ask(function, *arguments, shape=(1, len(features), bins, bins))[0]

    def _coordinates(self) -> Tensor:
        """Return a map [2, H, W] whose values are its own y and x: what is read tells where."""
        rows, columns = (torch.arange(float(side)) for side in self.features.shape[1:])
        return torch.stack(torch.meshgrid(rows, columns, indexing="ij"))

    def _read_at_samples(self, features: Tensor, bins: int, box: Tensor) -> Tensor:
        """Read a map [C, H, W] at each sample: Tensor[C, Sy, Sx].

        One sample in each of n x m times as many bins lies where n x m samples of a bin do.
        """
        if self.method.value == "RoI pooling":
            return self._read(features, bins, box)
        down, across = (bins * samples for samples in self._samples(bins, box))
        arguments = [features[None], [box[None]], (down, across), 1 / _STRIDE, 1]
        shape = (1, len(features), down, across)
        return ask(self.roi_align, *arguments, self.aligned.value, shape=shape)[0]

    def _weights(
        self, bins: int, box: Tensor, sample: tuple[int, int], place: tuple[float, float]
    ) -> dict[tuple[int, int], float]:
        """Map the cells (row, column) around a sample to the weights with which they are read.

        The function itself tells, reading a map for each cell: 1 in this cell and 0 elsewhere.
        """
        rows, columns = self.features.shape[1:]
        cells = list(product(_around(place[0], rows), _around(place[1], columns)))
        if self.method.value == "RoI pooling":
            return {cells[0]: 1.0}
        impulses = torch.zeros(len(cells), rows, columns)
        for number, cell in enumerate(cells):
            impulses[number][cell] = 1.0
        read = self._read_at_samples(impulses, bins, box)[:, *sample].tolist()
        return {cell: weight for cell, weight in zip(cells, read, strict=True) if weight > 5e-4}

    def _samples(self, bins: int, box: Tensor) -> tuple[int, int]:
        """Return how many samples a bin has down and across."""
        ratio = self.sampling_ratio.value
        if ratio > 0:
            return ratio, ratio
        width, height = ((box[2:] - box[:2]) / _STRIDE / bins).ceil().clamp(min=1).int().tolist()
        return height, width

    def _rounding(self, box: Tensor) -> str:
        """Say how far RoI pooling is off on each side."""
        cells = box / _STRIDE
        rounded = (cells + 0.5).floor()
        rounded[2:] += 1  # the last cell is included
        error = rounded - cells
        sides = zip(("left", "top", "right", "bottom"), error.tolist(), strict=True)
        told = ", ".join(
            f"{name} {cell:+.2f} cells = {cell * _STRIDE:+.0f} px" for name, cell in sides
        )
        method = (
            "RoI pooling rounds" if self.method.value == "RoI pooling" else "Rounding would cost"
        )
        return f"{method}: {told}."

    def _beside_reference(self, output: Tensor, bins: int, box: Tensor) -> str:
        away = (output - self._read(self.features, bins, box, reference=True)).abs().max().item()
        if away < 1e-4:
            return ""
        return f"\ntorchvision's output differs from this one by up to {away:.3f}."


def _around(place: float, count: int) -> range:
    """Return the one or two of `count` cells in a line that lie around a place."""
    first = min(max(math.floor(place), 0), count - 1)
    return range(first, min(first + 2, count))


def _mark(ax: Axes, place: tuple[float, float], weights: dict[tuple[int, int], float]) -> str:
    """Tie a sample at (y, x) to the cells that it reads, and name their weights."""
    y, x = place
    ties = [[(x, y), (column, row)] for row, column in weights]
    ax.add_collection(
        LineCollection(ties, colors=style.BLUE, linewidths=1.5, zorder=3.5), autolim=False
    )
    for (row, column), weight in weights.items():
        at, ha = (column - 0.15, "right") if column <= x else (column + 0.15, "left")
        ax.add_artist(Words(f"{weight:.2f}", style.BLUE, xy=(at, row), ha=ha, va="center"))
    read = ", ".join(f"({row}, {column}) × {w:.2f}" for (row, column), w in weights.items())
    read = read or "none of the cells around it"
    return f"First sample of the bin: y = {y:.2f}, x = {x:.2f} in cells. It reads {read}."


def _draw_grid(ax: Axes, corners: Tensor, bins: int) -> None:
    """Draw a region (xyxy in cells) with its bins."""
    x1, y1, x2, y2 = corners.tolist()
    at = torch.linspace(0, 1, bins + 1).tolist()
    lines = [[(x1 + t * (x2 - x1), y1), (x1 + t * (x2 - x1), y2)] for t in at]
    lines += [[(x1, y1 + t * (y2 - y1)), (x2, y1 + t * (y2 - y1))] for t in at]
    ax.add_collection(
        LineCollection(lines, colors=style.INK, linewidths=1.0, zorder=3), autolim=False
    )
    ax.add_collection(
        LineCollection(lines, colors=style.ORANGE, linewidths=0.5, zorder=3), autolim=False
    )


def _outline(ax: Axes, box: Tensor, *, dashed: bool = False) -> None:
    x1, y1, x2, y2 = box.tolist()
    corners = [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]
    look: style.Look = {"facecolors": "none", "edgecolors": style.BLUE, "linewidths": style.THICK}
    if dashed:
        look |= {"edgecolors": style.PAPER, "linewidths": style.LINE, "linestyles": "--"}
    ax.add_collection(PolyCollection([corners], zorder=3, clip_on=False, **look), autolim=False)
