"""All exercises of the course, by the name of the function or class that the student writes."""

from rcnn_course.checks import roi_align

EXERCISES = {exercise.name: exercise for exercise in (*roi_align.EXERCISES,)}
