"""Anchors of one cell over a picture, and which of all anchors would be trained on.

Letters: `A` anchors of a cell, `G` ground truths.
"""

from collections.abc import Callable

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torchvision import ops
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.rpn import det_utils

from rcnn_course import draw
from rcnn_course.datasets import GeneratedPeople
from rcnn_course.draw import style
from rcnn_course.widgets.explorer import Explorer, choice, picture_figure, slider
from rcnn_course.widgets.student import ask

_STRIDES = {"P2": 4, "P3": 8, "P4": 16, "P5": 32, "P6": 64}
_RATIOS = {"0.5, 1, 2": (0.5, 1.0, 2.0), "0.5": (0.5,), "1": (1.0,), "2": (2.0,)}


def torchvision_cell_anchors(sizes: tuple[int, ...], ratios: tuple[float, ...]) -> Tensor:
    """Return the anchors [A, 4] around (0, 0) of torchvision's AnchorGenerator."""
    return AnchorGenerator((sizes,), (ratios,)).cell_anchors[0]


class AnchorExplorer(Explorer):
    """The anchors of a cell, their overlap with the truth, and what the matcher makes of them.

    Args:
        cell_anchors: maps (sizes, aspect ratios) to the anchors [A, 4] around (0, 0) in pixels,
            such as the student's; a ratio is height / width.
        image (Tensor[3, H, W], optional): otherwise a picture of generated people.
        gt_boxes (Tensor[G, 4], optional): the truth in this picture, xyxy in pixels.

    Attributes:
        level: menu, P2 (a cell for 4 pixels) to P6 (64 pixels).
        row, column: sliders; the cell.
        size: slider; side of the square anchor in pixels.
        ratios: menu of aspect ratios.
        low, high: sliders; below `low` IoU an anchor is negative, from `high` on positive.

    Source: Ren et al. 2015 (Faster R-CNN), section 3.1; torchvision `AnchorGenerator`, `Matcher`.
    """

    def __init__(
        self,
        cell_anchors: Callable[[tuple, tuple], Tensor] = torchvision_cell_anchors,
        *,
        image: Tensor | None = None,
        gt_boxes: Tensor | None = None,
    ):
        if image is None:
            image, target = GeneratedPeople(3, seed=4, size=(256, 384))[2]
            gt_boxes = target["boxes"]
        self.cell_anchors, self.image, self.gt_boxes = cell_anchors, image, gt_boxes
        self.level = choice("level", list(_STRIDES), "P4")
        self.row = slider("row", 7, 0, 15)
        self.column = slider("column", 15, 0, 23)
        self.size = slider("base size", 32, 8, 256, 8)
        self.ratios = choice("aspect ratios", _RATIOS, _RATIOS["0.5, 1, 2"])
        self.low = slider("negative below", 0.3, 0.0, 1.0, 0.05)
        self.high = slider("positive from", 0.7, 0.0, 1.0, 0.05)
        self.level.observe(self._fit_cells, "value")
        self._fit_cells()
        super().__init__(
            [self.size, self.row, self.column, self.level, self.ratios, self.low, self.high],
            alt="A picture with the cells of a level, the anchors of one cell and the truth.",
        )

    def backdrop_key(self) -> str:
        """Draw other cells for another level."""
        return self.level.value

    def backdrop(self) -> Figure:
        """Show the picture with its cells."""
        figure = picture_figure(self.image, width=7.5, fade=0.3)
        if self._stride() > 4:
            draw.draw_cells(self._stride(), ax=figure.axes[0])
        return figure

    def overlay(self, ax: Axes) -> str:
        """Draw the anchors of the chosen cell and the truth."""
        ratios = self.ratios.value
        cell = ask(self.cell_anchors, (self.size.value,), ratios, shape=(len(ratios), 4)).float()
        every = (self._centres()[:, None] + cell).reshape(-1, 4)
        matches = self._match(every)
        columns = -(-self.image.shape[2] // self._stride())
        first = (self.row.value * columns + self.column.value) * len(ratios)
        here = slice(first, first + len(ratios))
        mine = every[here]
        draw.draw_anchors(mine, matches=matches[here], gt_boxes=self.gt_boxes, ax=ax, legend=False)
        overlaps = ops.box_iou(mine, self.gt_boxes)
        for anchor, ious in zip(mine.tolist(), overlaps, strict=True):
            best = ious.argmax().item()
            text = f"IoU {ious[best]:.2f} with {best + 1}"
            look = {"boxstyle": "square,pad=0.15", "facecolor": style.PAPER, "edgecolor": "none"}
            place = {"ha": "left", "va": "bottom", "fontsize": style.SMALL, "clip_on": True}
            ax.text(anchor[0], anchor[1], text, color=style.INK, bbox=look, zorder=6, **place)
        for number, (_, _, x2, y2) in enumerate(self.gt_boxes.tolist(), start=1):
            ax.text(
                x2, y2, str(number), color=style.INK, fontsize=style.TEXT, ha="right", va="bottom",
                bbox={"boxstyle": "circle,pad=0.2", "facecolor": style.PAPER}, zorder=6,
            )  # fmt: skip
        return self._say(mine, overlaps, matches)

    def _say(self, mine: Tensor, overlaps: Tensor, matches: Tensor) -> str:
        sizes = ", ".join(f"{x2 - x1:.0f} × {y2 - y1:.0f}" for x1, y1, x2, y2 in mine.tolist())
        counts = [(matches >= 0).sum(), (matches == -2).sum(), (matches == -1).sum()]
        kinds = zip(counts, ("positive", "ignored", "negative"), strict=True)
        told = ", ".join(f"{count.item()} {kind}" for count, kind in kinds)
        best = overlaps.max().item() if overlaps.numel() else 0.0
        return (
            f"Anchors of this cell, width × height: {sizes} pixels; best IoU {best:.2f}. "
            f"Of all {len(matches)} anchors of {self.level.value}: {told}. The best anchors of "
            "each object count as positive, whatever their IoU. Solid orange: positive; dashed "
            "blue: ignored; dotted grey: negative; white: the truth."
        )

    def _match(self, anchors: Tensor) -> Tensor:
        """Return torchvision's matches: index of the truth, -1 negative, -2 ignored."""
        low, high = min(self.low.value, self.high.value), self.high.value
        matcher = det_utils.Matcher(high, low, allow_low_quality_matches=True)
        return matcher(ops.box_iou(self.gt_boxes, anchors))

    def _stride(self) -> int:
        return _STRIDES[self.level.value]

    def _centres(self) -> Tensor:
        """Return the shift of each cell, row by row, as (x, y, x, y) in pixels."""
        rows, columns = (-(-side // self._stride()) for side in self.image.shape[1:])
        y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        return self._stride() * torch.stack([x, y, x, y], dim=-1).reshape(-1, 4)

    def _fit_cells(self, change: dict | None = None) -> None:
        """Keep the cell sliders within the level."""
        rows, columns = (-(-side // self._stride()) for side in self.image.shape[1:])
        self.row.max, self.column.max = rows - 1, columns - 1
