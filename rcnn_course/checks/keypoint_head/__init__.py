"""Exercises of notebook 09_keypoint_head."""

from rcnn_course.checks.exercise import Exercise

EXERCISES: tuple[Exercise, ...] = ()
