"""Colours that tell the objects of a picture apart.

The first six are Okabe and Ito's (2008), as in `draw`. No two of the twelve are alike, and which
object has which follows from their order alone.
"""

from collections.abc import Sequence
from math import hypot

from rcnn_course.scene.shapes import OBJECTS, XYXY

TONES = (
    "#e69f00",
    "#56b4e9",
    "#009e73",
    "#cc79a7",
    "#d55e00",
    "#0072b2",
    "#f0e442",
    "#7a3ea1",
    "#8ee3c8",
    "#8c4a2f",
    "#ffb3c1",
    "#9ccc3c",
)
CSS = "".join(
    f".rcnn-scene .{meaning} {{ --tone: {tone}; --wide: 2.2; }}\n"
    for meaning, tone in zip(OBJECTS, TONES, strict=True)
)


def tones(boxes: Sequence[XYXY]) -> list[int]:
    """Return the number of a colour for each box, from 0, for `OBJECTS` and `TONES`.

    The first twelve have a colour each; a further one has that of the box that is farthest away.

    Example:
        >>> from rcnn_course.scene.tones import tones
        >>> row = [(10.0 * place, 0.0, 10.0 * place + 8, 8.0) for place in range(14)]
        >>> tones(row)
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1]
    """
    chosen: list[int] = []
    middles = [((x1 + x2) / 2, (y1 + y2) / 2) for x1, y1, x2, y2 in boxes]
    for number, (x, y) in enumerate(middles):
        if number < len(TONES):
            chosen.append(number)
            continue
        nearest = [float("inf")] * len(TONES)
        for (other_x, other_y), tone in zip(middles, chosen, strict=False):
            nearest[tone] = min(nearest[tone], hypot(x - other_x, y - other_y))
        chosen.append(nearest.index(max(nearest)))
    return chosen
