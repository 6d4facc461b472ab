"""Exercises of notebook 09_keypoint_head."""

from rcnn_course.checks.exercises.n09_keypoint_head.heatmaps_to_keypoints import (
    HEATMAPS_TO_KEYPOINTS,
)
from rcnn_course.checks.exercises.n09_keypoint_head.keypoint_rcnn_heads import KEYPOINT_RCNN_HEADS
from rcnn_course.checks.exercises.n09_keypoint_head.keypoint_rcnn_predictor import (
    KEYPOINT_RCNN_PREDICTOR,
)
from rcnn_course.checks.exercises.n09_keypoint_head.keypointrcnn_loss import KEYPOINTRCNN_LOSS
from rcnn_course.checks.exercises.n09_keypoint_head.keypoints_to_heatmap import KEYPOINTS_TO_HEATMAP
from rcnn_course.checks.exercises.n09_keypoint_head.object_keypoint_similarity import (
    OBJECT_KEYPOINT_SIMILARITY,
)

EXERCISES = (
    KEYPOINT_RCNN_HEADS,
    KEYPOINT_RCNN_PREDICTOR,
    KEYPOINTS_TO_HEATMAP,
    KEYPOINTRCNN_LOSS,
    HEATMAPS_TO_KEYPOINTS,
    OBJECT_KEYPOINT_SIMILARITY,
)
