"""Things beside people: balls, kites and suitcases; posts and plants, which are no category."""

from itertools import pairwise
from random import Random

from rcnn_course.datasets.painting.canvas import Canvas, Colour, mix, shade
from rcnn_course.datasets.painting.palette import LEAVES, STONES
from rcnn_course.datasets.painting.shapes import (
    Polygon,
    circle,
    cosd,
    ellipse,
    rectangle,
    sind,
    slab,
)

_BRIGHT = (
    (226, 70, 60),
    (244, 166, 50),
    (250, 214, 80),
    (72, 168, 104),
    (46, 134, 200),
    (128, 88, 176),
    (234, 110, 150),
    (246, 244, 238),
)
_METAL = (70, 72, 80)


def paint_ball(canvas: Canvas, rng: Random, owner: int, x: float, y: float, radius: float) -> None:
    """A ball around (x, y): striped like a beach ball, or plain with a band."""
    base, other = _two_colours(rng)
    turn = rng.uniform(0, 180)
    canvas.paint(circle(x, y, radius), base, owner)
    if rng.random() < 0.5:
        for tilt in (turn, turn + 60, turn + 120):
            _paint_wedge(canvas, owner, (x, y, radius), tilt, other)
        canvas.paint(circle(x, y, 0.2 * radius), shade(base, 1.4), owner)
    else:
        axis = (radius * cosd(turn), radius * sind(turn))
        band = slab(circle(x, y, radius), (x, y), axis, -0.3, 0.3)
        canvas.paint(band, other, owner)
    light = ellipse(x - 0.38 * radius, y - 0.42 * radius, 0.2 * radius, 0.13 * radius, -40)
    canvas.paint(light, (255, 255, 255), owner)


def paint_kite(canvas: Canvas, rng: Random, owner: int, x: float, y: float, size: float) -> None:
    """A kite of four fields around (x, y), `size` long, with a tail that is not part of it."""
    colours = _two_colours(rng)
    turn = rng.uniform(-35, 35)

    def place(u: float, v: float) -> tuple[float, float]:
        return (
            x + size * (u * cosd(turn) - v * sind(turn)),
            y + size * (u * sind(turn) + v * cosd(turn)),
        )

    sway = rng.choice((-1, 1))
    tail = [place(0.06 * sway * sind(40 * i), 0.55 + 0.07 * i) for i in range(9)]
    for (ax, ay), (bx, by) in pairwise(tail):
        canvas.paint([(ax - 0.4, ay), (ax + 0.4, ay), (bx + 0.4, by), (bx - 0.4, by)], (90, 90, 96))
    top, bottom, middle = place(0, -0.45), place(0, 0.55), place(0, -0.12)
    left, right = place(-0.32, -0.12), place(0.32, -0.12)
    fields = ((top, left), (top, right), (bottom, left), (bottom, right))
    for (tip, side), colour in zip(fields, (*colours, *colours[::-1]), strict=True):
        canvas.paint([tip, side, middle], colour, owner)


def paint_suitcase(
    canvas: Canvas, rng: Random, owner: int, x: float, y: float, height: float
) -> None:
    """A suitcase that stands on the ground at (x, y), with a handle."""
    colour = shade(_two_colours(rng)[0], 0.85)
    half = rng.uniform(0.34, 0.5) * height
    top, wheel = y - 0.82 * height, 0.06 * height
    _paint_handle(canvas, owner, x, half, y - height, top, max(0.05 * height, 0.7))
    for side in (-0.7, 0.7):
        canvas.paint(circle(x + side * half, y - wheel, wheel), (50, 50, 56), owner)
    body = _round_corners(x - half, top, x + half, y - 1.4 * wheel, 0.1 * height)
    canvas.paint(body, colour, owner)
    if rng.random() < 0.6:
        for rib in (1, 2, 3):
            left = x - half + 2 * half * rib / 4 - 0.025 * height
            shape = rectangle(left, top + 0.1 * height, left + 0.05 * height, y - 0.18 * height)
            canvas.paint(shape, shade(colour, 0.82), owner)
    else:
        middle = (top + y) / 2
        belt = rectangle(x - half, middle - 0.06 * height, x + half, middle + 0.02 * height)
        canvas.paint(belt, shade(colour, 0.75), owner)


def _paint_handle(
    canvas: Canvas, owner: int, x: float, half: float, top: float, bottom: float, grip: float
) -> None:
    left, right = x - 0.45 * half, x + 0.45 * half
    for middle in (left, right):
        rod = rectangle(middle - grip / 2, top, middle + grip / 2, bottom)
        canvas.paint(rod, _METAL, owner)
    canvas.paint(rectangle(x - 0.5 * half, top, x + 0.5 * half, top + grip), _METAL, owner)


def paint_post(canvas: Canvas, rng: Random, x: float, y: float, height: float) -> None:
    """A lamp post that stands at (x, y) and may hide somebody."""
    colour = rng.choice(((84, 88, 96), (60, 76, 72), (150, 120, 96), (206, 90, 70)))
    half = max(0.022 * height, 1.0)
    canvas.paint(rectangle(x - half, y - height, x + half, y), colour)
    canvas.paint(rectangle(x - 1.8 * half, y - 3 * half, x + 1.8 * half, y), shade(colour, 0.85))
    canvas.paint(rectangle(x + 0.3 * half, y - height, x + half, y), shade(colour, 0.8))
    canvas.paint(circle(x, y - height, 2.6 * half), mix(colour, (255, 240, 200), 0.75))


def paint_plant(canvas: Canvas, rng: Random, x: float, y: float, height: float) -> None:
    """A plant in a pot that stands at (x, y)."""
    leaf, pot = rng.choice(LEAVES), rng.choice(STONES)
    rim = y - 0.32 * height
    for turn in (-50, 50, -28, 28, 0):
        length = height * (0.42 if turn else 0.46)
        lean = turn / 90
        middle = (x + lean * length * 0.8, rim - length * (1 - 0.5 * abs(lean)) * 0.8)
        blade = ellipse(*middle, 0.09 * height, 0.3 * height, turn)
        canvas.paint(blade, shade(leaf, 0.82 + 0.2 * (turn % 3) / 2))
    wide, narrow = 0.17 * height, 0.12 * height
    canvas.paint([(x - wide, rim), (x + wide, rim), (x + narrow, y), (x - narrow, y)], pot)
    collar = rectangle(x - 0.19 * height, rim, x + 0.19 * height, y - 0.82 * 0.32 * height)
    canvas.paint(collar, shade(pot, 0.86))


def _two_colours(rng: Random) -> tuple[Colour, Colour]:
    first = rng.choice(_BRIGHT)
    return first, rng.choice([colour for colour in _BRIGHT if colour != first])


def _paint_wedge(
    canvas: Canvas, owner: int, ball: tuple[float, float, float], turn: float, colour: Colour
) -> None:
    x, y, radius = ball
    rim = [(x + radius * cosd(turn + a), y + radius * sind(turn + a)) for a in range(0, 31, 6)]
    canvas.paint([(x, y), *rim], colour, owner)
    rim = [(2 * x - px, 2 * y - py) for px, py in rim]
    canvas.paint([(x, y), *rim], colour, owner)


def _round_corners(x1: float, y1: float, x2: float, y2: float, radius: float) -> Polygon:
    corners = ((x2, y2, 0, 1, 1), (x1, y2, 90, -1, 1), (x1, y1, 180, -1, -1), (x2, y1, 270, 1, -1))
    return [
        (x + radius * (cosd(start + a) - right), y + radius * (sind(start + a) - down))
        for x, y, start, right, down in corners
        for a in range(0, 91, 18)
    ]
