"""Exercises of notebook 03_upsampling."""

from rcnn_course.checks.exercise import Exercise

EXERCISES: tuple[Exercise, ...] = ()
