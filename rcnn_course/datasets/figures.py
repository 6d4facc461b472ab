"""Figures: a person's body, clothes and head as painted polygons, and the 17 keypoints."""

from dataclasses import dataclass
from random import Random

from rcnn_course.datasets.canvas import BACKGROUND, Canvas, Colour, shade
from rcnn_course.datasets.heads import SKIN_COLOURS, Hair, Head, Strokes, random_hair
from rcnn_course.datasets.keypoints import KEYPOINT_NAMES
from rcnn_course.datasets.poses import random_pose
from rcnn_course.datasets.shapes import Polygon, cut, hull_of_circles, rectangle
from rcnn_course.datasets.skeleton import Joint, Pose, body_joints, project

CLOTH_COLOURS = (
    (214, 69, 65),
    (231, 126, 72),
    (240, 188, 84),
    (122, 168, 92),
    (52, 134, 116),
    (64, 150, 190),
    (48, 92, 150),
    (60, 62, 104),
    (142, 92, 160),
    (226, 132, 154),
    (240, 236, 226),
    (180, 184, 188),
    (92, 96, 104),
    (44, 48, 56),
    (128, 206, 190),
    (120, 40, 56),
)
_LEG_COLOURS = (
    (52, 72, 112),
    (38, 46, 66),
    (84, 112, 150),
    (74, 70, 70),
    (36, 36, 40),
    (150, 126, 94),
    (196, 178, 146),
    (96, 104, 82),
    (122, 66, 58),
    (208, 206, 204),
)
_SHOE_COLOURS = ((36, 32, 34), (238, 236, 232), (128, 78, 48), (200, 70, 60), (66, 90, 140))


_SEAT_COLOURS = ((176, 132, 92), (120, 128, 140), (206, 196, 180), (90, 70, 60))
_THINNEST = 0.8  # pixels


@dataclass(frozen=True)
class Looks:
    """A person's build, skin, hair and clothes."""

    skin: Colour
    hair: Hair
    top: Colour
    second: Colour  # of the pattern on the top
    pattern: str
    sleeves: float  # how much of the arm is covered: 0 none, 0.5 to the elbow, 1 to the wrist
    bottom: Colour
    legs: float  # how much of the leg is covered, likewise
    skirt: float  # length of the skirt in heights, 0 for none
    shoes: Colour
    build: float  # thickness of the limbs, 1 on average
    head: float  # size of the head, 1 for adults


def random_looks(rng: Random, child: bool) -> Looks:
    """Chance looks; a child has a larger head."""
    top, second = rng.choice(CLOTH_COLOURS), rng.choice(CLOTH_COLOURS)
    skirt = rng.choice((0, 0, 0, 0, 0.15, 0.22, 0.3))
    dress = skirt > 0 and rng.random() < 0.5
    return Looks(
        skin=rng.choice(SKIN_COLOURS),
        hair=random_hair(rng, cap=rng.choice(CLOTH_COLOURS)),
        top=top,
        second=second,
        pattern=rng.choice(("plain", "plain", "stripes", "band", "yoke", "vest")),
        sleeves=rng.choice((0.0, 0.28, 0.32, 0.5, 1.0, 1.0)),
        bottom=top if dress else rng.choice(_LEG_COLOURS),
        legs=0.0 if skirt else rng.choice((1.0, 1.0, 1.0, 0.42, 0.34)),
        skirt=skirt,
        shoes=rng.choice(_SHOE_COLOURS),
        build=rng.uniform(0.9, 1.22),
        head=rng.uniform(1.2, 1.35) if child else rng.uniform(0.95, 1.06),
    )


class Figure:
    """One person, ready to be painted.

    Args:
        rng (random.Random): decides pose, direction and looks.
        x (float): where the person stands on the screen, in pixels.
        y (float): the ground under the person, in pixels.
        height (float): of the upright person, in pixels.
    """

    def __init__(self, rng: Random, x: float, y: float, height: float):
        self.pose: Pose = random_pose(rng)
        self.looks = random_looks(rng, child=rng.random() < 0.2)
        self.yaw = _random_yaw(rng)
        self.height, self.ground = height, y
        self.seat = rng.choice(_SEAT_COLOURS)
        skeleton = body_joints(self.pose, shoulders=0.5 + 0.5 * self.looks.build)
        self.joints = project(skeleton, x, y, height, self.yaw)
        neck, pelvis = self.joints["neck"], self.joints["pelvis"]
        slant = (neck.x - pelvis.x) / max(pelvis.y - neck.y, 0.4 * height * 0.285)
        centre = self.joints["head"]
        self.head = Head(
            centre.x,
            centre.y,
            0.07 * self.looks.head * height,
            self.yaw + self.pose.turn,
            max(-40.0, min(40.0, 45 * slant)) + self.pose.nod,
        )

    def keypoints(self) -> list[tuple[float, float, bool]]:
        """COCO's 17 keypoints: x and y in pixels, and whether its side of the head is seen."""
        face = self.head.keypoints()
        return [
            face[name] if name in face else (self.joints[name].x, self.joints[name].y, True)
            for name in KEYPOINT_NAMES
        ]

    def paint(self, canvas: Canvas, owner: int) -> None:
        """Paint the person's parts, the farthest first."""
        parts = [(*self._trunk(), owner), (*self._head(), owner)]
        for side in ("left", "right"):
            parts += [(*part, owner) for part in (*self._leg(side), *self._arm(side))]
        if self.pose.seated:
            parts.append((*self._seat(), BACKGROUND))
        for _, strokes, painter in sorted(parts, key=lambda part: part[0]):
            for polygon, colour in strokes:
                canvas.paint(polygon, colour, painter)

    def _radius(self, size: float) -> float:
        """A radius in pixels of a part given in heights; never so thin that a pixel loses it."""
        return max(size * self.looks.build * self.height, _THINNEST)

    def _bone(
        self, start: Joint, end: Joint, radii: tuple[float, float], cloth: Colour, covered: float
    ) -> tuple[float, Strokes]:
        """A tapered bone: depth and strokes, `covered` of its length in cloth, the rest in skin."""
        first, last = self._radius(radii[0]), self._radius(radii[1])
        depth = (start.depth + end.depth) / 2
        light = 1 + max(-0.12, min(0.0, 0.9 * depth))
        whole = hull_of_circles((start.x, start.y, first), (end.x, end.y, last))
        along = (end.x - start.x, end.y - start.y)
        if covered >= 1:
            return depth, _two_tone(whole, start, along, shade(cloth, light))
        strokes = _two_tone(whole, start, along, shade(self.looks.skin, light))
        if covered > 0:
            seam = (start.x + covered * along[0], start.y + covered * along[1])
            wide = hull_of_circles((start.x, start.y, first * 1.12), (end.x, end.y, last * 1.2))
            sleeve = cut(wide, seam, (-along[0], -along[1]))
            strokes += _two_tone(sleeve, start, along, shade(cloth, light))
        return depth, strokes

    def _arm(self, side: str) -> list[tuple[float, Strokes]]:
        looks = self.looks
        shoulder, elbow, wrist = (
            self.joints[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist")
        )
        cloth = shade(looks.second if looks.pattern == "vest" else looks.top, 0.95)
        upper = self._bone(shoulder, elbow, (0.036, 0.028), cloth, 2 * looks.sleeves)
        lower = self._bone(elbow, wrist, (0.028, 0.022), cloth, 2 * looks.sleeves - 1)
        reach = 0.022 * self.height
        length = max(((wrist.x - elbow.x) ** 2 + (wrist.y - elbow.y) ** 2) ** 0.5, reach)
        hand = (
            wrist.x + reach * (wrist.x - elbow.x) / length,
            wrist.y + reach * (wrist.y - elbow.y) / length,
        )
        palm = hull_of_circles(
            (wrist.x, wrist.y, self._radius(0.021)), (*hand, self._radius(0.025))
        )
        lower[1].insert(0, (palm, looks.skin))
        # The shoulder is thicker than the arm: bring the arm a little to the front of the trunk.
        return [(upper[0] + 0.03, upper[1]), (lower[0] + 0.03, lower[1])]

    def _leg(self, side: str) -> list[tuple[float, Strokes]]:
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
        foot = ((ankle.depth + toe.depth) / 2, [(shoe, looks.shoes)])
        # The trunk covers the top of a leg, except where the knee comes well to the front of it.
        depth = min(thigh[0], -0.05) if looks.skirt else thigh[0]
        return [(depth - 0.07, thigh[1]), (shin[0] - 0.01, shin[1]), foot]

    def _trunk(self) -> tuple[float, Strokes]:
        """Pelvis, top, pattern, skirt and neck."""
        looks = self.looks
        pelvis, neck, head = self.joints["pelvis"], self.joints["neck"], self.joints["head"]
        along = (neck.x - pelvis.x, neck.y - pelvis.y)

        def level(t: float) -> tuple[float, float]:
            return pelvis.x + t * along[0], pelvis.y + t * along[1]

        hips = [
            (*self.joints[f"{side}_hip"][:2], self._radius(0.055)) for side in ("left", "right")
        ]
        shoulders = [
            (j.x, j.y, self._radius(0.038))
            for j in (self.joints["left_shoulder"], self.joints["right_shoulder"])
        ]
        waist = self._radius(0.058)
        chest = hull_of_circles(
            *shoulders, (*level(0.72), self._radius(0.068)), (*level(0.22), waist * 1.12),
            *((x + 0.12 * (level(0.1)[0] - x), level(0.1)[1], r) for x, _, r in hips),
        )  # fmt: skip
        chest = cut(chest, level(0.0), along)
        strokes: Strokes = []
        if looks.skirt:
            strokes += self._skirt(level(0.3))
        else:
            strokes.append((hull_of_circles(*hips, (*level(0.2), waist)), looks.bottom))
        throat = hull_of_circles(
            (neck.x, neck.y, self._radius(0.033)),
            (0.4 * neck.x + 0.6 * head.x, 0.4 * neck.y + 0.6 * head.y, self._radius(0.03)),
        )
        strokes.append((throat, shade(looks.skin, 0.9)))
        strokes += _two_tone(chest, pelvis, (-along[0], -along[1]), looks.top)
        strokes += self._pattern(chest, level, along)
        collar = hull_of_circles((*level(1.0), self._radius(0.031)))
        if abs((self.yaw + 180) % 360 - 180) < 100:
            strokes.append((cut(collar, level(0.9), along), shade(looks.skin, 0.9)))
        return max(0.0, neck.depth / 2), strokes

    def _pattern(self, chest: Polygon, level, along: tuple[float, float]) -> Strokes:
        looks = self.looks
        down = (-along[0], -along[1])

        def belt(low: float, high: float) -> Polygon:
            return cut(cut(chest, level(low), along), level(high), down)

        if looks.pattern == "stripes":
            return [(belt(t, t + 0.09), looks.second) for t in (0.06, 0.25, 0.44, 0.63, 0.82)]
        if looks.pattern == "band":
            return [(belt(0.45, 0.68), looks.second)]
        if looks.pattern == "yoke":
            return [(belt(0.66, 1.3), looks.second)]
        return []

    def _skirt(self, waist: tuple[float, float]) -> Strokes:
        looks = self.looks
        hems = []
        for side in ("left", "right"):
            hip, knee = self.joints[f"{side}_hip"], self.joints[f"{side}_knee"]
            share = min(looks.skirt / 0.235, 1.15)
            hems.append(
                (
                    hip.x + share * (knee.x - hip.x),
                    hip.y + share * (knee.y - hip.y),
                    self._radius(0.052 + 0.1 * looks.skirt),
                )
            )
        hips = [
            (*self.joints[f"{side}_hip"][:2], self._radius(0.055)) for side in ("left", "right")
        ]
        cloth = hull_of_circles((*waist, self._radius(0.055)), *hips, *hems)
        return [(cloth, shade(looks.bottom, 0.96))]

    def _seat(self) -> tuple[float, Strokes]:
        """A block to sit on, which is not part of the person."""
        pelvis, half = self.joints["pelvis"], 0.13 * self.height
        top, ground = pelvis.y + self._radius(0.045), self.ground
        block = rectangle(pelvis.x - half, top, pelvis.x + half, ground)
        lid = rectangle(pelvis.x - 1.1 * half, top, pelvis.x + 1.1 * half, top + 0.25 * half)
        return -0.045, [(block, shade(self.seat, 0.82)), (lid, self.seat)]

    def _head(self) -> tuple[float, Strokes]:
        return self.joints["head"].depth + 0.03, self.head.strokes(self.looks.skin, self.looks.hair)


def _two_tone(
    polygon: Polygon, start: Joint, along: tuple[float, float], colour: Colour
) -> Strokes:
    """A polygon with a darker half on the side of its axis that lies away from the light."""
    normal = (-along[1], along[0])
    if normal[0] + 0.6 * normal[1] < 0:
        normal = (-normal[0], -normal[1])
    length = max((normal[0] ** 2 + normal[1] ** 2) ** 0.5, 1e-6)
    dark = cut(polygon, (start.x, start.y), (normal[0] / length, normal[1] / length))
    return [(polygon, colour), (dark, shade(colour, 0.91))]


def _random_yaw(rng: Random) -> float:
    """Mostly facing the camera or to a side, sometimes away, in degrees."""
    facing = rng.choice((0, 0, 0, 35, -35, 75, -75, 90, -90, 180, 150, -150))
    return facing + rng.uniform(-15, 15)
