"""What can be grabbed in a scene, and what that sets."""

from dataclasses import dataclass

from rcnn_course.scene.shapes import XYXY, Point


@dataclass(frozen=True, kw_only=True)
class Track:
    """A number that a handle sets along one direction.

    Args:
        sets: the name under which the number reaches the explorer.
        value: now.
        low: the lowest.
        high: the highest.
        step: between neighbours, counted from `low`.
        scale: pixels of the picture for a change by 1; negative where it grows to the left or up.
    """

    sets: str
    value: float
    low: float
    high: float
    step: float = 1.0
    scale: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Handle:
    """A place to grab with the mouse, a finger or, once it has the focus, the arrow keys.

    Args:
        id: unlike those of all shapes and other handles.
        name: for readers who cannot see it, such as 'cell'.
        says: its value in words.
        at: where it is.
        box: what can be grabbed; otherwise a disc around `at`.
        marked: whether a disc at `at` says that there is something to grab; without it, the mouse
            and the keyboard alone do, for many boxes over one another.
        x: what moving it to the right or left sets, if anything.
        y: what moving it down or up sets.

    Raises:
        ValueError: If it sets nothing.
    """

    id: str
    name: str
    says: str
    at: Point
    box: XYXY | None = None
    marked: bool = True
    x: Track | None = None
    y: Track | None = None

    def __post_init__(self) -> None:
        if self.x is self.y is None:
            raise ValueError(f"handle {self.id} sets nothing: give it x, y or both")
