"""Helper library of the R-CNN course: checks, predictions, data, models, pictures, explorers.

Importing the package alone is light. The names below bring torch in when they are first used.
"""

from importlib import import_module

_HOMES = {
    "CheckFailed": "rcnn_course.checks",
    "allow_hints": "rcnn_course.checks",
    "allow_solutions": "rcnn_course.model_answers.access",
    "check": "rcnn_course.checks",
    "hint": "rcnn_course.checks",
    "once_written": "rcnn_course.checks",
    "predict": "rcnn_course.predictions",
    "solution": "rcnn_course.model_answers.showing",
}

__all__ = [
    "CheckFailed",
    "__version__",
    "allow_hints",
    "allow_solutions",
    "check",
    "hint",
    "once_written",
    "predict",
    "solution",
]


def __getattr__(name: str) -> object:
    """Import the room that holds `name` on first use (PEP 562), and look up `__version__`."""
    if name == "__version__":
        return import_module("importlib.metadata").version("rcnn-course")
    if name not in _HOMES:
        raise AttributeError(f"module 'rcnn_course' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
