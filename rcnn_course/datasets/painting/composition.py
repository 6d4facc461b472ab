"""Composition: what stands where in a picture, and the painting of it, back to front.

A camera looks over a ground that begins at the horizon. It makes people the taller the lower in
the picture they stand: a person's height on the screen is `scale` times the distance from the
horizon down to the feet. People near the camera are cut off by the border.
"""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

import numpy as np

from rcnn_course.datasets.keypoints import KEYPOINT_NAMES
from rcnn_course.datasets.painting.canvas import Canvas
from rcnn_course.datasets.painting.objects import (
    paint_ball,
    paint_kite,
    paint_plant,
    paint_post,
    paint_suitcase,
)
from rcnn_course.datasets.painting.person import Person
from rcnn_course.datasets.painting.scenes import paint_background
from rcnn_course.datasets.painting.shapes import ellipse

_SMALLEST_PERSON = 24.0  # pixels
_FARTHEST_OVERLAP = 0.6  # of two people's boxes, as a part of the smaller
_LEAST_SEEN = 0.25  # of an object's pixels before others were painted over it
_FEWEST_PIXELS = 30
_FEWEST_KEYPOINTS = 3  # inside the picture

_Box = tuple[float, float, float, float]


class Thing(NamedTuple):
    """Something in the picture.

    Attributes:
        category (str | None): None for what only distracts.
        near (float): the row of the ground it stands on; what is nearer is painted later.
        paint (Callable[[Canvas, int], None]): paints it as the object of that number.
        person (Person | None): where it is one.
    """

    category: str | None
    near: float
    paint: Callable[[Canvas, int], None]
    person: Person | None = None


class Composition(NamedTuple):
    """A painted picture, which object each pixel shows, and the objects.

    Attributes:
        picture (uint8[H, W, 3]): RGB.
        owners (uint8[H, W]): k + 1 where the pixel shows things[k], 0 for the background.
        things (list[Thing]): from the farthest to the nearest.
    """

    picture: np.ndarray
    owners: np.ndarray
    things: list[Thing]

    def keypoints(self, k: int) -> np.ndarray:
        """The keypoints of person things[k]: float32 [17, 3], x, y and COCO's visibility."""
        person = self.things[k].person
        if person is None:
            raise ValueError(f"k must be of a person, but things[{k}] is none")
        return _keypoints(person, self.owners, k + 1)


def compose(rng: Random, height: int, width: int) -> Composition:
    """Paint a picture with at least one person; what would hardly be seen is left out."""
    while True:
        horizon = rng.uniform(0.25, 0.6) * height
        things = sorted(_Layout(rng, height, width, horizon).things, key=lambda thing: thing.near)
        background = Canvas(height, width)
        paint_background(background, Random(rng.getrandbits(32)), horizon)
        composition = _paint_what_is_seen(background, things)
        if any(thing.person for thing in composition.things):
            return composition


class _Spot(NamedTuple):
    """A spot on the ground, and how tall a person there is, in pixels."""

    x: float
    y: float
    person: float


class _Layout:
    """Chooses what stands where."""

    def __init__(self, rng: Random, height: int, width: int, horizon: float):
        self.rng, self.height, self.width, self.horizon = rng, height, width, horizon
        self.scale = rng.uniform(0.75, 1.5)
        self.boxes: list[_Box] = []
        self.things: list[Thing] = []
        for _ in range(rng.choice((1, 1, 2, 2, 2, 3, 3, 4, 4, 5))):
            self._add_person()
        for _ in range(rng.choice((0, 1, 1, 2, 2))):
            add = rng.choice((self._add_ball, self._add_kite, self._add_suitcase))
            add(self._spot(), rng.getrandbits(32))
        for _ in range(rng.choice((0, 0, 1, 2))):
            self._add_distractor()

    def _add_person(self) -> None:
        """Add somebody who does not hide much of the others, unless some attempts fail."""
        rng = self.rng
        smallest = max(_SMALLEST_PERSON, 0.125 * self.height)
        for _ in range(8):
            share = 1 - rng.random() ** 1.3
            height = round(smallest * (1.4 * self.height / smallest) ** share, 3)
            ground = self.horizon + height / self.scale
            half = 0.18 * height
            x = rng.uniform(0.03, 0.97) * self.width
            box = (x - half, ground - height, x + half, ground)
            if ground - height <= 0.85 * self.height and all(
                _overlap(box, other) < _FARTHEST_OVERLAP for other in self.boxes
            ):
                break
        else:
            return
        self.boxes.append(box)
        grown = height * rng.uniform(0.9, 1.05)
        person = Person(rng, x, ground, grown)

        def paint(canvas: Canvas, owner: int) -> None:
            _paint_shadow(canvas, x, ground, 0.2 * grown)
            person.paint(canvas, owner)

        self.things.append(Thing("person", ground, paint, person))

    def _spot(self) -> _Spot:
        y = self.horizon + self.rng.uniform(0.15, 1.0) * (self.height - self.horizon)
        x = self.rng.uniform(0.02, 0.98) * self.width
        return _Spot(x, y, self.scale * (y - self.horizon))

    def _add_ball(self, spot: _Spot, chance: int) -> None:
        x, ground, person = spot
        radius = max(5.0, self.rng.uniform(0.08, 0.18) * person)
        flies = self.rng.random() < 0.3
        y = self.rng.uniform(0.1, 0.9) * self.height if flies else ground - radius

        def paint(canvas: Canvas, owner: int) -> None:
            _paint_shadow(canvas, x, ground, radius)
            paint_ball(canvas, Random(chance), owner, x, y, radius)

        self.things.append(Thing("sports ball", ground, paint))

    def _add_kite(self, _: _Spot, chance: int) -> None:
        size = self.rng.uniform(0.12, 0.32) * self.height
        x, y = self.rng.uniform(0.08, 0.92) * self.width, self.rng.uniform(0.1, 0.5) * self.height
        near = self.rng.uniform(self.horizon, self.height)

        def paint(canvas: Canvas, owner: int) -> None:
            paint_kite(canvas, Random(chance), owner, x, y, size)

        self.things.append(Thing("kite", near, paint))

    def _add_suitcase(self, spot: _Spot, chance: int) -> None:
        x, ground, person = spot
        height = max(12.0, self.rng.uniform(0.3, 0.5) * person)

        def paint(canvas: Canvas, owner: int) -> None:
            _paint_shadow(canvas, x, ground, 0.5 * height)
            paint_suitcase(canvas, Random(chance), owner, x, ground, height)

        self.things.append(Thing("suitcase", ground, paint))

    def _add_distractor(self) -> None:
        x, ground, person = self._spot()
        draw = self.rng.choice((paint_post, paint_plant))
        height = max(16.0, person * (self.rng.uniform(0.8, 1.5) if draw is paint_post else 0.55))
        chance = self.rng.getrandbits(32)

        def paint(canvas: Canvas, owner: int) -> None:
            draw(canvas, Random(chance), x, ground, height)

        self.things.append(Thing(None, ground, paint))


def _overlap(a: _Box, b: _Box) -> float:
    """The part of the smaller box (xyxy) that the other covers."""
    wide, tall = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or tall <= 0:
        return 0.0
    return wide * tall / min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))


def _paint_shadow(canvas: Canvas, x: float, y: float, half: float) -> None:
    canvas.paint_shadow(ellipse(x, y, half, 0.16 * half + 0.5))


def _paint_what_is_seen(background: Canvas, things: list[Thing]) -> Composition:
    """Paint things on a background; leave out who is hardly seen, and paint again."""
    while True:
        canvas = background.copy()
        whole = []
        for owner, thing in enumerate(things, start=1):
            thing.paint(canvas, owner)
            whole.append(int(np.count_nonzero(canvas.owners() == owner)))
        owners = canvas.owners()
        visible = np.bincount(owners.ravel(), minlength=len(things) + 1)[1:]
        seen = [
            thing
            for k, thing in enumerate(things)
            if not thing.category or _is_seen(thing, k + 1, owners, visible[k], whole[k])
        ]
        if len(seen) == len(things):
            return Composition(canvas.picture(), owners, things)
        things = seen


def _is_seen(thing: Thing, owner: int, owners: np.ndarray, visible: int, whole: int) -> bool:
    if visible < max(_FEWEST_PIXELS, _LEAST_SEEN * whole):
        return False
    if not thing.person:
        return True
    visibility = _keypoints(thing.person, owners, owner)[:, 2]
    return int(np.count_nonzero(visibility)) >= _FEWEST_KEYPOINTS


def _keypoints(person: Person, owners: np.ndarray, owner: int) -> np.ndarray:
    """Keypoints in eighths of a pixel, which are exact in any float and in JSON."""
    height, width = owners.shape
    keypoints = np.zeros((len(KEYPOINT_NAMES), 3), dtype=np.float32)
    for k, (x, y, faces_camera) in enumerate(person.keypoints()):
        x, y = round(8 * x) / 8, round(8 * y) / 8
        if 0 <= x < width and 0 <= y < height:
            seen = faces_camera and owners[int(y), int(x)] == owner
            keypoints[k] = x, y, 2 if seen else 1
    return keypoints
