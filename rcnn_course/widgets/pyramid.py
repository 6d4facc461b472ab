"""The feature pyramid: which level a box is read from, and what the top-down pathway adds.

Letters: `N` images, `C` channels, `H` and `W` the height and width of a map in cells.
"""

import math
from collections.abc import Callable
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.datasets import grace_hopper
from rcnn_course.reference import fpn
from rcnn_course.scene import Arrow, Box, Handle, Label, Scene, Shape, Track
from rcnn_course.scene.shapes import XYXY
from rcnn_course.scene.tags import tags
from rcnn_course.widgets.cells import differences, heatmap
from rcnn_course.widgets.controls import slider, switch
from rcnn_course.widgets.explorer import Explorer, photo_scene
from rcnn_course.widgets.student import NoAnswer, ask

_LEVELS = (2, 3, 4, 5)
_SHORTER_SIDE = 800  # pixels, to which torchvision's detectors scale
_BEFORE, _AFTER = 40.0, 330.0  # tops of the maps before and after the merge
_WIDTH, _GAP = 206.0, 16.0  # of a map and between two, in pixels of the photo
_ZOOM = 0.64


class PyramidExplorer(Explorer):
    """A box that grows from level to level, and maps before and after the merge.

    The maps are made for the eye: each lateral map holds only what its level adds to the coarser
    one, the place of edges; only the coarsest map holds the picture itself, the meaning. Two of
    their sizes are odd, so a merge by a factor of 2 does not fit. The box and its lower right
    corner can be dragged.

    Args:
        assign_levels: maps a list with the boxes [L, 4] of each image, in pixels, to the levels
            of all boxes, 0 for P2 to 3 for P5, such as the student's.
        top_down_merge: maps (lateral [N, C, H, W], coarser map [N, C, h, w]) to the merged map.

    Attributes:
        size: slider; side of the box in pixels of the resized picture.
        merges: boxes to tick; whether P2, P3, P4 take over from the level above.
        x, y: sliders; middle of the box in pixels of the photo, as far as it stays within.
        compare: box to tick; whether torchvision's level is framed too, and where maps differ.

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
        self.laterals = _laterals(self.image)
        self._scale = self.image.shape[2] / _SHORTER_SIDE
        self._photo = self._photo_with_laterals()
        self._made: tuple = (None, [], [])
        self.size = slider("side of the box", 280, 16, 800, 8)
        self.merges = [switch(f"merge into P{level}", True) for level in _LEVELS[:-1]]
        height, width = self.image.shape[1:]
        self.x = slider("middle x", 266.0, 0.0, float(width), 1.0)
        self.y = slider("middle y", 240.0, 0.0, float(height), 1.0)
        self.compare = switch("compare with torchvision", False)
        super().__init__(
            [self.size, *self.merges, self.x, self.y, self.compare],
            alt="Left a box on a photo; right the maps of four levels, above before the merge and "
            "below after it, the level of the box framed.",
        )

    def ground(self) -> Scene:
        """Show the photo, the maps before the merge, and the handles of the box."""
        box = Box(id="box", meaning="yours", xyxy=self._box())
        return self._photo.plus([box], [self._grip(), self._corner()])

    def scene(self) -> Scene:
        """Show the maps after the merge, and the level of the box."""
        side = float(self.size.value)
        asked = torch.tensor([[0.0, 0.0, side, side]])
        level, wanted = self._level(asked), int(fpn.assign_levels([asked]))
        self._merge_anew()
        _, _, shapes = self._made
        shapes = [*shapes, *self._on_level(level)]
        if self.compare.value:
            shapes += [*self._differences(), *_framed("reference", wanted)]
        shapes += tags([("level of the box", f"P{level + 2}", self._box())], self._photo)
        return self.ground().plus(shapes, text=self._say(side, level, wanted))

    def grab(self, values: dict[str, float]) -> None:
        """Move the box, or its lower right corner while the other one stays."""
        if "size" in values:
            left, top, *_ = self._box()
            half = values["size"] * self._scale / 2
            values |= {"x": left + half, "y": top + half}
        super().grab(values)

    def _box(self) -> XYXY:
        """Return the box in pixels of the photo, moved inside where it reaches out of it."""
        side = self.size.value * self._scale
        height, width = self.image.shape[1:]
        left = min(max(self.x.value - side / 2, 0.0), width - side)
        top = min(max(self.y.value - side / 2, 0.0), height - side)
        return left, top, left + side, top + side

    def _grip(self) -> Handle:
        x1, y1, x2, y2 = self._box()
        (height, width), half = self.image.shape[1:], (x2 - x1) / 2
        x, y = x1 + half, y1 + half
        return Handle(
            id="grip",
            name="box",
            says=f"middle at {x:.0f}, {y:.0f}",
            at=(x, y),
            box=(x1, y1, x2, y2),
            x=Track(sets="x", value=x, low=half, high=width - half),
            y=Track(sets="y", value=y, low=half, high=height - half),
        )

    def _corner(self) -> Handle:
        x1, y1, x2, y2 = self._box()
        height, width = self.image.shape[1:]
        room = min(width - x1, height - y1) / self._scale
        side, low, step = self.size.value, self.size.min, self.size.step
        track = Track(
            sets="size",
            value=side,
            low=low,
            high=max(side, room // step * step),
            step=step,
            scale=self._scale,
        )
        says = f"{side} × {side} pixels of the resized picture"
        return Handle(id="corner", name="size of the box", says=says, at=(x2, y2), x=track)

    def _photo_with_laterals(self) -> Scene:
        """Return the photo, and beside it the maps before the merge."""
        photo = photo_scene(self.image, width=self.image.shape[2] * _ZOOM)
        shapes: list[Shape] = []
        for place, lateral in enumerate(self.laterals):
            height, width = lateral.shape[-2:]
            shapes += _map(f"lateral {_LEVELS[place]}", lateral, place, _BEFORE)
            shapes.append(_title(f"lateral, {height} × {width}", place, _BEFORE))
            shapes.append(_title(f"P{_LEVELS[place]}", place, _AFTER))
        right = _extent(len(_LEVELS) - 1, 0.0)[2] + 4
        return Scene(width=right, height=photo.height, zoom=_ZOOM, shapes=(*photo.shapes, *shapes))

    def _level(self, box: Tensor) -> int:
        level = ask(self.assign_levels, [box], shape=(1,)).item()
        if level not in range(len(_LEVELS)):
            raise NoAnswer(f"The level of the box should be from 0 (P2) to 3 (P5), but is {level}.")
        return int(level)

    def _on_level(self, level: int) -> list[Shape]:
        """Frame the map that the box is read from, and show the box in its cells."""
        x1, y1, x2, y2 = _extent(level, _AFTER)
        across, down = ((x2 - x1) / self.image.shape[2], (y2 - y1) / self.image.shape[1])
        left, top, right, bottom = self._box()
        box = (x1 + left * across, y1 + top * down, x1 + right * across, y1 + bottom * down)
        return [*_framed("yours", level), Box(id="box on the map", meaning="yours", xyxy=box)]

    def _merge_anew(self) -> None:
        """Make maps and what shows them, once for each setting of the merges."""
        key = [takes.value for takes in self.merges]
        if self._made[0] == key:
            return
        merged = self._merged()
        shapes: list[Shape] = []
        for place, values in enumerate(merged):
            shapes += _map(f"P{_LEVELS[place]}", values, place, _AFTER)
        shapes += [_arrow(place) for place, takes in enumerate(key) if takes]
        self._made = (key, merged, shapes)

    def _merged(self, *, reference: bool = False) -> list[Tensor]:
        """Return P2 to P5; a level that takes nothing over is its lateral map alone."""
        merge = fpn.top_down_merge if reference else self.top_down_merge
        merged = self.laterals[-1]
        pyramid = [merged]
        for lateral, takes in zip(self.laterals[-2::-1], self.merges[::-1], strict=True):
            if takes.value:
                merged = ask(merge, lateral, merged, shape=tuple(lateral.shape))
            else:
                merged = lateral
            pyramid.insert(0, merged)
        return pyramid

    def _differences(self) -> list[Shape]:
        """Mark the cells of merged maps that are not torchvision's."""
        _, merged, _ = self._made
        shapes: list[Shape] = []
        for place, (mine, other) in enumerate(
            zip(merged, self._merged(reference=True), strict=True)
        ):
            away = (mine - other).abs()[0, 0]
            shapes += differences(f"P{_LEVELS[place]} differs", away, _extent(place, _AFTER))
        return shapes

    def _say(self, side: float, level: int, wanted: int) -> str:
        exact = 4 + math.log2(side / 224)
        cells = side / 2 ** (level + 2)
        text = (
            f"Equation 1: 4 + log₂({side:.0f} / 224) = {exact:.2f}, rounded down and kept from 2 "
            f"to 5: P{level + 2}. There the box is {cells:.1f} cells wide."
        )
        return text if wanted == level else f"{text}\ntorchvision reads it from P{wanted + 2}."


def _laterals(image: Tensor) -> list[Tensor]:
    """Return for each level what it adds to the coarser one; the coarsest holds the picture."""
    grey = F.interpolate(image.mean(dim=0)[None, None], size=(300, 256), mode="area")
    pooled = [F.avg_pool2d(grey, 2**level, ceil_mode=True) for level in _LEVELS]
    return [
        fine - F.interpolate(coarse, size=fine.shape[-2:], mode="nearest")
        for fine, coarse in pairwise(pooled)
    ] + pooled[-1:]


def _extent(place: int, top: float) -> XYXY:
    """Return the box of a map on the canvas."""
    left = 512.0 + 26 + (_WIDTH + _GAP) * place
    return left, top, left + _WIDTH, top + _WIDTH * 75 / 64


def _map(name: str, values: Tensor, place: int, top: float) -> list[Shape]:
    says = f"{name}, row {{row}}, column {{column}}: {{value}}"
    extent = _extent(place, top)
    return [*heatmap(name, values[0, 0], extent, low=-0.2, high=0.9, says=says)]


def _title(words: str, place: int, top: float) -> Label:
    left, _, right, _ = _extent(place, top)
    return Label(id=f"title {words}", at=((left + right) / 2, top - 5), text=words, side="middle")


def _framed(meaning: str, level: int) -> list[Shape]:
    x1, y1, x2, y2 = _extent(level, _AFTER)
    out = 3.0 if meaning == "yours" else -3.0
    frame = (x1 - out, y1 - out, x2 + out, y2 + out)
    return [Box(id=f"level, {meaning}", meaning=meaning, xyxy=frame)]


def _arrow(place: int) -> Arrow:
    """Return an arrow to the map of a level from the next coarser one, below both."""
    (left, _, right, bottom), (far_left, _, far_right, _) = (
        _extent(place, _AFTER),
        _extent(place + 1, _AFTER),
    )
    y = bottom + 16
    return Arrow(
        id=f"into P{_LEVELS[place]}",
        meaning="link",
        start=((far_left + far_right) / 2 - 8, y),
        end=((left + right) / 2 + 8, y),
        tip=f"P{_LEVELS[place]} takes over from P{_LEVELS[place + 1]}",
    )
