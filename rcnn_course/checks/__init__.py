"""Checks: compare a student's function with its reference and explain the difference."""

from rcnn_course.checks.checking import check, examine
from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.report import CheckFailed, NotAttempted
from rcnn_course.checks.engine.stubs import once_written
from rcnn_course.checks.hints import hint
from rcnn_course.checks.own_parts import OwnParts, find_own_parts
from rcnn_course.checks.steps import allow_hints
from rcnn_course.reports import Report

__all__ = [
    "Case",
    "CheckFailed",
    "Exercise",
    "Mistake",
    "NotAttempted",
    "OwnParts",
    "Report",
    "allow_hints",
    "check",
    "examine",
    "find_own_parts",
    "hint",
    "once_written",
]
