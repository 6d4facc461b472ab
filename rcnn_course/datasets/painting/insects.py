"""Insects seen from above, with spread wings: butterflies and dragonflies, and flowers.

An insect lies in a frame of its own: u to its right, v to its tail, both in parts of its size.
"""

from random import Random
from typing import NamedTuple

from rcnn_course.datasets.painting.canvas import Canvas, Colour, mix, shade
from rcnn_course.datasets.painting.palette import LEAVES
from rcnn_course.datasets.painting.shapes import (
    Point,
    Polygon,
    circle,
    cosd,
    ellipse,
    hull_of_circles,
    sind,
)

KINDS = ("butterfly", "dragonfly")
_WINGS = (
    (238, 150, 40),
    (92, 132, 220),
    (240, 226, 150),
    (204, 76, 60),
    (160, 108, 190),
    (246, 244, 236),
)
_BODIES = ((52, 40, 36), (70, 62, 30), (34, 40, 62))
_TIPS = {  # of the wings on the right, in the insect's frame: fore, hind
    "butterfly": ((0.47, -0.36), (0.33, 0.4)),
    "dragonfly": ((0.5, -0.27), (0.46, 0.06)),
}
_HEADS = {"butterfly": (0.0, -0.26), "dragonfly": (0.0, -0.4)}


class Insect(NamedTuple):
    """An insect somewhere in a picture.

    Attributes:
        kind: one of `KINDS`.
        x: of its middle, in pixels; so `y`.
        size: of its span, in pixels.
        turn: clockwise, in degrees; at 0 its head points up.
    """

    kind: str
    x: float
    y: float
    size: float
    turn: float

    def place(self, u: float, v: float) -> Point:
        """Return a point of the insect's frame in pixels of the picture."""
        c, s = self.size * cosd(self.turn), self.size * sind(self.turn)
        return self.x + u * c - v * s, self.y + u * s + v * c

    def keypoints(self) -> list[Point]:
        """Return head, left and right forewing tip, left and right hindwing tip, in pixels."""
        sides = [(side * u, v) for u, v in _TIPS[self.kind] for side in (-1, 1)]
        return [self.place(u, v) for u, v in (_HEADS[self.kind], *sides)]

    def paint(self, canvas: Canvas, rng: Random, owner: int) -> None:
        """Paint it as the object of that number, in colours of chance."""
        canvas.paint_shadow(self._ellipse(0.06, 0.1, 0.34, 0.3))
        paint = self._paint_butterfly if self.kind == "butterfly" else self._paint_dragonfly
        paint(canvas, rng, owner)

    def _paint_butterfly(self, canvas: Canvas, rng: Random, owner: int) -> None:
        fore, body = rng.choice(_WINGS), rng.choice(_BODIES)
        hind = shade(fore, rng.choice((0.75, 1.0, 1.25)))
        spot = rng.choice((body, shade(fore, 1.6), rng.choice(_WINGS)))
        (fu, fv), (hu, hv) = _TIPS["butterfly"]
        for side in (-1, 1):
            self._wing(canvas, owner, hind, (side * 0.06, 0.08), (side * hu, hv), 0.05, 0.11)
            self._wing(canvas, owner, fore, (side * 0.06, -0.1), (side * fu, fv), 0.06, 0.1)
            canvas.paint(self._ellipse(side * 0.29, -0.24, 0.055, 0.055), spot, owner)
            canvas.paint(self._ellipse(side * 0.22, 0.22, 0.045, 0.045), spot, owner)
            feeler = self._hull((side * 0.01, -0.28, 0.008), (side * 0.1, -0.46, 0.012))
            canvas.paint(feeler, body, owner)
        canvas.paint(self._ellipse(0, 0.02, 0.045, 0.26), body, owner)
        canvas.paint(self._ellipse(*_HEADS["butterfly"], 0.055, 0.055), body, owner)

    def _paint_dragonfly(self, canvas: Canvas, rng: Random, owner: int) -> None:
        body = rng.choice(((40, 110, 160), (56, 130, 80), (170, 60, 50), (90, 70, 150)))
        wing = mix((232, 240, 246), body, rng.uniform(0.05, 0.25))
        (fu, fv), (hu, hv) = _TIPS["dragonfly"]
        for side in (-1, 1):
            self._wing(canvas, owner, wing, (side * 0.04, -0.14), (side * hu, hv), 0.02, 0.055)
            lighter = shade(wing, 1.1)
            self._wing(canvas, owner, lighter, (side * 0.04, -0.22), (side * fu, fv), 0.02, 0.05)
            mark = self._ellipse(side * (fu - 0.03), fv, 0.025, 0.02)
            canvas.paint(mark, shade(body, 0.6), owner)
        for part in range(4):
            tone = shade(body, 1.0 if part % 2 else 0.75)
            start, end = -0.1 + 0.15 * part, 0.05 + 0.15 * part
            canvas.paint(self._hull((0, start, 0.03), (0, end, 0.024)), tone, owner)
        canvas.paint(self._ellipse(0, -0.22, 0.055, 0.13), shade(body, 0.85), owner)
        canvas.paint(self._ellipse(*_HEADS["dragonfly"], 0.06, 0.055), shade(body, 1.3), owner)

    def _wing(
        self,
        canvas: Canvas,
        owner: int,
        colour: Colour,
        root: Point,
        tip: Point,
        narrow: float,
        wide: float,
    ) -> None:
        """Paint a wing with a dark rim, from its root to its tip, `wide` near the tip."""
        for colour_of, grown in ((shade(colour, 0.6), 0.012), (colour, 0.0)):
            shares = ((0.0, narrow), (0.65, wide), (1.0, 0.35 * wide))
            circles = [
                (
                    root[0] + share * (tip[0] - root[0]),
                    root[1] + share * (tip[1] - root[1]),
                    radius + grown,
                )
                for share, radius in shares
            ]
            canvas.paint(self._hull(*circles), colour_of, owner)

    def _hull(self, *circles: tuple[float, float, float]) -> Polygon:
        return hull_of_circles(*((*self.place(u, v), r * self.size) for u, v, r in circles))

    def _ellipse(self, u: float, v: float, ru: float, rv: float) -> Polygon:
        return ellipse(*self.place(u, v), ru * self.size, rv * self.size, self.turn)


def paint_flower(canvas: Canvas, rng: Random, x: float, y: float, radius: float) -> None:
    """A flower around (x, y), which is no category, with a leaf."""
    petal = rng.choice(_WINGS)
    turn = rng.uniform(0, 72)
    leaf = ellipse(x + 1.1 * radius, y + 0.9 * radius, radius, 0.4 * radius, turn)
    canvas.paint(leaf, rng.choice(LEAVES))
    for number in range(5):
        angle = turn + 72 * number
        middle = (x + 0.6 * radius * cosd(angle), y + 0.6 * radius * sind(angle))
        canvas.paint(ellipse(*middle, 0.5 * radius, 0.3 * radius, angle), shade(petal, 0.95))
    canvas.paint(circle(x, y, 0.28 * radius), (236, 190, 60))
