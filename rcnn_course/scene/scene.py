"""A scene: everything that a picture shows, from the lowest to the topmost."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rcnn_course.scene.handles import Handle
from rcnn_course.scene.shapes import Shape


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Shapes and handles on a canvas.

    Args:
        width: of the canvas, in pixels of the picture.
        height: of the canvas.
        zoom: pixels of the screen for a pixel of the picture.
        shapes: from the lowest to the topmost.
        handles: above all shapes, in the order of the keyboard.
        text: what the picture shows, with its numbers, in a sentence or two.

    Raises:
        ValueError: If two of them have one id.

    Example:
        >>> from rcnn_course.scene import Box, Scene
        >>> scene = Scene(width=100, height=50, shapes=[Box(id="a", xyxy=(1, 2, 30, 40))])
        >>> scene["a"].xyxy
        (1, 2, 30, 40)
    """

    width: float
    height: float
    zoom: float = 1.0
    shapes: tuple[Shape, ...] = ()
    handles: tuple[Handle, ...] = ()
    text: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "shapes", tuple(self.shapes))
        object.__setattr__(self, "handles", tuple(self.handles))
        seen: set[str] = set()
        for part in self.parts:
            if part.id in seen:
                raise ValueError(f"ids must differ, but two parts of the scene are {part.id!r}")
            seen.add(part.id)

    @property
    def parts(self) -> list[Shape | Handle]:
        """Return shapes and handles, from the lowest to the topmost."""
        return [*self.shapes, *self.handles]

    def __getitem__(self, name: str) -> Shape:
        """Return the shape with this id."""
        for shape in self.shapes:
            if shape.id == name:
                return shape
        raise KeyError(f"no shape {name!r}; there are {', '.join(x.id for x in self.shapes)}")

    def handle(self, name: str) -> Handle:
        """Return the handle with this id."""
        for handle in self.handles:
            if handle.id == name:
                return handle
        raise KeyError(f"no handle {name!r}; there are {', '.join(x.id for x in self.handles)}")

    def of(self, meaning: str) -> list[Shape]:
        """Return the shapes with this meaning, from the lowest to the topmost."""
        return [shape for shape in self.shapes if shape.meaning == meaning]

    def plus(
        self, shapes: Iterable[Shape] = (), handles: Iterable[Handle] = (), text: str = ""
    ) -> "Scene":
        """Return this scene with more on top of it, and another text."""
        return replace(
            self,
            shapes=(*self.shapes, *shapes),
            handles=(*self.handles, *handles),
            text=text or self.text,
        )
