"""Exercises of notebook 02_backbone."""

from rcnn_course.checks.exercise import Exercise

EXERCISES: tuple[Exercise, ...] = ()
