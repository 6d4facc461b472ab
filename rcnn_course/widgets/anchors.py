"""Anchors of one cell over a picture, and which of all anchors would be trained on.

Letters: `A` anchors of a cell, `G` ground truths.
"""

from collections.abc import Callable, Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torchvision import ops

from rcnn_course import draw
from rcnn_course.datasets import GeneratedPeople
from rcnn_course.draw.base import style
from rcnn_course.draw.base.words import Words
from rcnn_course.reference import rpn
from rcnn_course.widgets.explorer import Explorer, choice, picture_figure, slider, switch
from rcnn_course.widgets.given import given_boxes, given_image
from rcnn_course.widgets.student import NoAnswer, ask, require_shape

_STRIDES = {"P2": 4, "P3": 8, "P4": 16, "P5": 32, "P6": 64}
_ROOM = 0.065, 0.025  # half of a label, as shares of the picture's width and height
_RATIOS = {"0.5, 1, 2": (0.5, 1.0, 2.0), "0.5": (0.5,), "1": (1.0,), "2": (2.0,)}


class AnchorExplorer(Explorer):
    """The anchors of a cell, their overlap with the truth, and what the matcher makes of them.

    Args:
        cell_anchors: maps (scales, aspect_ratios) to the anchors [A, 4] around (0, 0) in pixels,
            such as the student's; a ratio is height / width.
        grid_anchors: maps (grid_sizes, strides, cell_anchors) to the anchors of each level.
        match_anchors: maps (IoUs [G, A], high_threshold, low_threshold,
            allow_low_quality_matches) to the truth's index, -1 (negative) or -2 (ignored), [A].
        image (Tensor[3, H, W], optional): otherwise a picture of generated people.
        gt_boxes (Tensor[G, 4], optional): the truth in this picture, xyxy in pixels; comes with it.

    Attributes:
        level: menu, P2 (a cell for 4 pixels) to P6 (64 pixels).
        row, column: sliders; the cell.
        size: slider; side of the square anchor in pixels.
        ratios: menu of aspect ratios.
        low, high: sliders; below `low` IoU an anchor is negative, from `high` on positive.
        rule: box to tick; whether the best anchors of each object are positive in any case.

    Raises:
        TypeError: If one of them is no tensor.
        ValueError: If one of image and gt_boxes is given without the other, there is no box, or
            shapes do not fit.

    Example:
        >>> explorer = AnchorExplorer()
        >>> with explorer.quietly():
        ...     explorer.level.value, explorer.size.value, explorer.ratios.value = "P5", 64, (1.0,)
        >>> print(explorer.text.splitlines()[0])
        Anchors of this cell, width × height: 64 × 64 pixels; best IoU 0.06. Of all 96 anchors of
        P5: 13 positive, 2 ignored, 81 negative. Positive of objects 1 to 5: ... The best anchors of
        each object count as positive, whatever their IoU. Solid orange: positive; dashed blue:
        ignored; dotted grey: negative; white: the truth.

    Source: Ren et al. 2015 (Faster R-CNN), section 3.1; torchvision `AnchorGenerator`, `Matcher`.
    """

    def __init__(
        self,
        cell_anchors: Callable = rpn.cell_anchors,
        grid_anchors: Callable = rpn.grid_anchors,
        match_anchors: Callable = rpn.match_anchors,
        *,
        image: Tensor | None = None,
        gt_boxes: Tensor | None = None,
    ):
        if image is gt_boxes is None:
            image, target = GeneratedPeople(7, seed=6, size=(256, 384))[6]
            gt_boxes = target["boxes"]
        if image is None or gt_boxes is None:
            raise ValueError("image and gt_boxes belong together: give both, or neither")
        self.cell_anchors, self.grid_anchors = cell_anchors, grid_anchors
        self.match_anchors = match_anchors
        self.image, self.gt_boxes = given_image(image), given_boxes("gt_boxes", gt_boxes)
        self._made: tuple = (None, None)
        self.level = choice("level", list(_STRIDES), "P4")
        self.row = slider("row", 10, 0, 15)
        self.column = slider("column", 4, 0, 23)
        self.size = slider("base size", 128, 8, 256, 8)
        self.ratios = choice("aspect ratios", _RATIOS, _RATIOS["0.5, 1, 2"])
        self.low = slider("negative below", 0.3, 0.0, 1.0, 0.05)
        self.high = slider("positive from", 0.7, 0.0, 1.0, 0.05)
        self.rule = switch("low-quality rule", True)
        self.level.observe(self._fit_cells, "value")
        self._fit_cells()
        place = [self.size, self.row, self.column, self.level, self.ratios]
        super().__init__(
            [*place, self.low, self.high, self.rule],
            alt="A picture with the cells of a level, the anchors of one cell and the truth.",
        )

    def backdrop_key(self) -> str:
        """Draw other cells for another level."""
        return self.level.value

    def backdrop(self) -> Figure:
        """Show the picture with its cells and the numbered truth."""
        figure = picture_figure(self.image, width=7.5, fade=0.3)
        (ax,) = figure.axes
        if self._stride() > 4:
            draw.draw_cells(self._stride(), ax=ax)
        draw.draw_anchors(torch.empty(0, 4), gt_boxes=self.gt_boxes, ax=ax, legend=False)
        _number(ax, self.gt_boxes)
        return figure

    def overlay(self, axes: Sequence[Axes]) -> str:
        """Draw the anchors of the chosen cell."""
        (ax,) = axes
        every = self._every()
        iou = ops.box_iou(self.gt_boxes, every)
        matches = self._match(self.match_anchors, iou)
        count = len(self.ratios.value)
        first = (self.row.value * self._cells()[1] + self.column.value) * count
        here = slice(first, first + count)
        mine, overlaps = every[here], iou.T[here]
        draw.draw_anchors(mine, matches=matches[here], ax=ax, legend=False)
        _write_overlaps(ax, mine, overlaps)
        said = self._say(mine, overlaps, matches)
        return said + self._beside_torchvision(every, matches, iou)

    def _say(self, mine: Tensor, overlaps: Tensor, matches: Tensor) -> str:
        sizes = ", ".join(f"{x2 - x1:.0f} × {y2 - y1:.0f}" for x1, y1, x2, y2 in mine.tolist())
        best = overlaps.max().item() if overlaps.numel() else 0.0
        rule = (
            "The best anchors of each object count as positive, whatever their IoU. "
            if self.rule.value
            else ""
        )
        return (
            f"Anchors of this cell, width × height: {sizes} pixels; best IoU {best:.2f}. "
            f"Of all {len(matches)} anchors of {self.level.value}: {_counted(matches)}. "
            f"{_of_each(matches, len(self.gt_boxes))} {rule}"
            "Solid orange: positive; dashed blue: ignored; dotted grey: negative; white: the truth."
        )

    def _every(self) -> Tensor:
        """Return the anchors of all cells of the level, [Hl * Wl * A, 4]; made once for each."""
        key = (self.level.value, self.size.value, self.ratios.value)
        if self._made[0] != key:
            ratios, (rows, columns) = self.ratios.value, self._cells()
            shape = (len(ratios), 4)
            cell = ask(self.cell_anchors, (self.size.value,), ratios, shape=shape).float()
            levels = ask(self.grid_anchors, *self._grid(), [cell])
            if not isinstance(levels, list | tuple) or len(levels) != 1:
                raise NoAnswer("grid_anchors should return a list with one tensor for each level.")
            require_shape("grid_anchors", levels[0], (rows * columns * len(ratios), 4))
            self._made = (key, levels[0].float())
        return self._made[1]

    def _match(self, match_anchors: Callable, iou: Tensor) -> Tensor:
        """Return matches: index of the truth, -1 negative, -2 ignored."""
        low, high = min(self.low.value, self.high.value), self.high.value
        return ask(match_anchors, iou.clone(), high, low, self.rule.value, shape=iou.shape[1:])

    def _beside_torchvision(self, every: Tensor, matches: Tensor, iou: Tensor) -> str:
        """Say where anchors or matches are not torchvision's."""
        cell = rpn.cell_anchors((self.size.value,), self.ratios.value)
        away = (every - rpn.grid_anchors(*self._grid(), [cell])[0]).abs().max().item()
        if away > 1e-3:
            return f"\nThese anchors differ from torchvision's by up to {away:.1f} pixels."
        theirs = self._match(rpn.match_anchors, iou)
        if not torch.equal(matches, theirs):
            return f"\nWith these IoUs, torchvision's matcher finds {_counted(theirs)}."
        return ""

    def _grid(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Return grid sizes and strides of the level, as `grid_anchors` takes them."""
        return [self._cells()], [(self._stride(), self._stride())]

    def _stride(self) -> int:
        return _STRIDES[self.level.value]

    def _cells(self) -> tuple[int, int]:
        """Return the rows and columns of the level."""
        rows, columns = (-(-side // self._stride()) for side in self.image.shape[1:])
        return rows, columns

    def _fit_cells(self, change: dict | None = None) -> None:
        """Keep the cell sliders within the level."""
        rows, columns = self._cells()
        self.row.max, self.column.max = rows - 1, columns - 1


def _counted(matches: Tensor) -> str:
    counts = [(matches >= 0).sum(), (matches == -2).sum(), (matches == -1).sum()]
    kinds = zip(counts, ("positive", "ignored", "negative"), strict=True)
    return ", ".join(f"{count.item()} {kind}" for count, kind in kinds)


def _of_each(matches: Tensor, objects: int) -> str:
    counts = [int((matches == number).sum()) for number in range(objects)]
    return f"Positive of objects 1 to {objects}: {', '.join(map(str, counts))}."


def _write_overlaps(ax: Axes, anchors: Tensor, overlaps: Tensor) -> None:
    """Write at each anchor which object it overlaps most, and how much, within the picture."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    margin_x, margin_y = _ROOM[0] * (right - left), _ROOM[1] * (bottom - top)
    for (x1, y1, x2, y2), ious in zip(anchors.tolist(), overlaps, strict=True):
        best = ious.argmax().item()
        text = f"IoU {ious[best]:.2f} with {best + 1}"
        width, height = x2 - x1, y2 - y1
        if width > height:  # at another place for each shape, so that the words stay apart
            x, y = x2, (y1 + y2) / 2
        elif height > width:
            x, y = (x1 + x2) / 2, y1
        else:
            x, y = x1, y2
        x = min(max(x, left + margin_x), right - margin_x)
        y = min(max(y, top + margin_y), bottom - margin_y)
        ax.add_artist(Words(text, style.PAPER, xy=(x, y), ha="center", va="center"))


def _number(ax: Axes, gt_boxes: Tensor) -> None:
    """Write its number into the lower right corner of each object."""
    look = {"boxstyle": "circle,pad=0.2", "facecolor": style.PAPER}
    place: style.Look = {"ha": "center", "va": "center", "fontsize": style.TEXT}
    inside: style.Look = {"xytext": (-9, 9), "textcoords": "offset points"}
    for number, (_, _, x2, y2) in enumerate(gt_boxes.tolist(), start=1):
        ax.annotate(str(number), (x2, y2), color=style.INK, bbox=look, **inside, **place)
