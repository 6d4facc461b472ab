"""Heads: skull, face, ears and hair on a ball that turns, as painted polygons."""

import math

from rcnn_course.datasets.painting.canvas import Colour, mix, shade
from rcnn_course.datasets.painting.looks import Hair
from rcnn_course.datasets.painting.shapes import (
    Point,
    Polygon,
    circle,
    cosd,
    ellipse,
    hull_of_circles,
    sind,
)

Strokes = list[tuple[Polygon, Colour]]

# Where the face's keypoints lie on the ball: longitude to the left, latitude up, distance, and how
# much that longitude must face the camera to be seen.
_FEATURES = {
    "nose": (0, -9, 1.1, -0.25),
    "left_eye": (25, 9, 0.97, 0.08),
    "right_eye": (-25, 9, 0.97, 0.08),
    "left_ear": (88, 0, 1.0, -0.3),
    "right_ear": (-88, 0, 1.0, -0.3),
}
_TALL = 1.14  # height of a head over its width


class Head:
    """A head on the screen.

    Args:
        x (float): of its centre, in pixels.
        y (float): of its centre, in pixels.
        radius (float): half its width, in pixels.
        yaw (float): 0 faces the camera, 90 the right-hand edge of the picture.
        roll (float): clockwise on the screen, in degrees.
    """

    def __init__(self, x: float, y: float, radius: float, yaw: float, roll: float):
        self.x, self.y, self.radius, self.yaw, self.roll = x, y, radius, yaw, roll

    def at(self, longitude: float, latitude: float, distance: float = 1.0) -> Point:
        """A point of the ball on the screen; `distance` is in radii."""
        turned = longitude + self.yaw
        return self._place(distance * sind(turned) * cosd(latitude), -distance * sind(latitude))

    def towards(self, longitude: float) -> float:
        """How much a longitude of the ball faces the camera: 1 fully, below 0 not at all."""
        return cosd(longitude + self.yaw)

    def keypoints(self) -> dict[str, tuple[float, float, bool]]:
        """COCO's five keypoints of the face: x and y in pixels, and whether it faces the camera."""
        return {
            name: (*self.at(longitude, latitude, distance), self.towards(longitude) > threshold)
            for name, (longitude, latitude, distance, threshold) in _FEATURES.items()
        }

    def strokes(self, skin: Colour, hair: Hair) -> Strokes:
        """The polygons of the head, back to front."""
        profile = abs(sind(self.yaw))
        skull = [(self._oval(0, 0, 1.0), skin)]
        jaw_x = 0.22 * sind(self.yaw)
        skull.append((self._oval(jaw_x, 0.32, 0.78 - 0.1 * profile, 0.72), skin))
        facing_away = self.towards(0) < 0
        ears_behind, ears_before = self._ears(skin)
        hair_behind, hair_before = self._hair(hair)
        face = self._face(skin, hair)
        if facing_away:
            return ears_behind + face + skull + hair_behind + hair_before + ears_before
        return hair_behind + ears_behind + skull + face + hair_before + ears_before

    def _place(self, x: float, y: float) -> Point:
        """From the head's own axes (in radii, y down) to the screen."""
        y *= _TALL
        c, s = cosd(self.roll), sind(self.roll)
        return self.x + self.radius * (x * c - y * s), self.y + self.radius * (x * s + y * c)

    def _oval(self, x: float, y: float, rx: float, ry: float | None = None) -> Polygon:
        """An ellipse around a point in the head's own axes, in radii."""
        ry = rx if ry is None else ry
        return ellipse(
            *self._place(x, y), rx * self.radius, ry * self.radius * _TALL, turn=self.roll
        )

    def _dome(self, latitude: float, longitude: float, size: float) -> Polygon:
        """The visible part of the half of the ball around a pole, as seen from the camera."""
        turned = longitude + self.yaw
        nx, ny, nz = sind(turned) * cosd(latitude), -sind(latitude), cosd(turned) * cosd(latitude)
        flat = max(math.hypot(nx, ny), 1e-6)
        ux, uy = -ny / flat, nx / flat
        # v = n x u completes the rim; its half with v_z > 0 faces the camera.
        vx, vy, vz = -nz * uy, nz * ux, nx * uy - ny * ux
        sign = 1 if vz >= 0 else -1
        angles = range(0, 181, 12)
        rim = [
            (cosd(t) * ux + sign * sind(t) * vx, cosd(t) * uy + sign * sind(t) * vy) for t in angles
        ]
        back = [
            (-cosd(t) * ux + sind(t) * nx / flat, -cosd(t) * uy + sind(t) * ny / flat)
            for t in angles
        ]
        return [self._place(size * x, size * y) for x, y in rim + back]

    def _ears(self, skin: Colour) -> tuple[Strokes, Strokes]:
        behind: Strokes = []
        before: Strokes = []
        keypoints = self.keypoints()
        for name in ("left_ear", "right_ear"):
            x, y, seen = keypoints[name]
            if not seen:
                continue
            ear = ellipse(x, y, 0.2 * self.radius, 0.28 * self.radius, self.roll)
            inner = ellipse(x, y, 0.1 * self.radius, 0.16 * self.radius, self.roll)
            layer = before if self.towards(_FEATURES[name][0]) > 0.25 else behind
            layer += [(ear, shade(skin, 0.94)), (inner, shade(skin, 0.8))]
        return behind, before

    def _face(self, skin: Colour, hair: Hair) -> Strokes:
        r = self.radius
        strokes: Strokes = []
        if hair.beard:
            strokes.append((self._dome(-64, 180, 1.04), hair.colour))
        keypoints = self.keypoints()
        for name in ("left_eye", "right_eye"):
            x, y, seen = keypoints[name]
            if not seen:
                continue
            longitude = _FEATURES[name][0]
            narrow = max(0.45, self.towards(longitude))
            brow_x, brow_y = self.at(longitude, 26, 1.0)
            strokes += [
                (ellipse(x, y, 0.17 * r * narrow, 0.15 * r, self.roll), (250, 248, 244)),
                (ellipse(x, y, 0.11 * r * narrow, 0.135 * r, self.roll), (36, 28, 30)),
                (
                    ellipse(brow_x, brow_y, 0.2 * r * narrow, 0.045 * r, self.roll),
                    mix(hair.colour, (40, 30, 28), 0.5),
                ),
            ]
        tip_x, tip_y, seen = keypoints["nose"]
        if seen:
            bridge = self.at(0, 8, 0.98)
            strokes.append(
                (hull_of_circles((*bridge, 0.05 * r), (tip_x, tip_y, 0.13 * r)), shade(skin, 0.84))
            )
        if self.towards(0) > 0.1:
            left, low, right = (self.at(*corner) for corner in ((17, -32), (0, -42), (-17, -32)))
            strokes.append(
                (
                    hull_of_circles((*left, 0.035 * r), (*low, 0.04 * r), (*right, 0.035 * r)),
                    mix(skin, (150, 40, 40), 0.6),
                )
            )
        return strokes

    def _hair(self, hair: Hair) -> tuple[Strokes, Strokes]:
        """Strokes behind the face, and strokes over it."""
        r, colour = self.radius, hair.colour
        dark = shade(colour, 0.85)
        if hair.style == "bald":
            return [], []
        behind: Strokes = []
        before: Strokes = [(self._dome(48, 180, 1.09), colour)]
        back_x = -0.35 * sind(self.yaw)
        facing_away = self.towards(0) < 0
        layer = before if facing_away else behind
        if hair.style == "long":
            top, low = self._place(back_x, -0.1), self._place(1.3 * back_x, 1.15)
            layer.append((hull_of_circles((*top, 1.1 * r), (*low, 0.85 * r)), dark))
        elif hair.style == "ponytail":
            root, end = self.at(180, 30, 1.2), self.at(180, -45, 1.7)
            layer.append((hull_of_circles((*root, 0.3 * r), (*end, 0.2 * r)), dark))
        elif hair.style == "bun":
            layer.append((circle(*self.at(180, 55, 1.35), 0.42 * r), dark))
        elif hair.style == "curly":
            layer.append((self._oval(back_x, -0.2, 1.3, 1.15), dark))
            before = [(self._dome(50, 180, 1.22), colour)]
            if facing_away:
                before.append((self._oval(back_x, -0.2, 1.3, 1.15), dark))
        elif hair.style == "cap":
            before.append((self._dome(72, 180, 1.13), hair.cap))
            if not facing_away:
                brow, peak = self.at(0, 26, 1.05), self.at(0, 22, 1.55)
                left, right = self.at(42, 27, 1.08), self.at(-42, 27, 1.08)
                peak_shape = hull_of_circles(
                    (*brow, 0.1 * r), (*peak, 0.12 * r), (*left, 0.06 * r), (*right, 0.06 * r)
                )
                before.append((peak_shape, shade(hair.cap, 0.8)))
        return behind, before
