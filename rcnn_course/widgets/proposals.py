"""From anchors to proposals: what each step of the region proposal network leaves.

Letters: `A` anchors of all levels, `R` proposals.
"""

from typing import NamedTuple

import torch
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from torch import Tensor, nn
from torchvision import ops
from torchvision.models.detection.rpn import concat_box_prediction_layers

from rcnn_course.draw import style
from rcnn_course.widgets.explorer import Explorer, picture_figure, slider

_STEPS = (
    "the best anchors of each level",
    "decoded: moved and stretched by the deltas",
    "clipped to the picture",
    "without boxes that are too small",
    "after NMS on each level",
)


class _Stage(NamedTuple):
    """The boxes [R, 4] that a step leaves, with their scores and levels [R]."""

    boxes: Tensor
    scores: Tensor
    levels: Tensor

    def only(self, chosen: Tensor) -> "_Stage":
        return _Stage(*(values[chosen] for values in self))


class ProposalExplorer(Explorer):
    """The steps between hundreds of thousands of anchors and a few proposals.

    Args:
        model (nn.Module): a torchvision detector; its backbone and RPN head run once.
        image (Tensor[3, H, W]): float from 0 to 1.

    Attributes:
        step: slider, 1 to 5: top-k, decode, clip, remove small, NMS.
        top_k: slider; anchors kept on each level.
        smallest: slider; side in pixels of the resized picture below which a box is removed.
        iou_threshold: slider; of NMS.

    Source: Ren et al. 2015 (Faster R-CNN), section 3.3; torchvision
    `RegionProposalNetwork.filter_proposals`.
    """

    def __init__(self, model: nn.Module, image: Tensor):
        self.image, self.rpn = image, model.rpn
        self._run(model)
        self.step = slider("step", 1, 1, len(_STEPS))
        self.top_k = slider("top k of a level", 8, 1, 100)
        self.smallest = slider("smallest side", 16, 0, 128)
        self.iou_threshold = slider("NMS threshold", 0.7, 0.0, 1.0, 0.05)
        super().__init__(
            [self.step, self.top_k, self.smallest, self.iou_threshold],
            alt="Boxes on a picture after a step of the region proposal network.",
        )

    def backdrop(self) -> Figure:
        """Show the picture."""
        return picture_figure(self.image, fade=0.35)

    def overlay(self, ax: Axes) -> str:
        """Draw what is left after the step over what was there before it."""
        stages = self._stages()
        step = self.step.value
        if step > 1:
            self._draw(ax, stages[step - 2], color=style.GREY, linestyles=":", linewidths=0.9)
        self._draw(ax, stages[step - 1], color=style.ORANGE, linestyles="-", linewidths=1.3)
        before = len(self.anchors) if step == 1 else len(stages[step - 2].boxes)
        left = stages[step - 1]
        best = f" Best score {left.scores.max().sigmoid():.2f}." if len(left.boxes) else ""
        return (
            f"Step {step}, {_STEPS[step - 1]}: {before} before, {len(left.boxes)} after.{best} "
            "Orange: after this step; dotted grey: before it."
        )

    def _stages(self) -> list[_Stage]:
        """Return what each step leaves."""
        chosen = torch.cat([
            (self.levels == level).nonzero()[:, 0][
                self.scores[self.levels == level].topk(min(self.top_k.value, count)).indices
            ]
            for level, count in enumerate(self.levels.bincount().tolist())
        ])  # fmt: skip
        top = _Stage(self.anchors[chosen], self.scores[chosen], self.levels[chosen])
        decoded = top._replace(boxes=self.decoded[chosen])
        clipped = top._replace(boxes=ops.clip_boxes_to_image(decoded.boxes, self.shape))
        large = clipped.only(ops.remove_small_boxes(clipped.boxes, self.smallest.value))
        kept = ops.batched_nms(large.boxes, large.scores, large.levels, self.iou_threshold.value)
        return [top, decoded, clipped, large, large.only(kept)]

    def _run(self, model: nn.Module) -> None:
        """Take anchors, scores, decoded boxes and levels of all anchors from the model."""
        training = model.training
        model.eval()
        with torch.no_grad():
            images, _ = model.transform([self.image])
            features = list(model.backbone(images.tensors).values())
            logits, deltas = self.rpn.head(features)
            (self.anchors,) = self.rpn.anchor_generator(images, features)
            counts = [level[0].numel() for level in logits]
            logits, deltas = concat_box_prediction_layers(logits, deltas)
            self.decoded = self.rpn.box_coder.decode(deltas, [self.anchors])[:, 0]
        model.train(training)
        self.scores, self.shape = logits[:, 0], images.image_sizes[0]
        self.levels = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))

    def _draw(self, ax: Axes, stage: _Stage, *, color: str, **look: object) -> None:
        """Draw boxes of the resized picture on the picture itself."""
        height, width = self.shape
        scale = torch.tensor([self.image.shape[2] / width, self.image.shape[1] / height] * 2)
        corners = (stage.boxes * scale)[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2).numpy()
        ax.add_collection(
            PolyCollection(corners, facecolors="none", edgecolors=color, zorder=3, **look)
        )
