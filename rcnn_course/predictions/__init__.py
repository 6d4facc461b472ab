"""Predict before you run: short questions with numbers of the student's own, and no points."""

from rcnn_course.predictions.asking import predict

__all__ = ["predict"]
