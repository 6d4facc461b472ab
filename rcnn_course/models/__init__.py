"""Detectors: torchvision's with COCO weights, with the bundled course weights, or untrained.

`replace_predictors` prepares one for other classes, and `save_detector` keeps what it has learnt.

`assemble` builds other parts into them, and `compare_stages` finds the part that differs.
`count_cost` and `measured_networks` say what networks cost, also others of torchvision's.
"""

from rcnn_course.models.assembly import assemble
from rcnn_course.models.costs import count_cost, measured_networks
from rcnn_course.models.course import course_rcnn
from rcnn_course.models.loading import WeightsUnavailableError, load_detector
from rcnn_course.models.predictors import replace_predictors
from rcnn_course.models.saved import save_detector
from rcnn_course.models.stages import compare_stages, first_difference

__all__ = [
    "WeightsUnavailableError",
    "assemble",
    "compare_stages",
    "count_cost",
    "course_rcnn",
    "first_difference",
    "load_detector",
    "measured_networks",
    "replace_predictors",
    "save_detector",
]
