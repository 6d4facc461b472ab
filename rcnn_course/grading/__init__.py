"""Grading of a class, on nbgrader's own API."""

import rcnn_course.authoring  # noqa: F401 (before nbformat: it spares this process a grammar)
