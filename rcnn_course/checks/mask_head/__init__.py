"""Exercises of notebook 08_mask_head."""

from rcnn_course.checks.mask_head.inference import MASKRCNN_INFERENCE
from rcnn_course.checks.mask_head.layers import MASK_RCNN_HEADS, MASK_RCNN_PREDICTOR
from rcnn_course.checks.mask_head.loss import MASKRCNN_LOSS
from rcnn_course.checks.mask_head.pasting import PASTE_MASKS_IN_IMAGE

EXERCISES = (
    MASK_RCNN_HEADS,
    MASK_RCNN_PREDICTOR,
    MASKRCNN_INFERENCE,
    PASTE_MASKS_IN_IMAGE,
    MASKRCNN_LOSS,
)
