"""Detectors: torchvision's with COCO weights, with the bundled course weights, or untrained.

`assemble` builds other parts into them, and `compare_stages` finds the part that differs.
"""

from rcnn_course.models.assembly import assemble
from rcnn_course.models.course import course_rcnn
from rcnn_course.models.loading import WeightsUnavailableError, load_detector
from rcnn_course.models.stages import compare_stages, first_difference

__all__ = [
    "WeightsUnavailableError",
    "assemble",
    "compare_stages",
    "course_rcnn",
    "first_difference",
    "load_detector",
]
