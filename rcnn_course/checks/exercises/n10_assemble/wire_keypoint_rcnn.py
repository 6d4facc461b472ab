"""Exercise `wire_keypoint_rcnn`: what the keypoint branch adds to detections.

Source: He et al. 2017, Mask R-CNN, section 5; torchvision `RoIHeads`.
"""

import torch
from torchvision.models.detection import roi_heads
from torchvision.models.detection.roi_heads import RoIHeads

from rcnn_course.checks.engine.exercise import Exercise, Mistake
from rcnn_course.checks.exercises.n10_assemble.branches import (
    OWN_POOL,
    branch,
    cases,
    identity,
    then,
    with_box_pool,
    with_stage,
)
from rcnn_course.checks.exercises.n10_assemble.detectors import Detection, call_for_detections

_reference = branch("keypoints", "keypoints_scores")


def _relative(detection: Detection) -> Detection:
    x, y, seen = detection["keypoints"].unbind(dim=-1)
    left, top = detection["boxes"][:, :2, None].unbind(dim=1)
    return {**detection, "keypoints": torch.stack([x - left, y - top, seen], dim=-1)}


WIRE_KEYPOINT_RCNN = Exercise(
    name="wire_keypoint_rcnn",
    reference=_reference,
    source="torchvision's KeypointRCNN",
    own_cases=cases,
    use=call_for_detections,
    refused_code=(RoIHeads.forward,),
    lends={"keypointrcnn_inference": roi_heads.keypointrcnn_inference},
    atol=1e-3,
    mistakes=(
        Mistake(
            "the RoIs are read by the box head's RoIAlign",
            with_box_pool(_reference, "keypoint"),
            OWN_POOL,
        ),
        Mistake(
            "the keypoint head is left out",
            with_stage(_reference, "roi_heads.keypoint_head.forward", identity),
            "RoI features go through the head's convolutions, then through the predictor.",
        ),
        Mistake(
            "keypoints and their scores are swapped",
            then(
                _reference,
                lambda d: {
                    **d,
                    "keypoints": d["keypoints_scores"],
                    "keypoints_scores": d["keypoints"],
                },
            ),
            "keypoints have three numbers each, their scores have one.",
        ),
        Mistake(
            "the heatmaps go through a softmax",
            with_stage(
                _reference,
                "roi_heads.keypoint_predictor.forward",
                lambda forward: (
                    lambda rois: forward(rois).flatten(2).softmax(-1).view_as(forward(rois))
                ),
            ),
            "the score of a keypoint is its logit; the softmax belongs to the loss.",
        ),
        Mistake(
            "the keypoints are measured from the corner of their box",
            then(_reference, _relative),
            "keypoints are in pixels of the picture, as boxes are.",
        ),
    ),
)
