"""Detectors: torchvision's with COCO weights, with the bundled course weights, or untrained."""

from rcnn_course.models.course import course_rcnn
from rcnn_course.models.loading import WeightsUnavailableError, load_detector

__all__ = ["WeightsUnavailableError", "course_rcnn", "load_detector"]
