"""Exercises of notebook 10_assemble."""

from rcnn_course.checks.exercise import Exercise

EXERCISES: tuple[Exercise, ...] = ()
