"""Non-maximum suppression, box by box: who suppresses whom.

Letters: `R` boxes, best score first.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torchvision import ops

from rcnn_course.datasets import GeneratedPeople
from rcnn_course.draw.base.inputs import require_values
from rcnn_course.scene import Arrow, Box, Handle, Label, Scene, Shape, Track
from rcnn_course.scene.tags import tags
from rcnn_course.widgets.controls import slider, switch
from rcnn_course.widgets.explorer import Explorer, photo_scene
from rcnn_course.widgets.given import given_boxes, given_image
from rcnn_course.widgets.student import NoAnswer, ask, name_of

_SMALLEST = 4.0  # sides of a box that is dragged smaller, in pixels


class NMSExplorer(Explorer):
    """Boxes are taken by falling score; each one that is kept suppresses those it overlaps.

    Boxes can be dragged, and the one that was grabbed last by its corner too.

    Args:
        nms: maps (boxes [R, 4], scores [R], IoU threshold) to the indices that are kept, such as
            the student's.
        boxes (Tensor[R, 4], optional): xyxy in pixels; otherwise some around generated people.
        scores (Tensor[R], optional): of the boxes, each another one; comes with them.
        image (Tensor[3, H, W], optional): the picture below; comes with them.

    Attributes:
        iou_threshold: slider; boxes that overlap a kept one by more are suppressed.
        step: slider; how many boxes are taken, the best first.
        compare: box to tick; whether boxes are marked of which torchvision decides otherwise.

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
        self.nms, self._photo = nms, photo_scene(given_image(image), fade=0.35)
        self.boxes, self.scores = corners[best_first], numbers[best_first]
        self._by_area = ops.box_area(self.boxes).argsort(descending=True).tolist()
        self._grabbed_last: int | None = None
        self.iou_threshold = slider("IoU threshold", 0.5, 0.0, 1.0, 0.05)
        self.step = slider("boxes taken", len(boxes), 1, len(boxes))
        self.compare = switch("compare with torchvision", False)
        self.step.observe(self._forget_grabbed, "value")
        super().__init__(
            [self.step, self.iou_threshold, self.compare],
            alt="Boxes on a picture; kept ones are solid, suppressed ones dashed, with an arrow "
            "from the box that suppressed them.",
            play=self.step,
        )

    def ground(self) -> Scene:
        """Show the picture."""
        return self._photo

    def scene(self) -> Scene:
        """Show the boxes that are taken so far."""
        taken, threshold = self.step.value, self.iou_threshold.value
        boxes, scores = self.boxes[:taken], self.scores[:taken]
        kept = _kept(self.nms, boxes, scores, threshold)
        iou = ops.box_iou(boxes, boxes)
        by = _suppressors(kept, iou, threshold)
        says = [self._fate(row, kept, by, iou) for row in range(taken)]
        expected = ops.nms(boxes, scores, threshold).sort().values.tolist()
        subject = self._subject()
        text = f"Box {subject + 1} is {says[subject]} (threshold {threshold:.2f}). "
        text += f"{len(kept)} of {taken} are kept."
        if kept != expected:
            text += f"\ntorchvision keeps {len(expected)}: {_numbers(expected)}."
        shapes = [*self._boxes(kept, says), *self._arrows(by)]
        if self.compare.value:
            shapes += self._differences(kept, expected)
        return self._photo.plus(shapes, self._handles(says), text)

    def grab(self, values: dict[str, float]) -> None:
        """Move a box, or its lower right corner: names are a side and the number of the box."""
        for name, value in values.items():
            side, number = name.split()
            self._grabbed_last = row = int(number) - 1
            first = {"left": 0, "top": 1, "right": 2, "bottom": 3}[side]
            if first < 2:
                self.boxes[row, first + 2] += value - self.boxes[row, first]
            self.boxes[row, first] = value

    def _forget_grabbed(self, change: dict) -> None:
        self._grabbed_last = None

    def _subject(self) -> int:
        """Return the box that the text is about: that was grabbed, or taken last."""
        last = self.step.value - 1
        return last if self._grabbed_last is None else min(self._grabbed_last, last)

    def _fate(self, row: int, kept: list[int], by: dict[int, int], overlaps: Tensor) -> str:
        if row in by:
            iou = overlaps[row, by[row]].item()
            return f"suppressed by box {by[row] + 1}: their IoU is {iou:.2f}"
        if row in kept:
            return "kept: it overlaps no kept box by more"
        return "dropped, although it overlaps no kept box by more"

    def _boxes(self, kept: list[int], says: list[str]) -> list[Shape]:
        """Return suppressed boxes, and kept ones above them with number and score."""
        corners, chosen = self.boxes[: len(says)].tolist(), set(kept)
        drawn: list[Shape] = [
            Box(
                id=f"box {row + 1}",
                meaning="negative",
                xyxy=tuple(box),
                tip=f"box {row + 1}: {says[row]}",
            )
            for row, box in enumerate(corners)
            if row not in chosen
        ]
        for row in kept:
            drawn.append(
                Box(
                    id=f"box {row + 1}",
                    meaning="positive",
                    xyxy=tuple(corners[row]),
                    tip=f"box {row + 1}: {says[row]}",
                )
            )
        named = (
            (f"score {row + 1}", f"{row + 1}: {self.scores[row]:.2f}", tuple(corners[row]))
            for row in kept
        )
        return [*drawn, *tags(named, self._photo)]

    def _arrows(self, by: dict[int, int]) -> list[Shape]:
        """Return an arrow from the middle of each box that suppresses to that of the other."""
        middles = ((self.boxes[:, :2] + self.boxes[:, 2:]) / 2).tolist()
        return [
            Arrow(
                id=f"suppressed {row + 1}",
                meaning="link",
                start=tuple(middles[other]),
                end=tuple(middles[row]),
            )
            for row, other in by.items()
        ]

    def _differences(self, kept: list[int], expected: list[int]) -> list[Shape]:
        """Mark the boxes of which torchvision decides otherwise."""
        marks: list[Shape] = []
        for row in sorted(set(kept) ^ set(expected)):
            x1, y1, x2, y2 = self.boxes[row].tolist()
            says = "keeps" if row in expected else "suppresses"
            marks += [
                Box(id=f"differs {row + 1}", meaning="differs", xyxy=(x1, y1, x2, y2)),
                Label(
                    id=f"torchvision {row + 1}",
                    at=(x1, y2),
                    text=f"torchvision {says} {row + 1}",
                    rise="below" if y2 + 16 / self._photo.zoom < self._photo.height else "above",
                ),
            ]
        return marks

    def _handles(self, says: list[str]) -> list[Handle]:
        """Return a handle for each box, small boxes on top, and one for a corner."""
        corners, subject = self.boxes[: len(says)].tolist(), self._subject()
        width, height = self._photo.width, self._photo.height
        handles = []
        for row in self._by_area:
            if row >= len(says):
                continue
            x1, y1, x2, y2 = corners[row]
            number = row + 1
            handles.append(
                Handle(
                    id=f"grip {number}",
                    name=f"box {number}",
                    says=says[row],
                    at=((x1 + x2) / 2, (y1 + y2) / 2),
                    box=(x1, y1, x2, y2),
                    marked=row == subject,
                    x=Track(sets=f"left {number}", value=x1, low=0, high=width - x2 + x1),
                    y=Track(sets=f"top {number}", value=y1, low=0, high=height - y2 + y1),
                )
            )
        x1, y1, x2, y2 = corners[subject]
        number = subject + 1
        corner = Handle(
            id="corner",
            name=f"lower right corner of box {number}",
            says=f"{x2 - x1:.0f} × {y2 - y1:.0f} pixels",
            at=(x2, y2),
            x=Track(sets=f"right {number}", value=x2, low=x1 + _SMALLEST, high=width),
            y=Track(sets=f"bottom {number}", value=y2, low=y1 + _SMALLEST, high=height),
        )
        return [*handles, corner]


def _suppressors(kept: list[int], overlaps: Tensor, threshold: float) -> dict[int, int]:
    """Map each box that is not kept to the best kept one before it that overlaps it too much."""
    above, by = (overlaps > threshold).tolist(), {}
    for row in set(range(len(above))) - set(kept):
        others = (other for other in kept if other < row and above[row][other])
        if (best := next(others, None)) is not None:
            by[row] = best
    return by


def _kept(nms: Callable, boxes: Tensor, scores: Tensor, threshold: float) -> list[int]:
    """Return the indices that the student's function keeps, in order."""
    kept = ask(nms, boxes.clone(), scores.clone(), threshold)
    if not isinstance(kept, Tensor) or kept.ndim != 1 or kept.is_floating_point():
        raise NoAnswer(f"{name_of(nms)} should return the indices of kept boxes, a 1-D tensor.")
    if kept.dtype == torch.bool or (len(kept) and not 0 <= kept.min() <= kept.max() < len(boxes)):
        raise NoAnswer(f"{name_of(nms)} should return indices from 0 to {len(boxes) - 1}.")
    return kept.unique().tolist()


def _numbers(rows: list[int]) -> str:
    return ", ".join(str(row + 1) for row in rows)


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
