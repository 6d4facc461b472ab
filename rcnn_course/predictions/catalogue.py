"""All questions of the course by name, as the files of the notebooks define them.

A question is a function of its file without a leading underscore: who adds one lists it nowhere.
"""

import importlib
import inspect
import pkgutil
import random
from collections.abc import Callable, Iterator

from rcnn_course.predictions import questions
from rcnn_course.predictions.question import Question

Asks = Callable[[random.Random], Question]


def _find_questions() -> Iterator[tuple[str, str, Asks]]:
    for found in pkgutil.iter_modules(questions.__path__):
        module = importlib.import_module(f"{questions.__name__}.{found.name}")
        for name, asks in inspect.getmembers(module, inspect.isfunction):
            if asks.__module__ == module.__name__ and not name.startswith("_"):
                yield found.name.removeprefix("n"), name, asks


_FOUND = list(_find_questions())

QUESTIONS = {name: asks for _, name, asks in _FOUND}
"""What puts each question, given where to draw its numbers from."""

NOTEBOOKS = {name: notebook for notebook, name, _ in _FOUND}
"""The notebook of each question."""
