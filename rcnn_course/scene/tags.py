"""Words at the corners of boxes: within the picture, and not on one another."""

from collections.abc import Iterable, Iterator

from rcnn_course.scene.scene import Scene
from rcnn_course.scene.shapes import XYXY, Label, Point, Rise, Side

_LETTER, _LINE = 7.8, 16.0  # a letter's width and a line's height, in pixels of the screen


def tags(named: Iterable[tuple[str, str, XYXY]], scene: Scene) -> list[Label]:
    """Return a label for each box, at the first of its corners where it fits and hides no other.

    Args:
        named: id of the label, its text, and the box; the first choose first.
        scene: on whose canvas they are.

    Example:
        >>> from rcnn_course.scene import Scene
        >>> from rcnn_course.scene.tags import tags
        >>> box = (10.0, 50.0, 90.0, 90.0)
        >>> page = Scene(width=200, height=100)
        >>> [(tag.at, tag.rise) for tag in tags([("a", "one", box), ("b", "two", box)], page)]
        [((10.0, 50.0), 'above'), ((10.0, 50.0), 'below')]
    """
    taken: list[XYXY] = []
    placed = []
    for name, text, box in named:
        places = [
            Label(id=name, text=text, at=at, side=side, rise=rise)
            for at, side, rise in _corners(box)
        ]
        fitting = [label for label in places if _fits(label, scene)] or places
        label = next((x for x in fitting if _is_free(_extent(x, scene.zoom), taken)), fitting[0])
        taken.append(_extent(label, scene.zoom))
        placed.append(label)
    return placed


def _corners(box: XYXY) -> Iterator[tuple[Point, Side, Rise]]:
    x1, y1, x2, y2 = box
    for y in (y1, y2):
        yield (x1, y), "start", "above"
        yield (x1, y), "start", "below"
        yield (x2, y), "end", "above"
        yield (x2, y), "end", "below"


def _extent(label: Label, zoom: float) -> XYXY:
    """Return about where a label is, in pixels of the picture."""
    width, height = len(label.text) * _LETTER / zoom, _LINE / zoom
    x = label.at[0] - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[label.side]
    y = label.at[1] - height * {"above": 1.0, "around": 0.5, "below": 0.0}[label.rise]
    return x, y, x + width, y + height


def _fits(label: Label, scene: Scene) -> bool:
    x1, y1, x2, y2 = _extent(label, scene.zoom)
    return x1 >= 0 and y1 >= 0 and x2 <= scene.width and y2 <= scene.height


def _is_free(extent: XYXY, taken: list[XYXY]) -> bool:
    x1, y1, x2, y2 = extent
    return not any(x1 < r and left < x2 and y1 < b and top < y2 for left, top, r, b in taken)
