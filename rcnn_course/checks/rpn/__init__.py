"""Exercises of notebook 05_rpn."""

from rcnn_course.checks.exercise import Exercise

EXERCISES: tuple[Exercise, ...] = ()
