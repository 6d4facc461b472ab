"""All exercises of the course, by the name of the function or class that the student writes.

An exercise is found in its file: who adds one lists it nowhere.
"""

import importlib
import pkgutil
from collections.abc import Iterator

from rcnn_course.checks import exercises
from rcnn_course.checks.engine.exercise import Exercise


def _find_exercises() -> Iterator[Exercise]:
    """Yield the exercise of each module below `exercises`; modules without one are helpers."""
    for found in pkgutil.walk_packages(exercises.__path__, f"{exercises.__name__}."):
        module = importlib.import_module(found.name)
        yield from (value for value in vars(module).values() if isinstance(value, Exercise))


EXERCISES = {exercise.name: exercise for exercise in _find_exercises()}
