"""The simple things beside people: balls, kites and suitcases."""

from random import Random

from rcnn_course.datasets.canvas import Canvas, Colour, shade
from rcnn_course.datasets.shapes import circle, cosd, cut, ellipse, rectangle, sind

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
        normal = (cosd(turn), sind(turn))
        band = cut(
            circle(x, y, radius),
            (x - 0.3 * radius * normal[0], y - 0.3 * radius * normal[1]),
            normal,
        )
        band = cut(
            band,
            (x + 0.3 * radius * normal[0], y + 0.3 * radius * normal[1]),
            (-normal[0], -normal[1]),
        )
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
    for (ax, ay), (bx, by) in zip(tail, tail[1:], strict=False):
        canvas.paint([(ax - 0.4, ay), (ax + 0.4, ay), (bx + 0.4, by), (bx - 0.4, by)], (90, 90, 96))
    top, left, right, bottom, middle = (
        place(0, -0.45), place(-0.32, -0.12), place(0.32, -0.12), place(0, 0.55), place(0, -0.12),
    )  # fmt: skip
    fields = ((top, left), (top, right), (bottom, left), (bottom, right))
    for (tip, side), colour in zip(fields, (*colours, *colours[::-1]), strict=True):
        canvas.paint([tip, side, middle], colour, owner)


def paint_suitcase(
    canvas: Canvas, rng: Random, owner: int, x: float, y: float, height: float
) -> None:
    """A suitcase that stands on the ground at (x, y), with a handle."""
    colour, _ = _two_colours(rng)
    colour = shade(colour, 0.85)
    half = rng.uniform(0.34, 0.5) * height
    body_top, wheel = y - 0.82 * height, 0.06 * height
    grip = max(0.05 * height, 0.7)
    for left, top, right, bottom in (
        (-0.45, y - height, -0.45, body_top),
        (0.45, y - height, 0.45, body_top),
    ):
        canvas.paint(
            rectangle(x + left * half - grip / 2, top, x + right * half + grip / 2, bottom),
            (70, 72, 80),
            owner,
        )
    canvas.paint(
        rectangle(x - 0.5 * half, y - height, x + 0.5 * half, y - height + grip),
        (70, 72, 80),
        owner,
    )
    for side in (-0.7, 0.7):
        canvas.paint(circle(x + side * half, y - wheel, wheel), (50, 50, 56), owner)
    body = rectangle(x - half, body_top, x + half, y - 1.4 * wheel)
    canvas.paint(_round_corners(body, 0.1 * height), colour, owner)
    ribs = 4 if rng.random() < 0.6 else 0
    for i in range(1, ribs):
        rib_x = x - half + 2 * half * i / ribs
        canvas.paint(
            rectangle(
                rib_x - 0.025 * height,
                body_top + 0.1 * height,
                rib_x + 0.025 * height,
                y - 0.18 * height,
            ),
            shade(colour, 0.82),
            owner,
        )
    if not ribs:
        middle = (body_top + y) / 2
        canvas.paint(
            rectangle(x - half, middle - 0.06 * height, x + half, middle + 0.02 * height),
            shade(colour, 0.75),
            owner,
        )


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


def _round_corners(box: list[tuple[float, float]], radius: float) -> list[tuple[float, float]]:
    (x1, y1), _, (x2, y2), _ = box
    corners = ((x2, y2, 0), (x1, y2, 90), (x1, y1, 180), (x2, y1, 270))
    return [
        (
            cx + radius * (cosd(start + a) - (1 if cx == x2 else -1)),
            cy + radius * (sind(start + a) - (1 if cy == y2 else -1)),
        )
        for cx, cy, start in corners
        for a in range(0, 91, 18)
    ]
