"""All exercises of the course, by the name of the function or class that the student writes."""

from rcnn_course.checks.exercises import (
    n00_start_here,
    n01_detect_people,
    n02_backbone,
    n03_upsampling,
    n04_fpn,
    n05_rpn,
    n06_roi_align,
    n07_box_head,
    n08_mask_head,
    n09_keypoint_head,
    n10_assemble,
)

EXERCISES = {
    exercise.name: exercise
    for notebook in (
        n00_start_here,
        n01_detect_people,
        n02_backbone,
        n03_upsampling,
        n04_fpn,
        n05_rpn,
        n06_roi_align,
        n07_box_head,
        n08_mask_head,
        n09_keypoint_head,
        n10_assemble,
    )
    for exercise in notebook.EXERCISES
}
