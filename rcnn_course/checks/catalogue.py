"""All exercises of the course, by the name of the function or class that the student writes."""

from rcnn_course.checks import (
    assemble,
    backbone,
    box_head,
    detect_people,
    fpn,
    keypoint_head,
    mask_head,
    roi_align,
    rpn,
    start_here,
    upsampling,
)

EXERCISES = {
    exercise.name: exercise
    for notebook in (
        start_here,
        detect_people,
        backbone,
        upsampling,
        fpn,
        rpn,
        roi_align,
        box_head,
        mask_head,
        keypoint_head,
        assemble,
    )
    for exercise in notebook.EXERCISES
}
