"""Exercises of notebook 10_assemble."""

from rcnn_course.checks.exercises.n10_assemble.evaluate_coco import EVALUATE_COCO
from rcnn_course.checks.exercises.n10_assemble.train_one_epoch import TRAIN_ONE_EPOCH
from rcnn_course.checks.exercises.n10_assemble.wire_faster_rcnn import WIRE_FASTER_RCNN
from rcnn_course.checks.exercises.n10_assemble.wire_keypoint_rcnn import WIRE_KEYPOINT_RCNN
from rcnn_course.checks.exercises.n10_assemble.wire_mask_rcnn import WIRE_MASK_RCNN

EXERCISES = (
    WIRE_FASTER_RCNN,
    WIRE_MASK_RCNN,
    WIRE_KEYPOINT_RCNN,
    EVALUATE_COCO,
    TRAIN_ONE_EPOCH,
)
