"""A canvas that paints a picture and, with the same strokes, which object each pixel shows."""

from math import floor

import numpy as np
from PIL import Image, ImageDraw

from rcnn_course.datasets.painting.shapes import Polygon

Colour = tuple[int, int, int]

BACKGROUND = 0
_SCALE = 3  # odd: the middle sample of a pixel's 3 × 3 lies at its centre
_DARKER = [value * 4 // 5 for value in range(256)] * 3  # a shadow takes a fifth of the light


def shade(colour: Colour, factor: float) -> Colour:
    """A darker (factor < 1) or lighter (factor > 1, towards white) colour."""
    if factor <= 1:
        red, green, blue = (int(c * factor + 0.5) for c in colour)
    else:
        red, green, blue = (int(c + (255 - c) * (factor - 1) + 0.5) for c in colour)
    return red, green, blue


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """The colour that lies `share` (0..1) of the way from the first to the second."""
    red, green, blue = (int(a + (b - a) * share + 0.5) for a, b in zip(first, second, strict=True))
    return red, green, blue


class Canvas:
    """Polygons painted three times as fine as the picture, back to front.

    Each polygon goes into a colour image, which is averaged to give smooth edges, and into an
    image of owners: a pixel belongs to the object that was painted last at its centre.

    Args:
        height (int): of the picture, in pixels.
        width (int): of the picture, in pixels.
    """

    def __init__(self, height: int, width: int):
        self.height, self.width = height, width
        size = (width * _SCALE, height * _SCALE)
        self._image = Image.new("RGB", size)
        self._owners = Image.new("L", size, BACKGROUND)
        self._draw_colour = ImageDraw.Draw(self._image)
        self._draw_owner = ImageDraw.Draw(self._owners)

    def copy(self) -> "Canvas":
        """A canvas with the same picture and owners."""
        canvas = Canvas(self.height, self.width)
        canvas._image.paste(self._image)
        canvas._owners.paste(self._owners)
        return canvas

    def paint(self, polygon: Polygon, colour: Colour, owner: int = BACKGROUND) -> None:
        """Fill a polygon (pixels of the picture, y downwards) for the object `owner` (0..255)."""
        if len(polygon) < 3:
            return
        corners = self._corners(polygon)
        self._draw_colour.polygon(corners, fill=colour)
        self._draw_owner.polygon(corners, fill=owner)

    def paint_gradient(self, top: float, bottom: float, upper: Colour, lower: Colour) -> None:
        """Fill the rows from `top` to `bottom` with a vertical gradient; owners stay."""
        first, last = round(top * _SCALE), round(bottom * _SCALE)
        if last <= first:
            return
        strip = Image.new("RGB", (1, 2), upper)
        strip.putpixel((0, 1), lower)
        strip = strip.resize((1, last - first), Image.Resampling.BILINEAR)
        self._image.paste(
            strip.resize((self._image.width, last - first), Image.Resampling.NEAREST), (0, first)
        )

    def paint_shadow(self, polygon: Polygon) -> None:
        """Darken a polygon, whoever owns it; owners stay."""
        corners = self._corners(polygon)
        left, top = (max(min(axis), 0) for axis in zip(*corners, strict=True))
        right = min(max(x for x, _ in corners) + 1, self._image.width)
        bottom = min(max(y for _, y in corners) + 1, self._image.height)
        if right <= left or bottom <= top:
            return
        region = self._image.crop((left, top, right, bottom))
        mask = Image.new("1", region.size)
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in corners], fill=1)
        self._image.paste(region.point(_DARKER), (left, top), mask)

    @staticmethod
    def _corners(polygon: Polygon) -> list[tuple[int, int]]:
        return [(floor(x * _SCALE), floor(y * _SCALE)) for x, y in polygon]

    def picture(self) -> np.ndarray:
        """The picture with smooth edges: uint8 array of shape [height, width, 3]."""
        return np.asarray(self._image.reduce(_SCALE))

    def owners(self) -> np.ndarray:
        """The object at each pixel's centre: uint8 array of shape [height, width]."""
        size = (self.width, self.height)
        return np.asarray(self._owners.resize(size, Image.Resampling.NEAREST))
