"""Anchors of one cell over a picture, and which of all anchors would be trained on.

Letters: `A` anchors of a cell, `G` ground truths.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torchvision import ops

from rcnn_course.datasets import GeneratedPeople
from rcnn_course.reference import rpn
from rcnn_course.scene import Box, Dot, Grid, Handle, Label, Line, Readout, Scene, Shape, Track
from rcnn_course.widgets.controls import choice, slider, switch
from rcnn_course.widgets.explorer import Explorer, photo_scene
from rcnn_course.widgets.given import given_boxes, given_image
from rcnn_course.widgets.student import NoAnswer, ask, require_shape
from rcnn_course.widgets.truth import true_boxes

_STRIDES = {"P2": 4, "P3": 8, "P4": 16, "P5": 32, "P6": 64}
_ROOM = 60.0, 12.0  # half of a label's width and height, in pixels of the screen
_REACH = 24.0  # least side of the cell's handle, in pixels of the screen
_CLOSE = 1e-3  # pixels up to which two anchors are the same
_RATIOS = {"0.5, 1, 2": (0.5, 1.0, 2.0), "0.5": (0.5,), "1": (1.0,), "2": (2.0,)}


class _Found(NamedTuple):
    """All anchors of a level, and what the matcher makes of them; torchvision's beside them."""

    anchors: Tensor
    iou: Tensor
    matches: Tensor
    best: bytes
    theirs: Tensor
    expected: Tensor


class AnchorExplorer(Explorer):
    """The anchors of a cell, their overlap with the truth, and what the matcher makes of them.

    The cell can be dragged.

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
        compare: box to tick; whether torchvision's anchors are shown too, and where matches differ.

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
        self._photo = photo_scene(self.image, width=750, fade=0.3)
        self._made: tuple = (None, None)
        self._matched: tuple = (None, None)
        self.level = choice("level", list(_STRIDES), "P4")
        self.row = slider("row", 10, 0, 15)
        self.column = slider("column", 4, 0, 23)
        self.size = slider("base size", 128, 8, 256, 8)
        self.ratios = choice("aspect ratios", _RATIOS, _RATIOS["0.5, 1, 2"])
        self.low = slider("negative below", 0.3, 0.0, 1.0, 0.05)
        self.high = slider("positive from", 0.7, 0.0, 1.0, 0.05)
        self.rule = switch("low-quality rule", True)
        self.compare = switch("compare with torchvision", False)
        self.level.observe(self._fit_cells, "value")
        self._fit_cells()
        place = [self.size, self.level, self.row, self.column, self.ratios]
        super().__init__(
            [*place, self.low, self.high, self.rule, self.compare],
            alt="A picture with the cells of a level, the anchors of one cell and the truth.",
        )

    def ground(self) -> Scene:
        """Show the picture with its cells, the truth, and the handle of the cell."""
        shapes: list[Shape] = []
        if self._stride() > 4:
            rows, columns = self._cells()
            across, down = columns * self._stride(), rows * self._stride()
            field = (0, 0, across, down)
            shapes.append(
                Grid(id="cells", meaning="background", xyxy=field, rows=rows, columns=columns)
            )
        shapes += true_boxes(self.gt_boxes)
        shapes.append(Box(id="cell", xyxy=self._cell()))
        return self._photo.plus(shapes, [self._handle()])

    def scene(self) -> Scene:
        """Show the anchors of the chosen cell, and the numbers of the objects."""
        found = self._found()
        count = len(self.ratios.value)
        first = (self.row.value * self._cells()[1] + self.column.value) * count
        here = slice(first, first + count)
        mine, overlaps, matches = found.anchors[here], found.iou.T[here], found.matches[here]
        shapes = [self._readout(found), *_anchor_boxes(mine, overlaps, matches)]
        if self.compare.value:
            shapes += _differences(found, here)
        shapes += [*_numbers(self.gt_boxes), *self._overlaps(mine, overlaps)]
        said = self._say(mine, overlaps, found.matches)
        return self.ground().plus(shapes, text=said + _beside_torchvision(found))

    def _cell(self) -> tuple[float, float, float, float]:
        """Return the box of the chosen cell."""
        stride = self._stride()
        x, y = self.column.value * stride, self.row.value * stride
        return x, y, x + stride, y + stride

    def _readout(self, found: _Found) -> Readout:
        """Return what cells say while the mouse is over them."""
        rows, columns = self._cells()
        return Readout(
            id="best IoUs",
            xyxy=(0, 0, columns * self._stride(), rows * self._stride()),
            rows=rows,
            columns=columns,
            numbers=found.best,
            says="row {row}, column {column}: best IoU {value}",
        )

    def _handle(self) -> Handle:
        x1, y1, x2, y2 = self._cell()
        x, y, stride = (x1 + x2) / 2, (y1 + y2) / 2, self._stride()
        reach = max(_REACH / self._photo.zoom, stride) / 2
        row, column = self.row, self.column
        return Handle(
            id="grip",
            name="cell",
            says=f"row {row.value}, column {column.value}",
            at=(x, y),
            box=(x - reach, y - reach, x + reach, y + reach),
            x=Track(sets="column", value=column.value, low=0, high=column.max, scale=stride),
            y=Track(sets="row", value=row.value, low=0, high=row.max, scale=stride),
        )

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
            f"Of all {len(matches):,} anchors of {self.level.value}: {_counted(matches)}. "
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

    def _found(self) -> "_Found":
        """Return what the matcher makes of all anchors; made once for each setting of these."""
        low, high = min(self.low.value, self.high.value), self.high.value
        key = (self.level.value, self.size.value, self.ratios.value, low, high, self.rule.value)
        if self._matched[0] != key:
            every = self._every()
            iou = ops.box_iou(self.gt_boxes, every)
            settings = (high, low, self.rule.value)
            matches = ask(self.match_anchors, iou.clone(), *settings, shape=iou.shape[1:])
            of_cells = iou.max(dim=0).values.view(-1, len(self.ratios.value))
            best = of_cells.max(dim=1).values.float().numpy().tobytes()
            cell = rpn.cell_anchors((self.size.value,), self.ratios.value)
            (theirs,) = rpn.grid_anchors(*self._grid(), [cell])
            expected = rpn.match_anchors(iou.clone(), *settings)
            self._matched = (key, _Found(every, iou, matches, best, theirs, expected))
        return self._matched[1]

    def _grid(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Return grid sizes and strides of the level, as `grid_anchors` takes them."""
        return [self._cells()], [(self._stride(), self._stride())]

    def _stride(self) -> int:
        return _STRIDES[self.level.value]

    def _cells(self) -> tuple[int, int]:
        """Return the rows and columns of the level."""
        rows, columns = (-(-side // self._stride()) for side in self.image.shape[1:])
        return rows, columns

    def _overlaps(self, anchors: Tensor, overlaps: Tensor) -> list[Shape]:
        """Return at each anchor, within the picture, which object it overlaps most."""
        margin_x, margin_y = (room / self._photo.zoom for room in _ROOM)
        shapes: list[Shape] = []
        rows = zip(anchors.tolist(), *(x.tolist() for x in overlaps.max(dim=1)), strict=True)
        for number, ((x1, y1, x2, y2), iou, best) in enumerate(rows, start=1):
            width, height = x2 - x1, y2 - y1
            if width > height:  # at another place for each shape, so that the words stay apart
                x, y = x2, (y1 + y2) / 2
            elif height > width:
                x, y = (x1 + x2) / 2, y1
            else:
                x, y = x1, y2
            x = min(max(x, margin_x), self._photo.width - margin_x)
            y = min(max(y, margin_y), self._photo.height - margin_y)
            text = f"IoU {iou:.2f} with {best + 1}"
            shapes.append(
                Label(id=f"iou {number}", at=(x, y), text=text, side="middle", rise="around")
            )
        return shapes

    def _fit_cells(self, change: dict | None = None) -> None:
        """Keep the cell sliders within the level."""
        rows, columns = self._cells()
        self.row.max, self.column.max = rows - 1, columns - 1


def _counted(matches: Tensor) -> str:
    counts = [(matches >= 0).sum(), (matches == -2).sum(), (matches == -1).sum()]
    kinds = zip(counts, ("positive", "ignored", "negative"), strict=True)
    return ", ".join(f"{count.item():,} {kind}" for count, kind in kinds)


def _of_each(matches: Tensor, objects: int) -> str:
    counts = [int((matches == number).sum()) for number in range(objects)]
    return f"Positive of objects 1 to {objects}: {', '.join(map(str, counts))}."


def _kind(match: int) -> str:
    return "positive" if match >= 0 else {-1: "negative", -2: "ignored"}[match]


def _anchor_boxes(anchors: Tensor, overlaps: Tensor, matches: Tensor) -> list[Shape]:
    """Return the anchors of a cell, each as the kind that the matcher finds."""
    rows = zip(anchors.tolist(), overlaps.max(dim=1).values.tolist(), matches.tolist(), strict=True)
    return [
        Box(
            id=f"anchor {number}",
            meaning=_kind(match),
            xyxy=(x1, y1, x2, y2),
            tip=f"{x2 - x1:.0f} × {y2 - y1:.0f} pixels, best IoU {iou:.2f}: {_kind(match)}",
        )
        for number, ((x1, y1, x2, y2), iou, match) in enumerate(rows, start=1)
    ]


def _numbers(gt_boxes: Tensor) -> list[Shape]:
    """Return the number of each object, in its lower right corner."""
    return [
        Label(id=f"number {number}", at=(x2, y2), text=f"{number} ", side="end")
        for number, (_, _, x2, y2) in enumerate(gt_boxes.tolist(), start=1)
    ]


def _differences(found: _Found, here: slice) -> list[Shape]:
    """Return torchvision's anchors of the cell, how far off, and where matches differ."""
    shapes: list[Shape] = []
    pairs = zip(found.anchors[here].tolist(), found.theirs[here].tolist(), strict=True)
    for number, (mine, other) in enumerate(pairs, start=1):
        shapes.append(Box(id=f"reference {number}", meaning="reference", xyxy=tuple(other)))
        for name, corner in (("upper left", slice(2)), ("lower right", slice(2, 4))):
            ends = (tuple(mine[corner]), tuple(other[corner]))
            if ends[0] != ends[1]:
                shapes.append(Line(id=f"differs {number} {name}", meaning="differs", points=ends))
    for row in (found.matches != found.expected).nonzero()[:, 0].tolist():
        x1, y1, x2, y2 = found.anchors[row].tolist()
        tip = f"{_kind(int(found.matches[row]))}; torchvision: {_kind(int(found.expected[row]))}"
        middle = ((x1 + x2) / 2, (y1 + y2) / 2)
        shapes.append(Dot(id=f"match {row}", meaning="differs", at=middle, tip=tip))
    return shapes


def _beside_torchvision(found: _Found) -> str:
    """Say where anchors or matches are not torchvision's."""
    away = (found.anchors - found.theirs).abs().max().item()
    if away > _CLOSE:
        return f"\nThese anchors differ from torchvision's by up to {away:.1f} pixels."
    if not torch.equal(found.matches, found.expected):
        return f"\nWith these IoUs, torchvision's matcher finds {_counted(found.expected)}."
    return ""
