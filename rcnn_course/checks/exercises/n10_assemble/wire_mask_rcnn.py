"""Exercise `wire_mask_rcnn`: what the mask branch adds to detections.

Source: He et al. 2017, Mask R-CNN, section 3; torchvision `RoIHeads`.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torchvision.models.detection import MaskRCNN, roi_heads
from torchvision.models.detection.roi_heads import RoIHeads

from rcnn_course.checks.engine.exercise import Exercise, Mistake
from rcnn_course.checks.exercises.n10_assemble.branches import (
    OWN_POOL,
    Detections,
    branch,
    cases,
    identity,
    then,
    with_box_pool,
    with_stage,
)
from rcnn_course.checks.exercises.n10_assemble.detectors import call_for_detections

_reference = branch("masks")


def _with_labels(change: Callable[[Tensor], Tensor]) -> Callable[..., Detections]:
    """Make the mistake of choosing masks by other labels."""

    def wrong(model: MaskRCNN, features: dict, detections: Detections, sizes: list) -> Detections:
        others = [{**d, "labels": change(d["labels"])} for d in detections]
        results = _reference(model, features, others, sizes)
        return [{**r, "labels": d["labels"]} for r, d in zip(results, detections, strict=True)]

    return wrong


def _softmax(forward: Callable) -> Callable:
    """Give logits whose sigmoid is the softmax over the classes."""
    return lambda rois: forward(rois).softmax(dim=1).logit()


WIRE_MASK_RCNN = Exercise(
    name="wire_mask_rcnn",
    reference=_reference,
    source="torchvision's MaskRCNN",
    own_cases=cases,
    use=call_for_detections,
    refused_code=(RoIHeads.forward,),
    lends={"maskrcnn_inference": roi_heads.maskrcnn_inference},
    mistakes=(
        Mistake(
            "the RoIs are read by the box head's RoIAlign",
            with_box_pool(_reference, "mask"),
            OWN_POOL,
        ),
        Mistake(
            "the mask head is left out",
            with_stage(_reference, "roi_heads.mask_head.forward", identity),
            "RoI features go through the head's convolutions, then through the predictor.",
        ),
        Mistake(
            "the masks are logits",
            then(_reference, lambda d: {**d, "masks": d["masks"].logit()}),
            "maskrcnn_inference takes the sigmoid and chooses the class's mask.",
        ),
        Mistake(
            "the masks are cut at 0.5",
            then(_reference, lambda d: {**d, "masks": (d["masks"] > 0.5).float()}),
            "the masks stay soft until they lie in the picture.",
        ),
        Mistake(
            "the classes compete for each pixel",
            with_stage(_reference, "roi_heads.mask_predictor.forward", _softmax),
            "each class has a mask of its own, with a sigmoid: the box head has chosen the class.",
        ),
        Mistake(
            "every mask is that of the background",
            _with_labels(torch.zeros_like),
            "the label of a detection says which of its masks counts.",
        ),
        Mistake(
            "the labels are one too low",
            _with_labels(lambda labels: labels - 1),
            "the mask predictor has a map for the background too, so label 1 is map 1.",
        ),
    ),
)
