"""Exercises of notebook 07_box_head."""

from rcnn_course.checks.exercises.n07_box_head.encode_boxes import ENCODE_BOXES
from rcnn_course.checks.exercises.n07_box_head.fast_rcnn_predictor import FAST_RCNN_PREDICTOR
from rcnn_course.checks.exercises.n07_box_head.fastrcnn_loss import FASTRCNN_LOSS
from rcnn_course.checks.exercises.n07_box_head.postprocess_detections import POSTPROCESS_DETECTIONS
from rcnn_course.checks.exercises.n07_box_head.two_mlp_head import TWO_MLP_HEAD

EXERCISES = (
    TWO_MLP_HEAD,
    FAST_RCNN_PREDICTOR,
    ENCODE_BOXES,
    FASTRCNN_LOSS,
    POSTPROCESS_DETECTIONS,
)
