"""A person: body, clothes and head as painted polygons, and the 17 keypoints.

Sizes of a body are in heights of the person. A part of the body knows its depth, and the parts are
painted from the farthest to the nearest.
"""

import math
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from rcnn_course.datasets.keypoints import KEYPOINT_NAMES
from rcnn_course.datasets.painting.canvas import BACKGROUND, Canvas, Colour, shade
from rcnn_course.datasets.painting.heads import Head, Strokes
from rcnn_course.datasets.painting.looks import random_looks
from rcnn_course.datasets.painting.poses import random_pose
from rcnn_course.datasets.painting.shapes import (
    Point,
    Polygon,
    cut,
    hull_of_circles,
    rectangle,
    slab,
)
from rcnn_course.datasets.painting.skeleton import SPINE, THIGH, Joint, body_joints, project

_SEAT_COLOURS = ((176, 132, 92), (120, 128, 140), (206, 196, 180), (90, 70, 60))
_FACINGS = (0, 0, 0, 35, -35, 75, -75, 90, -90, 180, 150, -150)  # degrees; 0 is to the camera
_THINNEST = 0.8  # pixels, a radius
_SIDES = ("left", "right")


class _Part(NamedTuple):
    """A part of the body, or the seat under it: how near it is, and its polygons."""

    depth: float
    strokes: Strokes
    is_body: bool = True


class Person:
    """One person, ready to be painted.

    Args:
        rng (random.Random): decides pose, direction and looks.
        x (float): where the person stands on the screen, in pixels.
        y (float): the ground under the person, in pixels.
        height (float): of the upright person, in pixels.
    """

    def __init__(self, rng: Random, x: float, y: float, height: float):
        self.pose = random_pose(rng)
        self.looks = random_looks(rng)
        self.yaw = rng.choice(_FACINGS) + rng.uniform(-15, 15)
        self.seat_colour = rng.choice(_SEAT_COLOURS)
        self.ground, self.height = y, height
        skeleton = body_joints(self.pose, shoulders=0.5 + 0.5 * self.looks.build)
        self.joints = project(skeleton, x, y, height, self.yaw)
        self.head = self._place_head()

    def _place_head(self) -> Head:
        """Put the head on the neck: it leans and turns with the trunk, then nods and turns."""
        neck, pelvis, centre = (self.joints[name] for name in ("neck", "pelvis", "head"))
        slant = (neck.x - pelvis.x) / max(pelvis.y - neck.y, 0.4 * SPINE * self.height)
        roll = max(-40.0, min(40.0, 45 * slant)) + self.pose.nod
        radius = 0.07 * self.looks.head * self.height
        return Head(centre.x, centre.y, radius, self.yaw + self.pose.turn, roll)

    def keypoints(self) -> list[tuple[float, float, bool]]:
        """COCO's 17 keypoints: x and y in pixels, and False for a face's that looks away."""
        face = self.head.keypoints()
        return [
            face[name] if name in face else (self.joints[name].x, self.joints[name].y, True)
            for name in KEYPOINT_NAMES
        ]

    def paint(self, canvas: Canvas, owner: int) -> None:
        """Paint the person, as the object `owner`, and the seat, if any, as background."""
        parts = [self._trunk(), self._head()]
        for side in _SIDES:
            parts += [*self._leg(side), *self._arm(side)]
        if self.pose.seated:
            parts.append(self._seat())
        for part in sorted(parts, key=lambda part: part.depth):
            for polygon, colour in part.strokes:
                canvas.paint(polygon, colour, owner if part.is_body else BACKGROUND)

    def _radius(self, size: float) -> float:
        """A radius in pixels from heights, never so thin that the picture loses it."""
        return max(size * self.looks.build * self.height, _THINNEST)

    def _bone(
        self, start: Joint, end: Joint, radii: tuple[float, float], cloth: Colour, covered: float
    ) -> _Part:
        """A tapered bone, of which `covered` (0..1) is in cloth and the rest in skin."""
        first, last = self._radius(radii[0]), self._radius(radii[1])
        depth = (start.depth + end.depth) / 2
        light = 1 + max(-0.12, min(0.0, 0.9 * depth))  # what is farther away is darker
        whole = hull_of_circles((start.x, start.y, first), (end.x, end.y, last))
        along = (end.x - start.x, end.y - start.y)
        if covered >= 1:
            return _Part(depth, _two_tone(whole, start, along, shade(cloth, light)))
        strokes = _two_tone(whole, start, along, shade(self.looks.skin, light))
        if covered > 0:
            wide = hull_of_circles((start.x, start.y, first * 1.12), (end.x, end.y, last * 1.2))
            seam = (start.x + covered * along[0], start.y + covered * along[1])
            sleeve = cut(wide, seam, (-along[0], -along[1]))
            strokes += _two_tone(sleeve, start, along, shade(cloth, light))
        return _Part(depth, strokes)

    def _arm(self, side: str) -> list[_Part]:
        looks = self.looks
        shoulder, elbow, wrist = (
            self.joints[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist")
        )
        cloth = shade(looks.second if looks.pattern == "vest" else looks.top, 0.95)
        upper = self._bone(shoulder, elbow, (0.036, 0.028), cloth, 2 * looks.sleeves)
        lower = self._bone(elbow, wrist, (0.028, 0.022), cloth, 2 * looks.sleeves - 1)
        # The shoulder is thicker than the arm: bring the arm a little to the front of the trunk.
        return [
            _Part(upper.depth + 0.03, upper.strokes),
            _Part(lower.depth + 0.03, [(self._hand(elbow, wrist), looks.skin), *lower.strokes]),
        ]

    def _hand(self, elbow: Joint, wrist: Joint) -> Polygon:
        reach = 0.022 * self.height
        length = max(math.hypot(wrist.x - elbow.x, wrist.y - elbow.y), reach)
        tip_x = wrist.x + reach * (wrist.x - elbow.x) / length
        tip_y = wrist.y + reach * (wrist.y - elbow.y) / length
        return hull_of_circles(
            (wrist.x, wrist.y, self._radius(0.021)), (tip_x, tip_y, self._radius(0.025))
        )

    def _leg(self, side: str) -> list[_Part]:
        looks = self.looks
        hip, knee, ankle, toe = (
            self.joints[f"{side}_{name}"] for name in ("hip", "knee", "ankle", "toe")
        )
        thigh = self._bone(hip, knee, (0.056, 0.041), looks.bottom, 2 * looks.legs)
        shin = self._bone(knee, ankle, (0.040, 0.028), looks.bottom, 2 * looks.legs - 1)
        sole = self._radius(0.028)
        shoe = hull_of_circles(
            (ankle.x, ankle.y + 0.2 * sole, sole * 1.05), (toe.x, toe.y, sole * 0.8)
        )
        # The trunk covers the top of a leg, unless the knee comes well to the front; a skirt does.
        thigh_depth = min(thigh.depth, -0.05) if looks.skirt else thigh.depth
        return [
            _Part(thigh_depth - 0.07, thigh.strokes),
            _Part(shin.depth - 0.01, shin.strokes),
            _Part((ankle.depth + toe.depth) / 2, [(shoe, looks.shoes)]),
        ]

    def _trunk(self) -> _Part:
        """Hips or skirt, neck, and top."""
        pelvis, neck = self.joints["pelvis"], self.joints["neck"]
        along = (neck.x - pelvis.x, neck.y - pelvis.y)

        def level(share: float) -> Point:
            """The point of the spine at a share of its length above the pelvis."""
            return pelvis.x + share * along[0], pelvis.y + share * along[1]

        skin = shade(self.looks.skin, 0.9)
        chest = self._chest(level, along)
        strokes = [self._hips(level), (self._throat(), skin)]
        strokes += _two_tone(chest, pelvis, (-along[0], -along[1]), self.looks.top)
        strokes += self._pattern(chest, pelvis, along)
        if abs((self.yaw + 180) % 360 - 180) < 100:
            neckline = hull_of_circles((*level(1.0), self._radius(0.031)))
            strokes.append((cut(neckline, level(0.9), along), skin))
        return _Part(max(0.0, neck.depth / 2), strokes)

    def _hip_circles(self) -> list[tuple[float, float, float]]:
        radius = self._radius(0.055)
        hips = (self.joints[f"{side}_hip"] for side in _SIDES)
        return [(hip.x, hip.y, radius) for hip in hips]

    def _chest(self, level: Callable[[float], Point], along: Point) -> Polygon:
        """From the shoulders down to the hem at the pelvis."""
        shoulders = (self.joints[f"{side}_shoulder"] for side in _SIDES)
        radius = self._radius(0.038)
        hem_x, hem_y = level(0.1)
        whole = hull_of_circles(
            *((shoulder.x, shoulder.y, radius) for shoulder in shoulders),
            (*level(0.72), self._radius(0.068)),
            (*level(0.22), self._radius(0.058) * 1.12),
            *((x + 0.12 * (hem_x - x), hem_y, r) for x, _, r in self._hip_circles()),
        )
        return cut(whole, level(0.0), along)

    def _throat(self) -> Polygon:
        neck, head = self.joints["neck"], self.joints["head"]
        chin = (0.4 * neck.x + 0.6 * head.x, 0.4 * neck.y + 0.6 * head.y)
        return hull_of_circles((neck.x, neck.y, self._radius(0.033)), (*chin, self._radius(0.03)))

    def _hips(self, level: Callable[[float], Point]) -> tuple[Polygon, Colour]:
        looks = self.looks
        if not looks.skirt:
            waist = (*level(0.2), self._radius(0.058))
            return hull_of_circles(*self._hip_circles(), waist), looks.bottom
        share = min(looks.skirt / THIGH, 1.15)
        hem_radius = self._radius(0.052 + 0.1 * looks.skirt)
        hems = []
        for side in _SIDES:
            hip, knee = self.joints[f"{side}_hip"], self.joints[f"{side}_knee"]
            x, y = hip.x + share * (knee.x - hip.x), hip.y + share * (knee.y - hip.y)
            hems.append((x, y, hem_radius))
        waist = (*level(0.3), self._radius(0.055))
        return hull_of_circles(waist, *self._hip_circles(), *hems), shade(looks.bottom, 0.96)

    def _pattern(self, chest: Polygon, pelvis: Joint, along: Point) -> Strokes:
        """Bands across the top, between shares of the spine's length above the pelvis."""
        stripes = [(low, low + 0.09) for low in (0.06, 0.25, 0.44, 0.63, 0.82)]
        bands = {"stripes": stripes, "band": [(0.45, 0.68)], "yoke": [(0.66, 1.3)]}
        return [
            (slab(chest, (pelvis.x, pelvis.y), along, low, high), self.looks.second)
            for low, high in bands.get(self.looks.pattern, [])
        ]

    def _seat(self) -> _Part:
        """A block to sit on."""
        pelvis, half = self.joints["pelvis"], 0.13 * self.height
        top = pelvis.y + self._radius(0.045)
        block = rectangle(pelvis.x - half, top, pelvis.x + half, self.ground)
        lid = rectangle(pelvis.x - 1.1 * half, top, pelvis.x + 1.1 * half, top + 0.25 * half)
        strokes = [(block, shade(self.seat_colour, 0.82)), (lid, self.seat_colour)]
        return _Part(-0.045, strokes, is_body=False)

    def _head(self) -> _Part:
        strokes = self.head.strokes(self.looks.skin, self.looks.hair)
        return _Part(self.joints["head"].depth + 0.03, strokes)


def _two_tone(polygon: Polygon, start: Joint, along: Point, colour: Colour) -> Strokes:
    """A polygon whose half away from the light, on one side of its axis, is darker."""
    normal = (-along[1], along[0])
    if normal[0] + 0.6 * normal[1] < 0:
        normal = (along[1], -along[0])
    return [(polygon, colour), (cut(polygon, (start.x, start.y), normal), shade(colour, 0.91))]
