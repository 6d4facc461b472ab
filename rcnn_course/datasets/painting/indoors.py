"""Indoors: a room with a papered wall and a floor."""

from itertools import product
from random import Random

from rcnn_course.datasets.painting.canvas import Canvas, Colour, mix, shade
from rcnn_course.datasets.painting.palette import FLOORS, SKIES, WALLS
from rcnn_course.datasets.painting.shapes import circle, ellipse, rectangle

_FRAMES = ((250, 248, 244), (96, 72, 56), (60, 60, 66))


def paint_room(canvas: Canvas, rng: Random, horizon: float) -> None:
    """A wall with paper, pictures or a window, and a floor."""
    width, height = canvas.width, canvas.height
    wall, floor = rng.choice(WALLS), rng.choice(FLOORS)
    canvas.paint_gradient(0, horizon, shade(wall, 1.15), shade(wall, 0.94))
    _paint_wallpaper(canvas, rng, horizon, wall)
    for _ in range(rng.choice((0, 1, 1, 2))):
        _paint_frame(canvas, rng, horizon)
    canvas.paint_gradient(horizon, height, shade(floor, 0.95), shade(floor, 1.1))
    if rng.random() < 0.6:
        _paint_planks(canvas, rng.uniform(0.2, 0.8) * width, horizon, shade(floor, 0.84))
    canvas.paint(rectangle(0, horizon - 0.025 * height, width, horizon), shade(wall, 1.5))
    if rng.random() < 0.4:
        colour = mix(floor, rng.choice(SKIES)[0], 0.5)
        x, y = rng.uniform(0.2, 0.8) * width, (horizon + height) / 2
        canvas.paint(ellipse(x, y, 0.35 * width, 0.28 * (height - horizon)), colour)


def _paint_wallpaper(canvas: Canvas, rng: Random, horizon: float, wall: Colour) -> None:
    paper = rng.choice(("plain", "plain", "stripes", "dots", "panel", "tiles"))
    step = rng.uniform(0.05, 0.12) * canvas.width
    tint = shade(wall, rng.choice((0.93, 0.96, 1.3)))
    columns, rows = range(int(canvas.width / step) + 1), range(int(horizon / step) + 1)
    if paper == "stripes":
        for i in columns:
            canvas.paint(rectangle(i * step, 0, (i + 0.5) * step, horizon), tint)
    elif paper == "dots":
        for i, j in product(columns, rows):
            canvas.paint(circle((i + 0.5 * (j % 2)) * step, j * step, 0.16 * step), tint)
    elif paper == "panel":
        canvas.paint(rectangle(0, 0.55 * horizon, canvas.width, horizon), shade(wall, 0.86))
    elif paper == "tiles":
        for i in columns:
            canvas.paint(rectangle(i * step, 0, i * step + 0.6, horizon), tint)
        for j in rows:
            canvas.paint(rectangle(0, j * step, canvas.width, j * step + 0.6), tint)


def _paint_planks(canvas: Canvas, vanishing: float, horizon: float, colour: Colour) -> None:
    """The seams of floorboards, which would meet above the column `vanishing`."""
    width, height = canvas.width, canvas.height
    for i in range(-12, 13):
        far, near = vanishing + 0.09 * i * width, vanishing + 0.3 * i * width
        canvas.paint(
            [
                (far - 0.3, horizon),
                (far + 0.3, horizon),
                (near + 0.6, height),
                (near - 0.6, height),
            ],
            colour,
        )


def _paint_frame(canvas: Canvas, rng: Random, horizon: float) -> None:
    """A window on the wall, or a picture of mountains."""
    wide, tall = rng.uniform(0.14, 0.3) * canvas.width, rng.uniform(0.3, 0.6) * horizon
    x, y = rng.uniform(0, canvas.width - wide), rng.uniform(0.06, 0.3) * horizon
    edge = 0.014 * canvas.width
    upper, lower = rng.choice(SKIES)
    canvas.paint(rectangle(x, y, x + wide, y + tall), rng.choice(_FRAMES))
    canvas.paint(rectangle(x + edge, y + edge, x + wide - edge, y + tall - edge), lower)
    if rng.random() < 0.5:
        middle = x + wide / 2
        canvas.paint(rectangle(middle - edge / 2, y, middle + edge / 2, y + tall), _FRAMES[0])
        canvas.paint(rectangle(x, y + tall / 2, x + wide, y + tall / 2 + edge), _FRAMES[0])
        return
    low = y + tall - edge
    left = [(x + edge, low), (x + 0.4 * wide, y + 0.35 * tall), (x + 0.75 * wide, low)]
    right = [(x + 0.5 * wide, low), (x + 0.72 * wide, y + 0.55 * tall), (x + wide - edge, low)]
    canvas.paint(left, upper)
    canvas.paint(right, shade(upper, 0.8))
