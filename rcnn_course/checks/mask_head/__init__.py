"""Exercises of notebook 08_mask_head."""

from rcnn_course.checks.exercise import Exercise

EXERCISES: tuple[Exercise, ...] = ()
