"""The generator: all roads round an exercise that give the right values without a guard."""

import dataclasses
import importlib
import inspect
import warnings
from collections.abc import Callable
from typing import NamedTuple

from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.checks.engine.compare import equal
from rcnn_course.checks.engine.explain import explain
from rcnn_course.checks.engine.judge import judge
from rcnn_course.checks.engine.run import expect, run_all_cases, run_reference
from rcnn_course.checks.engine.settings import default_settings
from tests.checks.roads import of_classes, vehicles
from tests.checks.roads.course import COURSE


class Road(NamedTuple):
    """A name, and a function that makes what a student would hand in."""

    name: str
    make: Callable


def roads(name, of_functions=vehicles.VEHICLES):
    """Yield the roads round an exercise: what libraries and the course have, then vehicles."""
    exercise = EXERCISES[name]
    for door, subject in doors(name).items():
        yield Road(f"library: {door}", lambda subject=subject: subject)
    for door, make in COURSE.items():
        yield Road(f"course: {door}", lambda make=make: make(name))
    case = next(exercise.cases(0))
    is_class = inspect.isclass(exercise.reference)
    for vehicle, make in (of_classes.VEHICLES if is_class else of_functions).items():
        given = (case.args[0],) if is_class else (case.args, case.kwargs)
        yield Road(
            f"vehicle: {vehicle}", lambda make=make, given=given: make(exercise.reference, *given)
        )


def doors(name):
    """Return what libraries have for an exercise, by its name."""
    notebook = EXERCISES[name].own_cases.__module__.split(".")[-2]
    module = importlib.import_module(f"tests.checks.roads.{notebook}")
    return {door: value for door, value in vars(getattr(module, name)).items() if door[0] != "_"}


@default_settings()
def leads(name, road):
    """Tell whether, without a guard, a road gives the reference's values on the first case."""
    exercise = EXERCISES[name]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            own = dataclasses.replace(exercise, reference=road.make())
            found = run_reference(own, next(exercise.cases(0))).value
    except Exception:
        return False
    expected = run_reference(exercise, next(exercise.cases(0))).value
    return equal(found, expected, rtol=exercise.rtol, atol=exercise.atol)


class Examiner:
    """Examines answers to one exercise on the visible cases, for which it computes results once."""

    @default_settings()
    def __init__(self, name):
        self.exercise = EXERCISES[name]
        self.expected = expect(self.exercise, 0)

    @default_settings()
    def examine(self, subject):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answers = run_all_cases(self.exercise, subject, 0, lend=True)
        attempts = judge(self.exercise, self.expected, [answers])
        return explain(self.exercise, 0, self.expected, attempts)
