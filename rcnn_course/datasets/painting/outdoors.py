"""Outdoors: a landscape under the sky, and a street."""

from itertools import product
from random import Random

from rcnn_course.datasets.painting.canvas import Canvas, Colour, mix, shade
from rcnn_course.datasets.painting.palette import GROUNDS, LEAVES, SKIES, STONES
from rcnn_course.datasets.painting.shapes import circle, ellipse, rectangle


def paint_landscape(canvas: Canvas, rng: Random, horizon: float) -> None:
    """Sky, hills, trees and a meadow, a beach or snow."""
    width, height = canvas.width, canvas.height
    haze = _paint_sky(canvas, rng, horizon)
    ground = rng.choice(GROUNDS)
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


def paint_street(canvas: Canvas, rng: Random, horizon: float) -> None:
    """Houses with windows behind a pavement."""
    width, height = canvas.width, canvas.height
    haze = _paint_sky(canvas, rng, horizon)
    x = rng.uniform(-0.15, 0.0) * width
    while x < width:
        x += _paint_house(canvas, rng, x, horizon, haze)
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


def _paint_sky(canvas: Canvas, rng: Random, horizon: float) -> Colour:
    upper, lower = rng.choice(SKIES)
    canvas.paint_gradient(0, horizon, upper, lower)
    if rng.random() < 0.3:
        x, y = rng.uniform(0.1, 0.9) * canvas.width, rng.uniform(0.15, 0.7) * horizon
        canvas.paint(circle(x, y, 0.06 * canvas.width), mix(lower, (255, 246, 214), 0.8))
    for _ in range(rng.choice((0, 1, 2, 3))):
        _paint_cloud(canvas, rng, lower, horizon)
    return lower


def _paint_cloud(canvas: Canvas, rng: Random, sky: Colour, horizon: float) -> None:
    x, y = rng.uniform(0, canvas.width), rng.uniform(0.05, 0.75) * horizon
    size = rng.uniform(0.04, 0.09) * canvas.width
    colour = mix(sky, (255, 255, 255), 0.6)
    for dx, dy, r in ((-1.3, 0.25, 0.7), (0, 0, 1.0), (1.2, 0.25, 0.75)):
        canvas.paint(
            ellipse(x + dx * size, y + dy * size, r * size * 1.15, r * size * 0.75), colour
        )


def _paint_tree(canvas: Canvas, rng: Random, x: float, y: float, height: float) -> None:
    leaf = rng.choice(LEAVES)
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


def _paint_house(canvas: Canvas, rng: Random, x: float, horizon: float, haze: Colour) -> float:
    """Paint a house to the right of x and return its width."""
    wide, tall = rng.uniform(0.14, 0.34) * canvas.width, rng.uniform(0.35, 1.05) * horizon
    wall = mix(rng.choice(STONES), haze, 0.25)
    canvas.paint(rectangle(x, horizon - tall, x + wide, horizon + 1), wall)
    glass = mix(wall, rng.choice(((70, 96, 130), (250, 232, 170), (210, 230, 240))), 0.6)
    step = rng.uniform(0.07, 0.11) * canvas.height
    columns = max(1, int(wide / step / 1.1))
    for column, row in product(range(columns), range(int(tall / step) - 1)):
        left, top = x + wide * (column + 0.28) / columns, horizon - tall + step * (row + 0.5)
        pane = rectangle(left, top, left + 0.45 * wide / columns, top + 0.55 * step)
        canvas.paint(pane, glass)
    return wide
