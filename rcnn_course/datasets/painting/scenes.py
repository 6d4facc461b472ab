"""Backgrounds: outdoors, indoors, a studio, or a patterned wall."""

from itertools import product
from random import Random

from rcnn_course.datasets.painting.canvas import Canvas, mix, shade
from rcnn_course.datasets.painting.indoors import paint_room
from rcnn_course.datasets.painting.outdoors import paint_landscape, paint_street
from rcnn_course.datasets.painting.palette import FLOORS, GROUNDS, LEAVES, SKIES, STONES, WALLS
from rcnn_course.datasets.painting.shapes import ellipse, rectangle


def paint_background(canvas: Canvas, rng: Random, horizon: float) -> None:
    """Cover the canvas with a chance background whose ground begins at row `horizon` (pixels)."""
    paint = rng.choice(_BACKGROUNDS)
    paint(canvas, rng, horizon)


def _paint_studio(canvas: Canvas, rng: Random, horizon: float) -> None:
    """A plain backdrop with large soft shapes."""
    base = rng.choice(WALLS + tuple(lower for _, lower in SKIES))
    canvas.paint_gradient(0, canvas.height, shade(base, 1.25), shade(base, 0.92))
    for _ in range(rng.choice((0, 3, 6))):
        x, y = rng.uniform(0, canvas.width), rng.uniform(0, canvas.height)
        r = rng.uniform(0.08, 0.3) * canvas.width
        colour = mix(base, rng.choice(GROUNDS + LEAVES + STONES), 0.35)
        canvas.paint(ellipse(x, y, r, r * rng.uniform(0.7, 1.2), rng.uniform(0, 90)), colour)
    if rng.random() < 0.6:
        canvas.paint_gradient(horizon, canvas.height, shade(base, 0.82), shade(base, 0.95))


def _paint_pattern(canvas: Canvas, rng: Random, horizon: float) -> None:
    """A busy wall of triangles or slanted stripes, over a plain floor."""
    width, height = canvas.width, canvas.height
    base, other = rng.choice(WALLS), rng.choice(SKIES)[0]
    canvas.paint_gradient(0, height, base, base)
    step = rng.uniform(0.09, 0.2) * width
    if rng.random() < 0.5:
        for i, j in product(range(int(width / step) + 1), range(int(horizon / step) + 1)):
            x, y = i * step, j * step
            for corner in ((x, y), (x + step, y + step)):
                colour = mix(base, other, rng.uniform(0.05, 0.6))
                canvas.paint([(x + step, y), corner, (x, y + step)], colour)
    else:
        slant = rng.uniform(-0.8, 0.8) * horizon
        tint = mix(base, other, 0.35)
        for i in range(-int(horizon / step) - 1, int((width + horizon) / step) + 2):
            left, right = i * step, (i + 0.5) * step
            canvas.paint(
                [(left, 0), (right, 0), (right + slant, horizon), (left + slant, horizon)], tint
            )
    floor = rng.choice(FLOORS)
    canvas.paint_gradient(horizon, height, shade(floor, 0.92), shade(floor, 1.1))
    canvas.paint(rectangle(0, horizon - 0.6, width, horizon + 0.6), shade(floor, 0.7))


_BACKGROUNDS = (
    paint_landscape,
    paint_landscape,
    paint_street,
    paint_room,
    paint_room,
    _paint_studio,
    _paint_pattern,
)
