"""Exercise `wire_keypoint_rcnn`: what the keypoint branch adds to detections.

Source: He et al. 2017, Mask R-CNN, section 5; torchvision `RoIHeads`.
"""

import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection import roi_heads

from rcnn_course.checks.engine.exercise import Exercise, Mistake
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.n10_assemble import detectors
from rcnn_course.checks.exercises.n10_assemble.branches import cases, mistakes
from rcnn_course.reference.detectors import Detection, wire_keypoint_rcnn


def _swapped(detection: Detection) -> Detection:
    points, scores = detection["keypoints"], detection["keypoints_scores"]
    return {**detection, "keypoints": scores, "keypoints_scores": points}


def _from_the_corner(detection: Detection) -> Detection:
    corners = F.pad(detection["boxes"][:, None, :2], (0, 1))
    return {**detection, "keypoints": detection["keypoints"] - corners}


def _softmax(heatmaps: Tensor) -> Tensor:
    return heatmaps.flatten(2).softmax(dim=-1).view_as(heatmaps)


WIRE_KEYPOINT_RCNN = Exercise(
    name="wire_keypoint_rcnn",
    reference=wire_keypoint_rcnn,
    source="torchvision's KeypointRCNN",
    steps=(
        "The same wiring as for masks, with keypoint_roi_pool, keypoint_head and "
        "keypoint_predictor.",
        "keypointrcnn_inference returns two lists, keypoints and their scores, one entry for "
        "each picture.",
        "Return new dictionaries with everything that came in, and both.",
    ),
    own_cases=cases,
    use=detectors.call_for_detections,
    refused=(works.WHOLE_DETECTOR,),
    lends={"keypointrcnn_inference": roi_heads.keypointrcnn_inference},
    atol=1e-3,
    mistakes={
        **mistakes("keypoint"),
        "scores_swapped": Mistake(
            "keypoints and their scores are swapped",
            lambda call: [_swapped(detection) for detection in call()],
            "keypoints have three numbers each, their scores have one.",
        ),
        "softmax": Mistake(
            "the heatmaps go through a softmax",
            detectors.output_changed("roi_heads.keypoint_predictor.forward", _softmax),
            "the score of a keypoint is its logit; the softmax belongs to the loss.",
        ),
        "corner_missing": Mistake(
            "the keypoints are measured from the corner of their box",
            lambda call: [_from_the_corner(detection) for detection in call()],
            "keypoints are in pixels of the picture, as boxes are.",
        ),
    },
)
