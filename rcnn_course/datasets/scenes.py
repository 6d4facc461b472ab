"""Backgrounds: outdoors, indoors, a studio, a patterned wall; and things that are no category."""

from random import Random

from rcnn_course.datasets.canvas import Canvas, Colour, mix, shade
from rcnn_course.datasets.shapes import circle, ellipse, rectangle

_SKIES = (
    ((126, 190, 232), (222, 240, 250)),
    ((84, 150, 214), (190, 222, 244)),
    ((250, 178, 128), (252, 226, 182)),
    ((94, 92, 150), (240, 168, 160)),
    ((176, 190, 204), (226, 230, 234)),
    ((40, 52, 96), (110, 120, 170)),
)
_GROUNDS = (
    (134, 178, 98),
    (108, 156, 92),
    (220, 200, 154),
    (168, 168, 166),
    (136, 138, 144),
    (196, 170, 140),
    (230, 236, 240),
)
_WALLS = (
    (232, 222, 206),
    (206, 220, 222),
    (222, 206, 214),
    (190, 206, 190),
    (244, 240, 232),
    (150, 170, 186),
    (226, 190, 160),
    (98, 112, 128),
)
_FLOORS = ((178, 134, 96), (146, 106, 78), (204, 184, 158), (124, 124, 130), (214, 210, 204))
_LEAVES = ((70, 130, 80), (96, 154, 84), (54, 104, 86), (140, 164, 72), (196, 140, 60))
_STONES = ((196, 184, 176), (170, 176, 188), (214, 190, 168), (150, 150, 160), (188, 150, 132))


def paint_background(canvas: Canvas, rng: Random, horizon: float) -> None:
    """Cover the canvas with a chance background whose ground begins at row `horizon` (pixels)."""
    rng.choice((_paint_outdoors, _paint_outdoors, _paint_street, _paint_room, _paint_room,
                _paint_studio, _paint_pattern))(canvas, rng, horizon)  # fmt: skip


def paint_post(canvas: Canvas, rng: Random, x: float, y: float, height: float) -> None:
    """A lamp post or a bollard that stands at (x, y) and may hide somebody."""
    colour = rng.choice(((84, 88, 96), (60, 76, 72), (150, 120, 96), (206, 90, 70)))
    half = max(0.022 * height, 1.0)
    canvas.paint(rectangle(x - half, y - height, x + half, y), colour)
    canvas.paint(rectangle(x - 1.8 * half, y - 3 * half, x + 1.8 * half, y), shade(colour, 0.85))
    canvas.paint(rectangle(x + 0.3 * half, y - height, x + half, y), shade(colour, 0.8))
    canvas.paint(circle(x, y - height, 2.6 * half), mix(colour, (255, 240, 200), 0.75))


def paint_plant(canvas: Canvas, rng: Random, x: float, y: float, height: float) -> None:
    """A plant in a pot that stands at (x, y)."""
    leaf, pot = rng.choice(_LEAVES), rng.choice(_STONES)
    foot = 0.32 * height
    for turn in (-50, 50, -28, 28, 0):
        length = height * (0.42 if turn else 0.46)
        lean = turn / 90
        middle = (x + lean * length * 0.8, y - foot - length * (1 - 0.5 * abs(lean)) * 0.8)
        canvas.paint(
            ellipse(*middle, 0.09 * height, 0.3 * height, turn),
            shade(leaf, 0.82 + 0.2 * (turn % 3) / 2),
        )
    canvas.paint(
        [(x - 0.17 * height, y - foot), (x + 0.17 * height, y - foot),
         (x + 0.12 * height, y), (x - 0.12 * height, y)],
        pot,
    )  # fmt: skip
    canvas.paint(
        rectangle(x - 0.19 * height, y - foot, x + 0.19 * height, y - 0.82 * foot), shade(pot, 0.86)
    )


def _paint_tree(canvas: Canvas, rng: Random, x: float, y: float, height: float) -> None:
    leaf = rng.choice(_LEAVES)
    trunk = (122, 92, 70)
    canvas.paint(rectangle(x - 0.04 * height, y - 0.5 * height, x + 0.04 * height, y), trunk)
    if rng.random() < 0.35:
        for low, half in ((0.15, 0.3), (0.38, 0.24), (0.6, 0.17)):
            base, tip = y - low * height, y - (low + 0.42) * height
            canvas.paint([(x - half * height, base), (x + half * height, base), (x, tip)], leaf)
        return
    for dx, dy, r in ((-0.16, 0.55, 0.2), (0.17, 0.58, 0.19), (0.0, 0.74, 0.25)):
        canvas.paint(circle(x + dx * height, y - dy * height, r * height), leaf)
    canvas.paint(circle(x + 0.07 * height, y - 0.66 * height, 0.15 * height), shade(leaf, 0.9))


def _paint_cloud(canvas: Canvas, rng: Random, sky: Colour, horizon: float) -> None:
    x, y = rng.uniform(0, canvas.width), rng.uniform(0.05, 0.75) * horizon
    size = rng.uniform(0.04, 0.09) * canvas.width
    colour = mix(sky, (255, 255, 255), 0.6)
    for dx, dy, r in ((-1.3, 0.25, 0.7), (0, 0, 1.0), (1.2, 0.25, 0.75)):
        canvas.paint(
            ellipse(x + dx * size, y + dy * size, r * size * 1.15, r * size * 0.75), colour
        )


def _paint_sky(canvas: Canvas, rng: Random, horizon: float) -> Colour:
    upper, lower = rng.choice(_SKIES)
    canvas.paint_gradient(0, horizon, upper, lower)
    if rng.random() < 0.3:
        x, y = rng.uniform(0.1, 0.9) * canvas.width, rng.uniform(0.15, 0.7) * horizon
        canvas.paint(circle(x, y, 0.06 * canvas.width), mix(lower, (255, 246, 214), 0.8))
    for _ in range(rng.choice((0, 1, 2, 3))):
        _paint_cloud(canvas, rng, lower, horizon)
    return lower


def _paint_outdoors(canvas: Canvas, rng: Random, horizon: float) -> None:
    """Sky, hills, trees and a meadow, a beach or snow."""
    width, height = canvas.width, canvas.height
    haze = _paint_sky(canvas, rng, horizon)
    ground = rng.choice(_GROUNDS)
    for share in (0.55, 0.3):
        if rng.random() < 0.7:
            colour = mix(shade(ground, 0.8), haze, share)
            for _ in range(3):
                x, r = rng.uniform(0, width), rng.uniform(0.2, 0.5) * width
                canvas.paint(
                    ellipse(x, horizon + 1, r, rng.uniform(0.15, 0.5) * share * height), colour
                )
    canvas.paint_gradient(horizon, height, shade(ground, 1.12), shade(ground, 0.9))
    for _ in range(rng.choice((0, 1, 2, 4))):
        foot = horizon + rng.uniform(0.0, 0.05) * height
        _paint_tree(canvas, rng, rng.uniform(0, width), foot, rng.uniform(0.15, 0.45) * height)
    for _ in range(rng.choice((0, 6, 14))):
        x, y = rng.uniform(0, width), rng.uniform(horizon + 0.04 * height, height)
        near = (y - horizon) / height
        tuft = ellipse(x, y, (0.01 + 0.09 * near) * width, (0.004 + 0.014 * near) * height)
        canvas.paint(tuft, shade(ground, rng.choice((0.92, 0.96, 1.15))))


def _paint_street(canvas: Canvas, rng: Random, horizon: float) -> None:
    """Houses with windows behind a pavement."""
    width, height = canvas.width, canvas.height
    haze = _paint_sky(canvas, rng, horizon)
    x = rng.uniform(-0.15, 0.0) * width
    while x < width:
        wide, tall = rng.uniform(0.14, 0.34) * width, rng.uniform(0.35, 1.05) * horizon
        wall = mix(rng.choice(_STONES), haze, 0.25)
        canvas.paint(rectangle(x, horizon - tall, x + wide, horizon + 1), wall)
        glass = mix(wall, rng.choice(((70, 96, 130), (250, 232, 170), (210, 230, 240))), 0.6)
        step = rng.uniform(0.07, 0.11) * height
        columns = max(1, int(wide / step / 1.1))
        for column in range(columns):
            for row in range(int(tall / step) - 1):
                left = x + wide * (column + 0.28) / columns
                top = horizon - tall + step * (row + 0.5)
                canvas.paint(
                    rectangle(left, top, left + 0.45 * wide / columns, top + 0.55 * step), glass
                )
        x += wide
    ground = rng.choice(((168, 168, 166), (136, 138, 144), (190, 180, 168)))
    canvas.paint_gradient(horizon, height, shade(ground, 1.1), shade(ground, 0.92))
    kerb = horizon + 0.12 * (height - horizon)
    canvas.paint(rectangle(0, kerb, width, kerb + 0.012 * height), shade(ground, 0.8))
    if rng.random() < 0.5:
        lane = horizon + rng.uniform(0.35, 0.7) * (height - horizon)
        dash = rng.uniform(0.12, 0.2) * width
        start = -rng.random() * dash
        while start < width:
            stripe = rectangle(start, lane, start + 0.55 * dash, lane + 0.02 * height)
            canvas.paint(stripe, shade(ground, 1.6))
            start += dash


def _paint_room(canvas: Canvas, rng: Random, horizon: float) -> None:
    """A wall with paper, pictures or a window, and a floor."""
    width, height = canvas.width, canvas.height
    wall, floor = rng.choice(_WALLS), rng.choice(_FLOORS)
    canvas.paint_gradient(0, horizon, shade(wall, 1.15), shade(wall, 0.94))
    paper = rng.choice(("plain", "plain", "stripes", "dots", "panel", "tiles"))
    step = rng.uniform(0.05, 0.12) * width
    tint = shade(wall, rng.choice((0.93, 0.96, 1.3)))
    if paper == "stripes":
        for i in range(int(width / step) + 1):
            canvas.paint(rectangle(i * step, 0, (i + 0.5) * step, horizon), tint)
    elif paper == "dots":
        for i in range(int(width / step) + 1):
            for j in range(int(horizon / step) + 1):
                canvas.paint(circle((i + 0.5 * (j % 2)) * step, j * step, 0.16 * step), tint)
    elif paper == "panel":
        canvas.paint(rectangle(0, 0.55 * horizon, width, horizon), shade(wall, 0.86))
    elif paper == "tiles":
        for i in range(int(width / step) + 1):
            canvas.paint(rectangle(i * step, 0, i * step + 0.6, horizon), tint)
        for j in range(int(horizon / step) + 1):
            canvas.paint(rectangle(0, j * step, width, j * step + 0.6), tint)
    for _ in range(rng.choice((0, 1, 1, 2))):
        _paint_frame(canvas, rng, horizon)
    canvas.paint_gradient(horizon, height, shade(floor, 0.95), shade(floor, 1.1))
    if rng.random() < 0.6:
        vanishing = rng.uniform(0.2, 0.8) * width
        for i in range(-12, 13):
            x, end = vanishing + 0.09 * i * width, vanishing + 0.3 * i * width
            canvas.paint(
                [(x - 0.3, horizon), (x + 0.3, horizon), (end + 0.6, height), (end - 0.6, height)],
                shade(floor, 0.84),
            )
    skirting = 0.025 * height
    canvas.paint(rectangle(0, horizon - skirting, width, horizon), shade(wall, 1.5))
    if rng.random() < 0.4:
        rug = mix(floor, rng.choice(_SKIES)[0], 0.5)
        canvas.paint(
            ellipse(rng.uniform(0.2, 0.8) * width, (horizon + height) / 2,
                    0.35 * width, 0.28 * (height - horizon)), rug
        )  # fmt: skip


def _paint_frame(canvas: Canvas, rng: Random, horizon: float) -> None:
    """A picture or a window on the wall."""
    wide, tall = rng.uniform(0.14, 0.3) * canvas.width, rng.uniform(0.3, 0.6) * horizon
    x, y = rng.uniform(0, canvas.width - wide), rng.uniform(0.06, 0.3) * horizon
    edge = 0.014 * canvas.width
    upper, lower = rng.choice(_SKIES)
    canvas.paint(
        rectangle(x, y, x + wide, y + tall),
        rng.choice(((250, 248, 244), (96, 72, 56), (60, 60, 66))),
    )
    inner = rectangle(x + edge, y + edge, x + wide - edge, y + tall - edge)
    canvas.paint(inner, lower)
    if rng.random() < 0.5:
        canvas.paint(
            rectangle(x + wide / 2 - edge / 2, y, x + wide / 2 + edge / 2, y + tall),
            (250, 248, 244),
        )
        canvas.paint(rectangle(x, y + tall / 2, x + wide, y + tall / 2 + edge), (250, 248, 244))
    else:
        low = y + tall - edge
        canvas.paint(
            [(x + edge, low), (x + 0.4 * wide, y + 0.35 * tall), (x + 0.75 * wide, low)], upper
        )
        canvas.paint(
            [(x + 0.5 * wide, low), (x + 0.72 * wide, y + 0.55 * tall), (x + wide - edge, low)],
            shade(upper, 0.8),
        )


def _paint_studio(canvas: Canvas, rng: Random, horizon: float) -> None:
    """A plain backdrop with large soft shapes."""
    base = rng.choice(_WALLS + tuple(lower for _, lower in _SKIES))
    canvas.paint_gradient(0, canvas.height, shade(base, 1.25), shade(base, 0.92))
    for _ in range(rng.choice((0, 3, 6))):
        x, y = rng.uniform(0, canvas.width), rng.uniform(0, canvas.height)
        r = rng.uniform(0.08, 0.3) * canvas.width
        colour = mix(base, rng.choice(_GROUNDS + _LEAVES + _STONES), 0.35)
        canvas.paint(ellipse(x, y, r, r * rng.uniform(0.7, 1.2), rng.uniform(0, 90)), colour)
    if rng.random() < 0.6:
        canvas.paint_gradient(horizon, canvas.height, shade(base, 0.82), shade(base, 0.95))


def _paint_pattern(canvas: Canvas, rng: Random, horizon: float) -> None:
    """A busy wall: triangles or slanted stripes, over a plain floor."""
    width, height = canvas.width, canvas.height
    base, other = rng.choice(_WALLS), rng.choice(_SKIES)[0]
    canvas.paint_gradient(0, height, base, base)
    step = rng.uniform(0.09, 0.2) * width
    if rng.random() < 0.5:
        for i in range(int(width / step) + 1):
            for j in range(int(horizon / step) + 1):
                x, y = i * step, j * step
                for corner in ((x, y), (x + step, y + step)):
                    colour = mix(base, other, rng.uniform(0.05, 0.6))
                    canvas.paint([(x + step, y), corner, (x, y + step)], colour)
    else:
        slant = rng.uniform(-0.8, 0.8) * horizon
        for i in range(-int(horizon / step) - 1, int((width + horizon) / step) + 2):
            x = i * step
            canvas.paint(
                [(x, 0), (x + step / 2, 0), (x + step / 2 + slant, horizon), (x + slant, horizon)],
                mix(base, other, 0.35),
            )
    floor = rng.choice(_FLOORS)
    canvas.paint_gradient(horizon, height, shade(floor, 0.92), shade(floor, 1.1))
    canvas.paint(rectangle(0, horizon - 0.6, width, horizon + 0.6), shade(floor, 0.7))
