"""From anchors to proposals: what each step of the region proposal network leaves.

Letters: `A` anchors of all levels, `R` proposals, `G` ground truths.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torchvision import ops
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.rpn import concat_box_prediction_layers

from rcnn_course.reference import rpn
from rcnn_course.scene import Box, Scene, Shape
from rcnn_course.widgets.controls import slider, switch
from rcnn_course.widgets.explorer import Explorer, photo_scene
from rcnn_course.widgets.found import apart
from rcnn_course.widgets.given import given_detector, given_image, given_truth
from rcnn_course.widgets.stages import evaluated
from rcnn_course.widgets.student import NoAnswer, ask, require_shape
from rcnn_course.widgets.truth import say_covered, true_boxes

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
_CLOSE = 0.01  # pixels up to which two boxes are the same


class ProposalExplorer(Explorer):
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
        compare: box to tick; whether boxes are marked that only this function or only torchvision
            leaves.

    Raises:
        TypeError: If the model is no torchvision detector, or picture or truth are no tensors.
        ValueError: If they have another shape.

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
        self.image, self.truth = given_image(image), given_truth(truth)
        self.filter_proposals = filter_proposals
        self._photo = photo_scene(self.image, fade=0.35)
        self._left = lru_cache(maxsize=64)(self._ask)
        self._run(given_detector(model))
        self.step = slider("step", 1, 1, len(_STEPS))
        self.top_k = slider("top k of a level", 20, 1, 100)
        self.smallest = slider("smallest side", 16, 0, 128)
        self.lowest = slider("lowest score", 0.05, 0.0, 1.0, 0.05)
        self.iou_threshold = slider("NMS threshold", 0.7, 0.0, 1.0, 0.05)
        self.best = slider("best of all", 20, 1, 100)
        self.compare = switch("compare with torchvision", False)
        settings = [self.top_k, self.smallest, self.lowest, self.best]
        super().__init__(
            [self.step, self.iou_threshold, *settings, self.compare],
            alt="Boxes on a picture after a step of the region proposal network.",
            play=self.step,
        )

    def ground(self) -> Scene:
        """Show the picture, and white boxes for the truth."""
        return self._photo.plus(true_boxes(self.truth))

    def scene(self) -> Scene:
        """Show what is left after the step over what was there before it."""
        step = self.step.value
        boxes, scores = self.stage(step)
        shapes: list[Shape] = []
        before = len(self.anchors)
        if step > 1:
            former, former_scores = self.stage(step - 1)
            before = len(former)
            shapes += self._outlines("negative", *_without(former, former_scores, boxes))
        shapes += self._outlines("positive", boxes, scores)
        theirs, their_scores = self._filter(rpn.filter_proposals, step)
        if self.compare.value:
            shapes += self._outlines("differs", *_without(boxes, scores, theirs))
            shapes += self._outlines("reference", *_without(theirs, their_scores, boxes))
        best = f" Best score {scores.max():.2f}." if len(scores) else ""
        covered = "" if self.truth is None else say_covered(self._on_picture(boxes), self.truth)
        said = (
            f"Step {step}, {_STEPS[step - 1]}: {before:,} before, {len(boxes):,} after.{best} "
            f"Orange: after this step; dotted grey: before it.{covered}{_beside(boxes, theirs)}"
        )
        return self.ground().plus(shapes, text=said)

    def stage(self, step: int) -> tuple[Tensor, Tensor]:
        """Return boxes [R, 4], in pixels of the resized picture, and scores [R] after a step."""
        return self._filter(self.filter_proposals, step)

    def _filter(self, filter_proposals: Callable, step: int) -> tuple[Tensor, Tensor]:
        """Return what is left after a step; as long as it is remembered, nothing is called anew."""
        counts = (self.top_k.value, self.best.value if step >= 7 else _ALL)
        overlap = self.iou_threshold.value if step >= 6 else _NO_NMS
        score = self.lowest.value if step >= 5 else 0.0
        side = self.smallest.value if step >= 4 else 0.0
        return self._left(filter_proposals, min(step, 3), counts, overlap, score, side)

    def _ask(
        self,
        filter_proposals: Callable,
        step: int,
        counts: tuple[int, int],
        overlap: float,
        score: float,
        side: float,
    ) -> tuple[Tensor, Tensor]:
        boxes = self.anchors if step == 1 else self.decoded
        moved, shape = (_FAR, (_ALL, _ALL)) if step < 3 else (0.0, self.shape)
        given = ((boxes + moved)[None], self.logits.clone(), [shape], list(self.counts))
        result = ask(filter_proposals, *given, *counts, overlap, score_thresh=score, min_size=side)
        left, scores = _of_one_image(result)
        return left - moved, scores

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

    def _outlines(self, meaning: str, boxes: Tensor, scores: Tensor) -> list[Shape]:
        """Return thin boxes [R, 4] of the resized picture, the small ones on top."""
        corners = self._on_picture(boxes)
        rows = ops.box_area(corners).argsort(descending=True).tolist()
        places, said = corners.tolist(), scores.tolist()
        return [
            Box(
                id=f"{meaning} {row + 1}",
                meaning=meaning,
                xyxy=tuple(places[row]),
                tip=f"score {said[row]:.2f}",
                thin=True,
            )
            for row in rows
        ]

    def _on_picture(self, boxes: Tensor) -> Tensor:
        """Scale boxes of the resized picture to the picture itself."""
        height, width = self.shape
        scale = torch.tensor([self.image.shape[2] / width, self.image.shape[1] / height] * 2)
        return boxes * scale


def _without(boxes: Tensor, scores: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """Return those boxes [R, 4], with their scores, that are none of the others."""
    alone = ~(apart(boxes, others) <= _CLOSE).any(dim=1)
    return boxes[alone], scores[alone]


def _beside(boxes: Tensor, theirs: Tensor) -> str:
    """Say where torchvision leaves other boxes."""
    if len(theirs) != len(boxes):
        return f"\ntorchvision leaves {len(theirs)} boxes here."
    if not torch.allclose(theirs, boxes, atol=_CLOSE):
        return "\ntorchvision leaves as many boxes here, but others, or in another order."
    return ""


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
