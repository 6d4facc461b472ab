"""From anchors to proposals: what each step of the region proposal network leaves.

Letters: `A` anchors of all levels, `R` proposals, `G` ground truths.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.rpn import concat_box_prediction_layers

from rcnn_course.draw.base import style
from rcnn_course.draw.overlays.proposals import draw_outlines
from rcnn_course.reference import rpn
from rcnn_course.widgets.controls import slider
from rcnn_course.widgets.picture import PictureExplorer, picture_figure
from rcnn_course.widgets.stages import evaluated
from rcnn_course.widgets.student import NoAnswer, ask, require_shape
from rcnn_course.widgets.truth import draw_truth, say_covered

_STEPS = (
    "the best anchors of each level",
    "decoded: moved and stretched by the deltas",
    "clipped to the picture",
    "without boxes that are too small",
    "without low scores",
    "after NMS on each level",
    "the best few of all levels",
)
_ALL = 10**6
_FAR = 2000.0  # pixels; boxes that are moved by as much are not clipped at 0
_NO_NMS = 1.01  # no IoU is larger


class ProposalExplorer(PictureExplorer):
    """The steps between tens of thousands of anchors and a few proposals.

    The boxes of a step are what `filter_proposals` returns while the steps after it do nothing:
    with an NMS threshold above 1, a smallest side of 0, and so on.

    Args:
        model (FasterRCNN): a torchvision detector; its backbone and RPN head run once.
        image (Tensor[3, H, W]): float from 0 to 1.
        truth (Tensor[G, 4], optional): boxes of the objects, xyxy in pixels of the picture.
        filter_proposals: with the signature of `reference.rpn.filter_proposals`, such as the
            student's.

    Attributes:
        step: slider, 1 to 7: top-k, decode, clip, remove small, score, NMS, best.
        top_k: slider; anchors kept on each level.
        smallest: slider; side in pixels of the resized picture below which a box is removed.
        lowest: slider; score below which a box is removed.
        iou_threshold: slider; of NMS.
        best: slider; boxes that are left at the end.

    Example:
        >>> model = load_detector("fasterrcnn", weights="course")
        >>> explorer = ProposalExplorer(model, GeneratedPeople(1)[0][0])
        >>> explorer.step.value = 6
        >>> print(explorer.text)
        Step 6, after NMS on each level: ... before, ... after. Best score .... Orange: after this
        step; dotted grey: before it.

    Source: Ren et al. 2015 (Faster R-CNN), section 3.3; torchvision
    `RegionProposalNetwork.filter_proposals`.
    """

    def __init__(
        self,
        model: FasterRCNN,
        image: Tensor,
        filter_proposals: Callable = rpn.filter_proposals,
        *,
        truth: Tensor | None = None,
    ):
        self.image, self.filter_proposals, self.truth = image, filter_proposals, truth
        self._run(model)
        self.step = slider("step", 1, 1, len(_STEPS))
        self.top_k = slider("top k of a level", 20, 1, 100)
        self.smallest = slider("smallest side", 16, 0, 128)
        self.lowest = slider("lowest score", 0.05, 0.0, 1.0, 0.05)
        self.iou_threshold = slider("NMS threshold", 0.7, 0.0, 1.0, 0.05)
        self.best = slider("best of all", 20, 1, 100)
        settings = [self.smallest, self.lowest, self.iou_threshold, self.best]
        super().__init__(
            [self.step, self.top_k, *settings],
            alt="Boxes on a picture after a step of the region proposal network.",
        )

    def backdrop(self) -> Figure:
        """Show the picture, and thin white boxes for the truth."""
        figure = picture_figure(self.image, fade=0.35)
        if self.truth is not None:
            draw_truth(figure, self.truth)
        return figure

    def overlay(self, axes: Sequence[Axes]) -> str:
        """Draw what is left after the step over what was there before it."""
        (ax,) = axes
        step = self.step.value
        boxes, scores = self.stage(step)
        before = len(self.anchors)
        if step > 1:
            former, _ = self.stage(step - 1)
            before = len(former)
            self._draw(ax, former, color=style.GREY, linestyle=":", linewidth=0.9)
        self._draw(ax, boxes, color=style.ORANGE, linestyle="-", linewidth=1.3)
        best = f" Best score {scores.max():.2f}." if len(scores) else ""
        covered = "" if self.truth is None else say_covered(self._on_picture(boxes), self.truth)
        return (
            f"Step {step}, {_STEPS[step - 1]}: {before:,} before, {len(boxes):,} after.{best} "
            f"Orange: after this step; dotted grey: before it.{covered}{self._beside(boxes, step)}"
        )

    def stage(self, step: int) -> tuple[Tensor, Tensor]:
        """Return boxes [R, 4], in pixels of the resized picture, and scores [R] after a step."""
        return self._filter(self.filter_proposals, step)

    def _filter(self, filter_proposals: Callable, step: int) -> tuple[Tensor, Tensor]:
        boxes = self.anchors if step == 1 else self.decoded
        moved, shape = (_FAR, (_ALL, _ALL)) if step < 3 else (0.0, self.shape)
        result = ask(
            filter_proposals,
            (boxes + moved)[None],
            self.logits.clone(),
            [shape],
            list(self.counts),
            self.top_k.value,
            self.best.value if step >= 7 else _ALL,
            self.iou_threshold.value if step >= 6 else _NO_NMS,
            score_thresh=self.lowest.value if step >= 5 else 0.0,
            min_size=self.smallest.value if step >= 4 else 0.0,
        )
        kept, scores = _of_one_image(result)
        return kept - moved, scores

    def _beside(self, boxes: Tensor, step: int) -> str:
        """Say where torchvision leaves other boxes."""
        theirs, _ = self._filter(rpn.filter_proposals, step)
        if len(theirs) != len(boxes):
            return f"\ntorchvision leaves {len(theirs)} boxes here."
        if not torch.allclose(theirs, boxes, atol=0.01):
            return "\ntorchvision leaves as many boxes here, but others, or in another order."
        return ""

    def _run(self, model: FasterRCNN) -> None:
        """Take anchors, logits and decoded boxes of all anchors from the model."""
        with evaluated(model):
            images, _ = model.transform([self.image])
            features = list(model.backbone(images.tensors).values())
            logits, deltas = model.rpn.head(features)
            (self.anchors,) = model.rpn.anchor_generator(images, features)
            self.counts = [level[0].numel() for level in logits]
            self.logits, deltas = concat_box_prediction_layers(logits, deltas)
            self.decoded = model.rpn.box_coder.decode(deltas, [self.anchors])[:, 0]
        self.shape = images.image_sizes[0]

    def _draw(self, ax: Axes, boxes: Tensor, **look: Any) -> None:
        """Draw boxes of the resized picture on the picture itself."""
        draw_outlines(ax, self._on_picture(boxes), **look)

    def _on_picture(self, boxes: Tensor) -> Tensor:
        """Scale boxes of the resized picture to the picture itself."""
        height, width = self.shape
        scale = torch.tensor([self.image.shape[2] / width, self.image.shape[1] / height] * 2)
        return boxes * scale


def _of_one_image(result: Any) -> tuple[Tensor, Tensor]:
    """Take boxes and scores of the only image out of what `filter_proposals` returned."""
    pair = isinstance(result, tuple | list) and len(result) == 2
    if not pair or not all(isinstance(part, tuple | list) and len(part) == 1 for part in result):
        raise NoAnswer(
            "filter_proposals should return two lists, boxes and scores, with one tensor for each "
            "image."
        )
    boxes, scores = result[0][0], result[1][0]
    count = len(scores) if isinstance(scores, Tensor) and scores.ndim else 0
    require_shape("filter_proposals", boxes, (count, 4))
    require_shape("filter_proposals", scores, (count,))
    return boxes, scores
