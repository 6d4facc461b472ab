"""Parts of a picture side by side on one canvas, enlarged."""

from typing import NamedTuple

from torch import Tensor

from rcnn_course.draw.base.images import to_pixels
from rcnn_course.scene import Picture, Scene
from rcnn_course.scene.pictures import encoded
from rcnn_course.scene.shapes import XYXY, Point

_WIDTH = 840.0  # of the canvas, in pixels of the screen
_GAP = 0.02  # between two panels, of the side of one


class Panel(NamedTuple):
    """A square on the canvas that shows a part of a picture.

    Attributes:
        x, y: upper left corner of the part, in pixels of the picture.
        side: of the part, in pixels of the picture and of the canvas alike.
        left: where the panel begins on the canvas.

    Example:
        >>> from rcnn_course.widgets.panels import two_panels
        >>> image = torch.rand(3, 100, 200)
        >>> left, right = two_panels((30.0, 20.0, 50.0, 60.0), 1.5, image)
        >>> left.place(40, 40), right.place(40, 40)
        ((30.0, 30.0), (91.2, 30.0))
        >>> right.box((30.0, 20.0, 50.0, 60.0))
        (81.2, 10.0, 101.2, 50.0)
    """

    x: float
    y: float
    side: float
    left: float

    def place(self, x: float, y: float) -> Point:
        """Return where a point of the picture is on the canvas."""
        return x - self.x + self.left, y - self.y

    def box(self, xyxy: XYXY) -> XYXY:
        """Return where a box of the picture is on the canvas."""
        x1, y1, x2, y2 = xyxy
        return *self.place(x1, y1), *self.place(x2, y2)

    def shows(self, x: float, y: float) -> bool:
        """Return whether a point of the picture is in the part."""
        return 0 <= x - self.x <= self.side and 0 <= y - self.y <= self.side

    def part(self, height: int, width: int) -> tuple[slice, slice]:
        """Return the rows and columns of a picture that are shown, as far as it reaches."""
        top, left, side = int(self.y), int(self.x), int(self.side)
        rows = slice(max(top, 0), min(top + side, height))
        return rows, slice(max(left, 0), min(left + side, width))

    def photo(self, name: str, image: Tensor, *, cells: bool = False) -> Picture:
        """Return what the panel shows of a picture [3, H, W]."""
        rows, columns = self.part(*image.shape[-2:])
        data = encoded(to_pixels(image[:, rows, columns]), photo=not cells)
        xyxy = self.box((columns.start, rows.start, columns.stop, rows.stop))
        return Picture(id=name, data=data, xyxy=xyxy, cells=cells)


def two_panels(box: XYXY, room: float, image: Tensor) -> tuple[Panel, Panel]:
    """Return two panels side by side that show a box with a margin, and the same part.

    Args:
        box: in pixels of the picture.
        room: side of the panels, of the longer side of the box; more than 1.
        image (Tensor[3, H, W]): the picture, beyond which nothing is shown where that is possible.
    """
    x1, y1, x2, y2 = box
    height, width = image.shape[-2:]
    side = float(round(room * max(x2 - x1, y2 - y1)))
    x, y = _start(x1, x2, side, width), _start(y1, y2, side, height)
    return Panel(x, y, side, 0.0), Panel(x, y, side, side * (1 + _GAP))


def _start(low: float, high: float, side: float, end: int) -> float:
    """Return where a part begins that has `low` to `high` in its middle, or near it."""
    start = float(round((low + high - side) / 2))
    return min(max(start, 0.0), end - side) if side <= end else start


def canvas(panels: tuple[Panel, Panel]) -> Scene:
    """Return an empty scene as large as two panels."""
    side, width = panels[0].side, panels[1].left + panels[1].side
    return Scene(width=width, height=side, zoom=_WIDTH / width)
