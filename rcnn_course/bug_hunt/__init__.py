"""The bug hunt of notebook 10: detectors with a planted mistake, and what can be seen of it."""

from rcnn_course.bug_hunt.hunt import BugHunt

__all__ = ["BugHunt"]
