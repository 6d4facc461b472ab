"""Exercises of notebook 01_detect_people."""

from rcnn_course.checks.exercises.n01_detect_people.box_iou import BOX_IOU
from rcnn_course.checks.exercises.n01_detect_people.nms import NMS
from rcnn_course.checks.exercises.n01_detect_people.select_detections import SELECT_DETECTIONS
from rcnn_course.checks.exercises.n01_detect_people.xywh_to_xyxy import XYWH_TO_XYXY

EXERCISES = (XYWH_TO_XYXY, BOX_IOU, NMS, SELECT_DETECTIONS)
