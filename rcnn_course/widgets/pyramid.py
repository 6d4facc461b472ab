"""The feature pyramid: which level a box is read from, and what the top-down pathway adds.

Letters: `N` images, `C` channels, `H` and `W` the height and width of a map in cells.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from rcnn_course import draw
from rcnn_course.datasets import grace_hopper
from rcnn_course.draw.base import style
from rcnn_course.draw.base.blocks import show_blocks
from rcnn_course.reference import fpn
from rcnn_course.widgets.controls import slider, switch
from rcnn_course.widgets.picture import PictureExplorer, new_figure
from rcnn_course.widgets.student import NoAnswer, ask

_LEVELS = (2, 3, 4, 5)
_MIDDLE = (266.0, 240.0)  # of the face, x and y in pixels of the photo
_SHORTER_SIDE = 800  # pixels, to which torchvision's detectors scale
_WIDTH, _HEIGHT = 1.35, 1.72  # inches of a map
_BEFORE, _AFTER = 2.19, 0.08  # inches below the maps before and after the merge


class PyramidExplorer(PictureExplorer):
    """A box that grows from level to level, and maps before and after the merge.

    The maps are made for the eye: each lateral map holds only what its level adds to the coarser
    one, the place of edges; only the coarsest map holds the picture itself, the meaning. Two of
    their sizes are odd, so a merge by a factor of 2 does not fit.

    Args:
        assign_levels: maps a list with the boxes [L, 4] of each image, in pixels, to the levels
            of all boxes, 0 for P2 to 3 for P5, such as the student's.
        top_down_merge: maps (lateral [N, C, H, W], coarser map [N, C, h, w]) to the merged map.

    Attributes:
        size: slider; side of the box in pixels of the resized picture.
        merges: boxes to tick; whether P2, P3, P4 take over from the level above.

    Example:
        >>> explorer = PyramidExplorer()
        >>> explorer.size.value = 112
        >>> print(explorer.text)
        Equation 1: 4 + log₂(112 / 224) = 3.00, rounded down and kept from 2 to 5: P3. There the box
        is 14.0 cells wide.

    Source: Lin et al. 2017 (Feature Pyramid Networks), section 3 and equation 1;
    torchvision `FeaturePyramidNetwork` and `LevelMapper`.
    """

    def __init__(
        self,
        assign_levels: Callable[[list[Tensor]], Tensor] = fpn.assign_levels,
        top_down_merge: Callable[[Tensor, Tensor], Tensor] = fpn.top_down_merge,
    ):
        self.assign_levels, self.top_down_merge = assign_levels, top_down_merge
        self.image = grace_hopper()
        grey = F.interpolate(self.image.mean(dim=0)[None, None], size=(300, 256), mode="area")
        pooled = [F.avg_pool2d(grey, 2**level, ceil_mode=True) for level in _LEVELS]
        self.laterals = [
            fine - F.interpolate(coarse, size=fine.shape[-2:], mode="nearest")
            for fine, coarse in pairwise(pooled)
        ] + pooled[-1:]
        self.size = slider("side of the box", 280, 16, 800, 8)
        self.merges = [switch(f"merge into P{level}", True) for level in _LEVELS[:-1]]
        super().__init__(
            [self.size, *self.merges],
            alt="Left a box on a photo; right the maps of four levels, above before the merge and "
            "below after it, the level of the box framed.",
        )

    def backdrop(self) -> Figure:
        """Show the photo and the maps before the merge."""
        figure = new_figure(9.0, 4.2)
        draw.show_image(self.image, ax=figure.add_axes((0, 0, 0.34, 1)))
        maps = figure.add_axes((0.36, 0, 0.64, 1), xlim=(0, 0.64 * 9.0), ylim=(0, 4.2))
        style.without_frame(maps)
        for place, lateral in enumerate(self.laterals):
            height, width = lateral.shape[-2:]
            _show_map(maps, lateral, place, _BEFORE)
            _write_above(maps, f"lateral, {height} × {width}", place, _BEFORE)
            _write_above(maps, f"P{_LEVELS[place]}", place, _AFTER)
        return figure

    def overlay(self, axes: Sequence[Axes]) -> str:
        """Draw the box and the maps after the merge."""
        photo, maps = axes
        side = float(self.size.value)
        box = torch.tensor([[0.0, 0.0, side, side]])
        level = self._level(box)
        scale = self.image.shape[2] / _SHORTER_SIDE
        x, y = _MIDDLE
        half = side * scale / 2
        around = torch.tensor([[x - half, y - half, x + half, y + half]])
        draw.draw_boxes(around, labels=[f"P{level + 2}"], ax=photo, color=style.ORANGE)
        for place, merged in enumerate(self._merged()):
            _show_map(maps, merged, place, _AFTER)
        left, right, bottom, top = _extent(level, _AFTER)
        look: style.Look = {
            "fill": False,
            "edgecolor": style.ORANGE,
            "linewidth": 4,
            "clip_on": False,
        }
        maps.add_patch(Rectangle((left, bottom), right - left, top - bottom, **look))
        return self._say(side, level, box)

    def _level(self, box: Tensor) -> int:
        level = ask(self.assign_levels, [box], shape=(1,)).item()
        if level not in range(len(_LEVELS)):
            raise NoAnswer(f"The level of the box should be from 0 (P2) to 3 (P5), but is {level}.")
        return int(level)

    def _merged(self) -> list[Tensor]:
        """Return P2 to P5; a level that takes nothing over is its lateral map alone."""
        merged = self.laterals[-1]
        pyramid = [merged]
        for lateral, takes in zip(self.laterals[-2::-1], self.merges[::-1], strict=True):
            if takes.value:
                merged = ask(self.top_down_merge, lateral, merged, shape=tuple(lateral.shape))
            else:
                merged = lateral
            pyramid.insert(0, merged)
        return pyramid

    def _say(self, side: float, level: int, box: Tensor) -> str:
        exact = 4 + math.log2(side / 224)
        cells = side / 2 ** (level + 2)
        text = (
            f"Equation 1: 4 + log₂({side:.0f} / 224) = {exact:.2f}, rounded down and kept from 2 "
            f"to 5: P{level + 2}. There the box is {cells:.1f} cells wide."
        )
        wanted = fpn.assign_levels([box]).item()
        return text if wanted == level else f"{text}\ntorchvision reads it from P{wanted + 2}."


def _extent(place: int, bottom: float) -> tuple[float, float, float, float]:
    """Return left, right, bottom and top of a map in the axes of the maps, in inches."""
    left = 0.03 + (_WIDTH + 0.1) * place
    return left, left + _WIDTH, bottom, bottom + _HEIGHT


def _show_map(ax: Axes, values: Tensor, place: int, bottom: float) -> None:
    look: style.Look = {"cmap": style.SEQUENCE, "vmin": -0.2, "vmax": 0.9}
    show_blocks(ax, values[0, 0].numpy(), _extent(place, bottom), **look)


def _write_above(ax: Axes, words: str, place: int, bottom: float) -> None:
    left, right, _, top = _extent(place, bottom)
    look: style.Look = {"fontsize": style.TEXT, "color": style.INK, "ha": "center"}
    ax.text((left + right) / 2, top + 0.06, words, **look)
