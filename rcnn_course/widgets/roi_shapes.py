"""The map and the output of `RoIAlignExplorer`, and on them bins, samples and weights, as shapes.

Coordinates are pixels of the picture that the map stands for. Letters: `Sy` and `Sx` the samples
of all bins down and across.
"""

import math
from typing import NamedTuple

from torch import Tensor

from rcnn_course.draw.base.images import to_pixels
from rcnn_course.scene import Dot, Grid, Label, Line, Picture, Scene, Shape
from rcnn_course.scene.pictures import encoded
from rcnn_course.scene.shapes import XYXY, Point
from rcnn_course.widgets.cells import readout
from rcnn_course.widgets.roi_reading import STRIDE

BEYOND = 64  # pixels by which a region may reach beyond the map
OUTPUT: XYXY = (616.0, 112.0, 1000.0, 496.0)  # where the output is drawn
_ZOOM = 0.75
_APART = 1e-3  # cells from which two samples are at different places


class Sample(NamedTuple):
    """A sample: its number among those of its bin, where it reads (y, x), and the weights."""

    number: str
    place: tuple[float, float]
    weights: dict[tuple[int, int], float]


def map_scene(features: Tensor) -> Scene:
    """Return a map [3, H, W] as cells, which say how bright they are, and room for the output."""
    _, rows, columns = features.shape
    field = (0, 0, columns * STRIDE, rows * STRIDE)
    shapes: list[Shape] = [
        Picture(id="map", data=encoded(to_pixels(features)), xyxy=field, cells=True),
        readout("brightness", features.mean(dim=0), field),
        Grid(id="cells", meaning="background", xyxy=field, rows=rows, columns=columns),
    ]
    width, height = OUTPUT[2] + 8, rows * STRIDE + BEYOND
    return Scene(width=width, height=height, zoom=_ZOOM, shapes=tuple(shapes))


def part(whole: XYXY, place: tuple[int, int], bins: int) -> XYXY:
    """Return the box of a bin (row, column) of a box that is cut into equal ones."""
    x1, y1, x2, y2 = whole
    (row, column), width, height = place, (x2 - x1) / bins, (y2 - y1) / bins
    left, top = x1 + column * width, y1 + row * height
    return left, top, left + width, top + height


def whole_cells(
    region: list[float], place: tuple[int, int], bins: int, size: tuple[int, int]
) -> XYXY:
    """Return the box of a bin (row, column) of RoI pooling, whose borders are rounded outwards."""
    spans = []
    for low, high, number, cells in zip(
        region[:2], region[2:], place[::-1], size[::-1], strict=True
    ):
        side = max(high - low, STRIDE) / STRIDE / bins
        ends = math.floor(number * side), math.ceil((number + 1) * side)
        spans.append([min(low + end * STRIDE, cells * STRIDE) for end in ends])
    (x1, x2), (y1, y2) = spans
    return x1, y1, x2, y2


def output_shapes(output: Tensor) -> list[Shape]:
    """Return the output [3, bins, bins], whose cells say how bright they are."""
    pixels = encoded(to_pixels(output.clamp(0, 1)))
    bins = output.shape[-1]
    middle = (OUTPUT[0] + OUTPUT[2]) / 2
    title = f"output, {bins} × {bins}"
    return [
        Picture(id="output", data=pixels, xyxy=OUTPUT, cells=True),
        readout("output brightness", output.mean(dim=0), OUTPUT),
        Label(id="title", at=(middle, OUTPUT[1]), text=title, side="middle"),
    ]


def _middle_of(place: tuple[float, float]) -> Point:
    """Return a place (y, x) in cells, counted from the middle of the first, in pixels."""
    y, x = place
    return (x + 0.5) * STRIDE, (y + 0.5) * STRIDE


def dots(places: Tensor) -> list[Shape]:
    """Return a dot for each sample (y, x, whether it reads) [3, Sy, Sx] that reads anything."""
    return [
        Dot(
            id=f"sample {number}",
            meaning="yours",
            at=_middle_of((y, x)),
            radius=3.5,
            tip=f"sample at y = {y:.2f}, x = {x:.2f} in cells",
        )
        for number, (y, x, reads) in enumerate(places.flatten(1).T.tolist(), start=1)
        if reads
    ]


def ties(sample: Sample) -> list[Shape]:
    """Tie a sample to the cells that it reads, and name their weights."""
    if not sample.weights:
        return []
    (y, x), at = sample.place, _middle_of(sample.place)
    shapes: list[Shape] = []
    for number, (cell, weight) in enumerate(sample.weights.items(), start=1):
        ends = (at, _middle_of(cell))
        shapes.append(Line(id=f"tie {number}", meaning="link", points=ends))
        left = cell[1] <= x
        shapes.append(
            Label(
                id=f"weight {number}",
                at=(ends[1][0] + (-4 if left else 4), ends[1][1]),
                text=f"{weight:.2f}",
                side="end" if left else "start",
                rise="around",
            )
        )
    said = ", ".join(f"({row}, {column}) × {w:.2f}" for (row, column), w in sample.weights.items())
    tip = f"sample {sample.number} at y = {y:.2f}, x = {x:.2f}: {said}"
    return [*shapes, Dot(id="chosen sample", meaning="link", at=at, radius=5.5, tip=tip)]


def distances(places: Tensor, theirs: Tensor, here: list[tuple[int, int]]) -> list[Shape]:
    """Return torchvision's samples [3, Sy, Sx]; those of a bin are tied to [3, Sy, Sx] elsewhere.

    Args:
        places: y and x of each sample in cells, and 0 where nothing is read.
        theirs: the same of torchvision's samples.
        here: row and column of the samples of the bin.
    """
    shapes: list[Shape] = [
        Dot(id=f"reference {number}", meaning="reference", at=_middle_of((y, x)), radius=2.5)
        for number, (y, x, reads) in enumerate(theirs.flatten(1).T.tolist(), start=1)
        if reads
    ]
    for number, index in enumerate(here, start=1):
        mine, other = places[:, *index].tolist(), theirs[:, *index].tolist()
        apart = max(abs(mine[0] - other[0]), abs(mine[1] - other[1])) > _APART
        if mine[2] and other[2] and apart:
            ends = (_middle_of((mine[0], mine[1])), _middle_of((other[0], other[1])))
            shapes.append(Line(id=f"differs {number}", meaning="differs", points=ends))
    return shapes
