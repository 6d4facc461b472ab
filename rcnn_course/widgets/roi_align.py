"""RoI pooling and RoIAlign on a coarse map: bins, samples, weights, and what rounding costs."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision import ops

from rcnn_course.datasets import grace_hopper
from rcnn_course.scene import Box, Grid, Handle, Scene, Shape, Track
from rcnn_course.scene.shapes import XYXY, Point
from rcnn_course.widgets.cells import CLOSE, differences
from rcnn_course.widgets.controls import choice, slider, switch
from rcnn_course.widgets.explorer import Explorer
from rcnn_course.widgets.roi_reading import STRIDE, Reading
from rcnn_course.widgets.roi_shapes import (
    BEYOND,
    OUTPUT,
    Sample,
    distances,
    dots,
    map_scene,
    output_shapes,
    part,
    ties,
    whole_cells,
)


class RoIAlignExplorer(Explorer):
    """A region of interest on a map of 19 x 16 cells, and what is read for it.

    The map is the photo of Grace Hopper, averaged over cells of 32 pixels, so that the output can
    be recognised. Where the function reads, and with which weights, is found by letting it read
    maps of coordinates and maps with a single 1. The region and its lower right corner can be
    dragged, and on the output the chosen bin.

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
        point: slider; the chosen bin, counted row by row.
        sample: slider; the sample of this bin whose neighbours are shown, counted row by row.
        compare: box to tick; whether torchvision's samples are shown too, and where outputs differ.

    Example:
        >>> explorer = RoIAlignExplorer()
        >>> explorer.method.value = "RoI pooling"
        >>> print(explorer.text)
        Sample 1 of 1 of the bin: y = 5.00, x = 7.00 in cells. It reads (5, 7) × 1.00.
        RoI pooling rounds: left +0.28 cells = +9 px, top -0.41 cells = -13 px, right +1.06 cells =
        +34 px, bottom +0.59 cells = +19 px.

    Source: He et al. 2017 (Mask R-CNN), section 3 and figure 3; torchvision.ops.roi_align.
    """

    def __init__(self, roi_align: Callable = ops.roi_align, roi_pool: Callable = ops.roi_pool):
        self.roi_align, self.roi_pool = roi_align, roi_pool
        self.image = grace_hopper()
        self.features = F.avg_pool2d(self.image, STRIDE, ceil_mode=True)
        self._map = map_scene(self.features)
        self.method = choice("method", ("RoIAlign", "RoI pooling"), "RoIAlign")
        self.aligned = switch("aligned", False)
        self.roi_width = slider("width", 167.0, 8.0, 320.0, 1.0)
        self.roi_height = slider("height", 192.0, 8.0, 320.0, 1.0)
        self.x = slider("x", 183.0, 0.0, 400.0, 1.0)
        self.y = slider("y", 141.0, 0.0, 400.0, 1.0)
        self.output_size = slider("output size", 4, 1, 7)
        self.sampling_ratio = choice("sampling ratio", (-1, 1, 2, 3), 2)
        self.point = slider("bin", 0, 0, 15)
        self.sample = slider("sample", 1, 1, 4)
        self.compare = switch("compare with torchvision", False)
        sides = [self.roi_width, self.roi_height, self.x, self.y]
        bins = [self.output_size, self.sampling_ratio, self.point, self.sample]
        for control in (self.method, *sides, *bins):
            control.observe(self._fit, "value")
        super().__init__(
            [self.method, self.aligned, *sides, *bins, self.compare],
            alt="Left the cells of a feature map with a region, its bins and the points that are "
            "read; right the output.",
            play=self.sample,
        )

    def ground(self) -> Scene:
        """Show the map as cells, and the region that is asked for with its handles."""
        x1, y1, x2, y2 = self._box().tolist()
        asked = Box(id="asked", meaning="truth", xyxy=(x1, y1, x2, y2))
        return self._map.plus([asked], [self._grip(), self._corner()])

    def scene(self) -> Scene:
        """Show bins, samples, the weights of one of them, and the output with its handle."""
        reading, theirs = self._reading(), self._reading(reference=True)
        output, places = reading.output(self.features), reading.places(self._size())
        away = (output - theirs.output(self.features)).abs().amax(dim=0)
        sample = self._chosen(reading, places)
        shapes = output_shapes(output)
        if self.compare.value:
            shapes += differences("output differs", away, OUTPUT)
        shapes += [*self._bins(reading), *dots(places), *ties(sample)]
        if self.compare.value:
            here = self._in_bin(reading)
            shapes += distances(places, theirs.places(self._size()), here)
        said = f"{self._say(sample)}\n{self._rounding(reading)}"
        if away.max() > CLOSE:
            said += f"\ntorchvision's output differs from this one by up to {away.max():.3f}."
        return self.ground().plus(shapes, [self._handle_of_bin()], said)

    def grab(self, values: dict[str, float]) -> None:
        """Set the region's sliders, or the bin from its row and column on the output."""
        row, column = divmod(self.point.value, self.output_size.value)
        row = int(values.pop("bin row", row))
        column = int(values.pop("bin column", column))
        self.point.value = row * self.output_size.value + column
        super().grab(values)

    def _fit(self, change: dict | None = None) -> None:
        """Keep the region near the map, and bin and sample within what there is."""
        right, bottom = self._farthest()
        self.x.max = min(400.0, right - self.roi_width.value)
        self.y.max = min(400.0, bottom - self.roi_height.value)
        self.point.max = self.output_size.value**2 - 1
        self.sample.max = math.prod(self._reading().samples())

    def _size(self) -> tuple[int, int]:
        """Return height and width of the map in cells."""
        _, rows, columns = self.features.shape
        return rows, columns

    def _farthest(self) -> Point:
        """Return how far to the right and down a region may reach, in pixels."""
        rows, columns = self._size()
        return columns * STRIDE + BEYOND, rows * STRIDE + BEYOND

    def _box(self) -> Tensor:
        """Return the region that is asked for, xyxy in pixels."""
        x, y = self.x.value, self.y.value
        return torch.tensor([x, y, x + self.roi_width.value, y + self.roi_height.value])

    def _reading(self, *, reference: bool = False) -> Reading:
        """Return how the region is read: by the function that is shown, or by torchvision's."""
        pools = self.method.value == "RoI pooling"
        mine, library = (self.roi_pool, ops.roi_pool) if pools else (self.roi_align, ops.roi_align)
        return Reading(
            function=library if reference else mine,
            pools=pools,
            box=self._box(),
            bins=self.output_size.value,
            sampling_ratio=self.sampling_ratio.value,
            aligned=self.aligned.value,
        )

    def _chosen(self, reading: Reading, places: Tensor) -> Sample:
        """Return the chosen sample of the chosen bin."""
        here = self._in_bin(reading)
        index = here[self.sample.value - 1]
        y, x, _ = places[:, *index].tolist()
        weights = reading.weights(index, (y, x), self._size())
        return Sample(f"{self.sample.value} of {len(here)}", (y, x), weights)

    def _in_bin(self, reading: Reading) -> list[tuple[int, int]]:
        """Return the samples of the chosen bin: row and column among those of all bins."""
        down, across = reading.samples()
        row, column = divmod(self.point.value, reading.bins)
        return [(row * down + y, column * across + x) for y in range(down) for x in range(across)]

    def _grip(self) -> Handle:
        x1, y1, x2, y2 = self._box().tolist()
        return Handle(
            id="grip",
            name="region",
            says=f"left {x1:.0f}, top {y1:.0f} pixels",
            at=((x1 + x2) / 2, (y1 + y2) / 2),
            box=(x1, y1, x2, y2),
            x=Track(sets="x", value=x1, low=self.x.min, high=self.x.max),
            y=Track(sets="y", value=y1, low=self.y.min, high=self.y.max),
        )

    def _corner(self) -> Handle:
        x1, y1, x2, y2 = self._box().tolist()
        (right, bottom), width, height = self._farthest(), self.roi_width, self.roi_height
        widest, highest = min(width.max, right - x1), min(height.max, bottom - y1)
        return Handle(
            id="corner",
            name="lower right corner of the region",
            says=f"{x2 - x1:.0f} × {y2 - y1:.0f} pixels",
            at=(x2, y2),
            x=Track(sets="roi_width", value=width.value, low=width.min, high=widest),
            y=Track(sets="roi_height", value=height.value, low=height.min, high=highest),
        )

    def _handle_of_bin(self) -> Handle:
        bins = self.output_size.value
        row, column = divmod(self.point.value, bins)
        x1, y1, x2, y2 = box = part(OUTPUT, (row, column), bins)
        last, side = bins - 1, x2 - x1
        return Handle(
            id="bin",
            name="bin",
            says=f"row {row}, column {column}",
            at=((x1 + x2) / 2, (y1 + y2) / 2),
            box=box,
            x=Track(sets="bin column", value=column, low=0, high=last, scale=side),
            y=Track(sets="bin row", value=row, low=0, high=last, scale=side),
        )

    def _bins(self, reading: Reading) -> list[Shape]:
        """Return the region that is read, its bins, and frames round the chosen one."""
        x1, y1, x2, y2 = region = reading.region().tolist()
        whole: XYXY = (x1, y1, x2, y2)
        place = divmod(self.point.value, reading.bins)
        if reading.pools:
            read: Shape = Box(id="region", meaning="yours", xyxy=whole)
            chosen = whole_cells(region, place, reading.bins, self._size())
        else:
            rows = columns = reading.bins
            read = Grid(id="region", meaning="yours", xyxy=whole, rows=rows, columns=columns)
            chosen = part(whole, place, reading.bins)
        on_output = part(OUTPUT, place, reading.bins)
        return [
            read,
            Box(id="bin on the map", meaning="yours", xyxy=chosen),
            Box(id="bin on the output", meaning="yours", xyxy=on_output),
        ]

    def _say(self, sample: Sample) -> str:
        (y, x), said = sample.place, f"Sample {sample.number} of the bin"
        if sample.weights:
            read = ", ".join(
                f"({row}, {col}) × {w:.2f}" for (row, col), w in sample.weights.items()
            )
            said += f": y = {y:.2f}, x = {x:.2f} in cells. It reads {read}."
        else:
            said += " reads none of the cells around it, and counts as 0."
        if self.method.value == "RoIAlign" and not self.aligned.value:
            said += " White: the box as asked for; without aligned, it is read half a cell off."
        return said

    def _rounding(self, reading: Reading) -> str:
        """Say how far RoI pooling is off on each side."""
        error = (reading.rounded() - reading.box / STRIDE).tolist()
        told = ", ".join(
            f"{side} {cells:+.2f} cells = {cells * STRIDE:+.0f} px"
            for side, cells in zip(("left", "top", "right", "bottom"), error, strict=True)
        )
        return f"{'RoI pooling rounds' if reading.pools else 'Rounding would cost'}: {told}."
