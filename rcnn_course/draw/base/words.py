"""A few words on a colour, as pixels that are kept.

matplotlib lays out and paints a text of its own anew for every picture, which takes longer than
all the rest of a picture with many boxes. Here what was written once is copied.
"""

import functools
from math import ceil
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.transforms import Bbox
from PIL import Image, ImageDraw, ImageFont

from rcnn_course.draw.base import style

_PAD = 0.2  # of the size of the letters, on each side


class Words(Artist):
    """Words at a point of an axes, on a colour of their own; `axes.add_artist` shows them.

    Args:
        text (str): one line.
        color (str): behind the words, which are white or nearly black.
        xy (tuple of float): the point, in the coordinates of the axes.
        ha (str): which side of the words is at the point: 'left', 'center' or 'right'.
        va (str): 'bottom', 'center' or 'top'.
    """

    def __init__(
        self,
        text: str,
        color: str,
        *,
        xy: tuple[float, float] = (0.0, 0.0),
        ha: str = "left",
        va: str = "bottom",
    ):
        super().__init__()
        self.text, self.color = text, color
        self.put(xy, ha, va)
        self.set(zorder=5, clip_on=False)

    def put(self, xy: tuple[float, float], ha: str, va: str) -> None:
        """Move the words to a point, in the coordinates of the axes."""
        self.xy = xy
        self.before = {"left": 0.0, "center": 0.5, "right": 1.0}[ha]
        self.below = {"bottom": 0.0, "center": 0.5, "top": 1.0}[va]

    def get_window_extent(self, renderer: RendererBase | None = None) -> Bbox:
        """Return where the words are in the figure, in pixels."""
        height, width = self._pixels().shape[:2]
        x, y = self.get_transform().transform(self.xy)
        return Bbox.from_bounds(x - width * self.before, y - height * self.below, width, height)

    def draw(self, renderer: RendererBase) -> None:
        """Copy the words to their place."""
        x, y = np.round(self.get_window_extent().min)
        renderer.draw_image(renderer.new_gc(), x, y, self._pixels()[::-1])

    def _pixels(self) -> np.ndarray:
        size = style.SMALL * self.figure.dpi / 72
        return paint(self.text, self.color, size=size, pad=round(_PAD * size))


@functools.lru_cache(maxsize=2000)
def paint(text: str, background: str, *, size: float, pad: int = 0, line: str = "lp") -> np.ndarray:
    """Write one line on a colour, in matplotlib's letters.

    Args:
        text (str): what is written, white or nearly black, whichever reads better.
        background (str): a colour, '#rrggbb'.
        size (float): of the letters, in pixels.
        pad (int): pixels of the background on each side.
        line (str): letters from whose top to whose bottom the line reaches.

    Returns:
        array [H, W, 4]: uint8, not to be changed.
    """
    font = _font(size)
    left, _, right, _ = font.getbbox(text)
    _, top, _, bottom = font.getbbox(line)
    canvas = (ceil(right - left) + 2 * pad, ceil(bottom - top) + 2 * pad)
    picture = Image.new("RGBA", canvas, background)
    place = (pad - left, pad - top)
    ImageDraw.Draw(picture).text(place, text, fill=style.text_color(background), font=font)
    pixels = np.array(picture)
    pixels.flags.writeable = False
    return pixels


@functools.cache
def _font(size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf"), size)
