"""Convex polygons in pixels: circles, ellipses, hulls of circles, and cutting by a line.

A polygon is a list of (x, y) with y downwards. Sines and cosines are rounded to six decimals, so
that the last bit of a platform's maths library cannot move a pixel.
"""

import math
from functools import lru_cache

Point = tuple[float, float]
Polygon = list[Point]


@lru_cache(maxsize=4096)
def cosd(degrees: float) -> float:
    """Cosine of an angle in degrees, to six decimals."""
    return round(math.cos(math.radians(degrees)), 6)


@lru_cache(maxsize=4096)
def sind(degrees: float) -> float:
    """Sine of an angle in degrees, to six decimals."""
    return round(math.sin(math.radians(degrees)), 6)


_COARSE_CIRCLE = [(cosd(degrees), sind(degrees)) for degrees in range(0, 360, 15)]
_FINE_CIRCLE = [(cosd(degrees), sind(degrees)) for degrees in range(0, 360, 5)]


def _unit_circle(radius: float) -> Polygon:
    """Corners enough for a circle of this radius (pixels) to look round."""
    return _COARSE_CIRCLE if radius < 12 else _FINE_CIRCLE


def ellipse(x: float, y: float, rx: float, ry: float, turn: float = 0.0) -> Polygon:
    """An ellipse around (x, y), turned clockwise on the screen by `turn` degrees."""
    corners = _unit_circle(max(rx, ry))
    if turn == 0:
        return [(x + rx * c, y + ry * s) for c, s in corners]
    ct, st = cosd(turn), sind(turn)
    return [(x + rx * c * ct - ry * s * st, y + rx * c * st + ry * s * ct) for c, s in corners]


def circle(x: float, y: float, r: float) -> Polygon:
    """A circle of radius r around (x, y)."""
    return [(x + r * c, y + r * s) for c, s in _unit_circle(r)]


def rectangle(x1: float, y1: float, x2: float, y2: float) -> Polygon:
    """An upright rectangle."""
    return [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]


def hull_of_circles(*circles: tuple[float, float, float]) -> Polygon:
    """The convex hull of circles (x, y, r): two make a tapered capsule.

    In each direction the hull reaches as far as the circle that reaches farthest.
    """
    hull: Polygon = []
    for c, s in _unit_circle(max(r for _, _, r in circles)):
        farthest = -math.inf
        for x, y, r in circles:
            reach = x * c + y * s + r
            if reach > farthest:
                farthest, corner = reach, (x + r * c, y + r * s)
        hull.append(corner)
    return hull


def cut(polygon: Polygon, through: Point, normal: Point) -> Polygon:
    """The part of a convex polygon on the side of a line to which `normal` points.

    The line passes through the point `through`. The result is empty where nothing is left.
    """
    (px, py), (nx, ny) = through, normal
    kept: Polygon = []
    previous = polygon[-1] if polygon else (0.0, 0.0)
    previous_side = (previous[0] - px) * nx + (previous[1] - py) * ny
    for x, y in polygon:
        side = (x - px) * nx + (y - py) * ny
        if (side >= 0) != (previous_side >= 0):
            t = previous_side / (previous_side - side)
            kept.append((previous[0] + t * (x - previous[0]), previous[1] + t * (y - previous[1])))
        if side >= 0:
            kept.append((x, y))
        previous, previous_side = (x, y), side
    return kept


def slab(polygon: Polygon, origin: Point, axis: Point, low: float, high: float) -> Polygon:
    """The part of a convex polygon between two lines across an axis.

    The lines are square to `axis` and pass through origin + low * axis and origin + high * axis.
    """
    (x, y), (ax, ay) = origin, axis
    above = cut(polygon, (x + low * ax, y + low * ay), axis)
    return cut(above, (x + high * ax, y + high * ay), (-ax, -ay))
