"""Where a function reads a region of a map, and with which weights: the function itself tells.

Letters: `C` channels, `H` and `W` the height and width of the map in cells, `Sy` and `Sx` the
samples of all bins down and across.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor

from rcnn_course.widgets.student import ask

STRIDE = 32  # pixels of a cell


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A region, and how it is read from a map.

    Args:
        function: `roi_pool` or `roi_align`, the student's or torchvision's.
        pools: whether it is `roi_pool`.
        box (Tensor[4]): the region, xyxy in pixels.
        bins: a side of the output.
        sampling_ratio: of `roi_align`: samples a side of a bin, or -1.
        aligned: of `roi_align`.
    """

    function: Callable
    pools: bool
    box: Tensor
    bins: int
    sampling_ratio: int
    aligned: bool

    def output(self, features: Tensor) -> Tensor:
        """Read a map [C, H, W]: Tensor[C, bins, bins]."""
        return self._read(features, self.bins, self.bins, self.sampling_ratio)

    def samples(self) -> tuple[int, int]:
        """Return how many samples a bin has down and across."""
        if self.pools:
            return 1, 1
        if self.sampling_ratio > 0:
            return self.sampling_ratio, self.sampling_ratio
        sides = (self.box[2:] - self.box[:2]) / STRIDE / self.bins
        width, height = sides.ceil().clamp(min=1).int().tolist()
        return height, width

    def at_samples(self, features: Tensor) -> Tensor:
        """Read a map [C, H, W] at each sample: Tensor[C, Sy, Sx].

        One sample in each of n x m times as many bins lies where n x m samples of a bin do.
        """
        down, across = self.samples()
        return self._read(features, self.bins * down, self.bins * across, 1)

    def places(self, size: tuple[int, int]) -> Tensor:
        """Return y and x of each sample in cells, and 0 where nothing is read: Tensor[3, Sy, Sx].

        Read are maps of this height and width whose values are their own y and x, and one of ones.
        """
        rows, columns = (torch.arange(float(side)) for side in size)
        y, x = torch.meshgrid(rows, columns, indexing="ij")
        return self.at_samples(torch.stack([y, x, torch.ones_like(y)]))

    def weights(
        self, index: tuple[int, int], place: tuple[float, float], size: tuple[int, int]
    ) -> dict[tuple[int, int], float]:
        """Map the cells (row, column) around a sample to the weights with which they are read.

        Read is a map for each cell: 1 in this cell and 0 elsewhere.

        Args:
            index: of the sample, down and across.
            place: of the sample, y and x in cells.
            size: height and width of the map in cells.
        """
        rows, columns = size
        cells = list(product(_around(place[0], rows), _around(place[1], columns)))
        if self.pools:
            return {cells[0]: 1.0}
        impulses = torch.zeros(len(cells), rows, columns)
        for number, cell in enumerate(cells):
            impulses[number][cell] = 1.0
        read = self.at_samples(impulses)[:, *index].tolist()
        return {cell: weight for cell, weight in zip(cells, read, strict=True) if weight > 5e-4}

    def rounded(self) -> Tensor:
        """Return the whole cells that RoI pooling reads, [4]: first column and row, end of both."""
        cells = (self.box / STRIDE + 0.5).floor()
        cells[2:] += 1  # the last cell is included
        return cells

    def region(self) -> Tensor:
        """Return the region that is cut into bins, xyxy in pixels of a picture of the map."""
        if self.pools:
            return self.rounded() * STRIDE
        return self.box if self.aligned else self.box + STRIDE / 2

    def _read(self, features: Tensor, rows: int, columns: int, ratio: int) -> Tensor:
        options = () if self.pools else (ratio, self.aligned)
        arguments = (features[None], [self.box[None]], (rows, columns), 1 / STRIDE, *options)
        return ask(self.function, *arguments, shape=(1, len(features), rows, columns))[0].float()


def _around(place: float, count: int) -> range:
    """Return the one or two of `count` cells in a line that lie around a place."""
    first = min(max(math.floor(place), 0), count - 1)
    return range(first, min(first + 2, count))
