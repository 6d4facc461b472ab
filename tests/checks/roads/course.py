"""What the course itself has for every exercise: its references and what leads to them."""

from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.checks.engine.exercise import Case
from rcnn_course.checks.engine.run import run_reference


def reference(name):
    return EXERCISES[name].reference


def in_the_catalogue(name):
    return lambda *args, **options: EXERCISES[name].reference(*args, **options)


def call_of_a_case(name):
    exercise = EXERCISES[name]
    return lambda *args, **options: exercise.call(Case("own", args, options))()


def run_by_the_engine(name):
    exercise = EXERCISES[name]
    return lambda *args, **options: run_reference(exercise, Case("own", args, options)).value


COURSE = {f.__name__: f for f in (reference, in_the_catalogue, call_of_a_case, run_by_the_engine)}
