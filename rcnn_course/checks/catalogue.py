"""All exercises of the course, by the name of the function or class that the student writes."""

from rcnn_course.checks import backbone, detect_people, fpn, roi_align, rpn, start_here, upsampling

_NOTEBOOKS = (start_here, detect_people, backbone, upsampling, fpn, rpn, roi_align)

EXERCISES = {exercise.name: exercise for part in _NOTEBOOKS for exercise in part.EXERCISES}
