"""Exercises of notebook 00_start_here."""

from rcnn_course.checks.exercises.n00_start_here.box_area import BOX_AREA

EXERCISES = (BOX_AREA,)
