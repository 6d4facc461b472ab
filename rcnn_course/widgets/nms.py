"""Non-maximum suppression, box by box: who suppresses whom.

Letters: `R` boxes, best score first.
"""

from collections.abc import Callable, Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from torch import Tensor
from torchvision import ops

from rcnn_course import draw
from rcnn_course.datasets import GeneratedPeople
from rcnn_course.draw.base import style
from rcnn_course.draw.base.inputs import require_values
from rcnn_course.draw.base.outlines import outlines
from rcnn_course.widgets.explorer import Explorer, picture_figure, slider
from rcnn_course.widgets.given import given_boxes, given_image
from rcnn_course.widgets.student import NoAnswer, ask


class NMSExplorer(Explorer):
    """Boxes are taken by falling score; each one that is kept suppresses those it overlaps.

    Args:
        nms: maps (boxes [R, 4], scores [R], IoU threshold) to the indices that are kept, such as
            the student's.
        boxes (Tensor[R, 4], optional): xyxy in pixels; otherwise some around generated people.
        scores (Tensor[R], optional): of the boxes, each another one; comes with them.
        image (Tensor[3, H, W], optional): the picture below; comes with them.

    Attributes:
        iou_threshold: slider; boxes that overlap a kept one by more are suppressed.
        step: slider; how many boxes are taken, the best first.

    Raises:
        TypeError: If one of them is no tensor.
        ValueError: If boxes, scores and image are not given together, there is no box, or shapes
            do not fit.

    Example:
        >>> explorer = NMSExplorer()
        >>> explorer.step.value = 7
        >>> print(explorer.text)
        Box 7 is suppressed by box 2: their IoU is 0.88 (threshold 0.50). 6 of 7 are kept.
        >>> explorer.iou_threshold.value = 0.9
        >>> print(explorer.text)
        Box 7 is kept: it overlaps no kept box by more (threshold 0.90). 7 of 7 are kept.

    Source: torchvision.ops.nms.
    """

    def __init__(
        self,
        nms: Callable[[Tensor, Tensor, float], Tensor] = ops.nms,
        *,
        boxes: Tensor | None = None,
        scores: Tensor | None = None,
        image: Tensor | None = None,
    ):
        if boxes is scores is image is None:
            image, boxes, scores = _crowded_scene()
        if boxes is None or scores is None or image is None:
            raise ValueError("boxes, scores and image belong together: give all three, or none")
        corners = given_boxes("boxes", boxes)
        numbers = torch.from_numpy(require_values("scores", scores, (len(corners),)))
        best_first = numbers.argsort(descending=True, stable=True)
        self.nms, self.image = nms, given_image(image)
        self.boxes, self.scores = corners[best_first], numbers[best_first]
        self.iou_threshold = slider("IoU threshold", 0.5, 0.0, 1.0, 0.05)
        self.step = slider("boxes taken", len(boxes), 1, len(boxes))
        super().__init__(
            [self.step, self.iou_threshold],
            alt="Boxes on a picture; kept ones are solid, suppressed ones dashed and tied to the "
            "box that suppressed them.",
        )

    def backdrop(self) -> Figure:
        """Show the picture."""
        return picture_figure(self.image, fade=0.35)

    def overlay(self, axes: Sequence[Axes]) -> str:
        """Draw the boxes that are taken so far."""
        (ax,) = axes
        taken, threshold = self.step.value, self.iou_threshold.value
        boxes, scores = self.boxes[:taken], self.scores[:taken]
        kept = _kept(self.nms, boxes, scores, threshold)
        suppressed = torch.tensor(
            [row for row in range(taken) if row not in kept], dtype=torch.int64
        )
        by = self._suppressors(kept, suppressed)
        dim: style.Look = {"edgecolors": style.GREY, "linestyles": "--", "linewidths": 1.2}
        below = outlines(boxes[suppressed].numpy(), zorder=2.5, **dim)
        ax.add_collection(below, autolim=False)
        names = [f"{row + 1}: {scores[row]:.2f}" for row in kept]
        draw.draw_boxes(boxes[kept], labels=names, ax=ax, color=style.ORANGE)
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        ties = [[middles[row].tolist(), middles[other].tolist()] for row, other in by.items()]
        ax.add_collection(
            LineCollection(ties, colors=style.VERMILION, linewidths=1.2, zorder=4), autolim=False
        )
        return self._say(taken, kept, by, threshold)

    def _suppressors(self, kept: Tensor, suppressed: Tensor) -> dict[int, int]:
        """Map each suppressed box to the best kept box before it that overlaps it too much."""
        overlaps = ops.box_iou(self.boxes, self.boxes)
        by = {}
        for row in suppressed.tolist():
            before = kept[kept < row]
            above = before[overlaps[row, before] > self.iou_threshold.value]
            if len(above):
                by[row] = int(above.min())
        return by

    def _say(self, taken: int, kept: Tensor, by: dict[int, int], threshold: float) -> str:
        number = taken - 1
        if number in by:
            iou = ops.box_iou(self.boxes[[number]], self.boxes[[by[number]]]).item()
            last = f"is suppressed by box {by[number] + 1}: their IoU is {iou:.2f}"
        elif number in kept:
            last = "is kept: it overlaps no kept box by more"
        else:
            last = "is dropped, although it overlaps no kept box by more"
        text = f"Box {taken} {last} (threshold {threshold:.2f}). {len(kept)} of {taken} are kept."
        expected = ops.nms(self.boxes[:taken], self.scores[:taken], threshold)
        if sorted(kept.tolist()) != sorted(expected.tolist()):
            text += f"\ntorchvision keeps {len(expected)}: {_numbers(expected)}."
        return text


def _kept(nms: Callable, boxes: Tensor, scores: Tensor, threshold: float) -> Tensor:
    """Return the indices that the student's function keeps, in order."""
    kept = ask(nms, boxes.clone(), scores.clone(), threshold)
    if not isinstance(kept, Tensor) or kept.ndim != 1 or kept.is_floating_point():
        raise NoAnswer(f"{nms.__name__} should return the indices of kept boxes, a 1-D tensor.")
    if kept.dtype == torch.bool or (len(kept) and not 0 <= kept.min() <= kept.max() < len(boxes)):
        raise NoAnswer(f"{nms.__name__} should return indices from 0 to {len(boxes) - 1}.")
    return kept.sort().values


def _numbers(rows: Tensor) -> str:
    return ", ".join(str(row + 1) for row in sorted(rows.tolist()))


def _crowded_scene() -> tuple[Tensor, Tensor, Tensor]:
    """Return a picture and three or four rough boxes with scores around each of its objects."""
    image, target = GeneratedPeople(6, seed=7, size=(192, 288))[5]
    dice = torch.Generator().manual_seed(3)
    truth = target["boxes"].repeat(4, 1)
    sides = (truth[:, 2:] - truth[:, :2]).repeat(1, 2)
    spread = torch.tensor([0.02, 0.08, 0.12, 0.2]).repeat_interleave(len(target["boxes"]))
    boxes = truth + spread[:, None] * sides * torch.randn(truth.shape, generator=dice)
    boxes = ops.clip_boxes_to_image(boxes, image.shape[1:])
    scores = 0.97 - 2.2 * spread - 0.2 * torch.rand(len(boxes), generator=dice)
    return image, boxes, scores
