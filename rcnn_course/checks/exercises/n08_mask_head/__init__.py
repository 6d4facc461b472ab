"""Exercises of notebook 08_mask_head."""

from rcnn_course.checks.exercises.n08_mask_head.mask_rcnn_heads import MASK_RCNN_HEADS
from rcnn_course.checks.exercises.n08_mask_head.mask_rcnn_predictor import MASK_RCNN_PREDICTOR
from rcnn_course.checks.exercises.n08_mask_head.maskrcnn_inference import MASKRCNN_INFERENCE
from rcnn_course.checks.exercises.n08_mask_head.maskrcnn_loss import MASKRCNN_LOSS
from rcnn_course.checks.exercises.n08_mask_head.paste_masks_in_image import PASTE_MASKS_IN_IMAGE

EXERCISES = (
    MASK_RCNN_HEADS,
    MASK_RCNN_PREDICTOR,
    MASKRCNN_INFERENCE,
    PASTE_MASKS_IN_IMAGE,
    MASKRCNN_LOSS,
)
