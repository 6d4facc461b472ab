"""The shapes of a scene: each has an id, a meaning, from which its look follows, and a tooltip."""

from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float]
XYXY = tuple[float, float, float, float]
Side = Literal["start", "middle", "end"]
Rise = Literal["above", "around", "below"]

OBJECTS = tuple(f"object-{number}" for number in range(1, 13))
"""Meanings that tell the objects of a picture apart; `tones` has their colours."""

MEANINGS = (
    "plain",
    "yours",
    "reference",
    "differs",
    "link",
    "truth",
    "positive",
    "ignored",
    "negative",
    "background",
    "left-side",
    "right-side",
    "midline",
    *OBJECTS,
)
"""What a shape stands for; `look.css` has a colour and a style of line for each."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What all shapes have.

    Args:
        id: of the shape; what has the same id in the next scene is the same thing, moved.
        meaning: one of MEANINGS.
        tip: what is shown while the mouse is over it.

    Raises:
        ValueError: If the meaning is another one.
    """

    id: str
    meaning: str = "plain"
    tip: str = ""

    def __post_init__(self) -> None:
        if self.meaning not in MEANINGS:
            raise ValueError(
                f"meaning must be one of {', '.join(MEANINGS)}, got {self.meaning!r} for {self.id}"
            )


@dataclass(frozen=True, kw_only=True)
class Picture(Shape):
    """A PNG or JPEG that fills a box; see `encoded`.

    Args:
        data: the bytes of the file.
        xyxy: the box.
        cells: whether its pixels are cells, which stay square however much they are enlarged.
        opacity: from 0, not to be seen, to 1.
    """

    data: bytes
    xyxy: XYXY
    cells: bool = False
    opacity: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Readout(Shape):
    """Cells that say their numbers while the mouse is over them, and are not drawn.

    Args:
        xyxy: the box of all cells.
        rows: of cells.
        columns: of cells.
        numbers: of the cells, row after row, as the bytes of float32.
        says: what is said of a cell, with {row}, {column} and {value}.

    Raises:
        ValueError: If there is not one number for each cell.
    """

    xyxy: XYXY
    rows: int
    columns: int
    numbers: bytes
    says: str = "row {row}, column {column}: {value}"

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.numbers) != 4 * self.rows * self.columns:
            raise ValueError(
                f"numbers must hold {self.rows} × {self.columns} float32, four bytes each, got "
                f"{len(self.numbers)} bytes for {self.id}"
            )


@dataclass(frozen=True, kw_only=True)
class Numbers(Shape):
    """Numbers in the middle of cells.

    Args:
        xyxy: the box of all cells.
        rows: of cells.
        columns: of cells.
        texts: of the cells, row after row; '' leaves a cell empty.
        light: of the cells, whether the number is light, for a dark ground.

    Raises:
        ValueError: If there is not one text for each cell, or not as many of `light`.
    """

    xyxy: XYXY
    rows: int
    columns: int
    texts: tuple[str, ...]
    light: tuple[bool, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not len(self.texts) == len(self.light) == self.rows * self.columns:
            raise ValueError(
                f"texts and light must be of {self.rows} × {self.columns} cells, got "
                f"{len(self.texts)} and {len(self.light)} for {self.id}"
            )


@dataclass(frozen=True, kw_only=True)
class Box(Shape):
    """The outline of a box.

    Args:
        xyxy: the box.
        thin: whether its line is thin, because there are many.
    """

    xyxy: XYXY
    thin: bool = False


@dataclass(frozen=True, kw_only=True)
class Line(Shape):
    """A line through two points or more."""

    points: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True)
class Polygon(Shape):
    """A closed outline, lightly filled."""

    points: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True)
class Arrow(Shape):
    """A line with a head at its end."""

    start: Point
    end: Point


@dataclass(frozen=True, kw_only=True)
class Dot(Shape):
    """A point, drawn as a disc with a radius in pixels of the screen."""

    at: Point
    radius: float = 4.0


@dataclass(frozen=True, kw_only=True)
class Label(Shape):
    """A few words at a point.

    Args:
        at: the point.
        text: one line.
        side: which end of the words is at the point.
        rise: whether the words stand above the point, around it or below it.
    """

    at: Point
    text: str
    side: Side = "start"
    rise: Rise = "above"


@dataclass(frozen=True, kw_only=True)
class Grid(Shape):
    """The lines between the cells of a box, its border included."""

    xyxy: XYXY
    rows: int
    columns: int
