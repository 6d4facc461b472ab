"""Each exercise's solution beside its reference in torchvision, on the cases of its own check.

Solution and reference take turns, on fresh arguments, with one thread. The cases are small, so a
ratio says what a student waits for in a check, and not how either does on a large picture.
"""

import json
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.checks.checking import VISIBLE_SEED
from rcnn_course.checks.engine.exercise import Exercise
from tests.answers import ASSIGNMENTS, namespace, run, solutions

CASES, ROUNDS = 3, 7
PATIENCE = 5
"""Seconds after which no further round of an exercise begins."""


def seconds(exercise: Exercise, subject: Callable) -> list[float]:
    """Return how long a function or class takes for each of the first cases."""
    taken = []
    for case in islice(exercise.cases(VISIBLE_SEED), CASES):
        started = time.perf_counter()
        exercise.use(subject, *case.args, **case.kwargs)
        taken.append(time.perf_counter() - started)
    return taken


def ratio(exercise: Exercise, subject: Callable) -> float:
    """Return the time of a solution, as a multiple of the reference's: the best of some rounds."""
    until = time.monotonic() + PATIENCE
    ours, theirs = [], []
    while not ours or (len(ours) < ROUNDS and time.monotonic() < until):
        ours.append(seconds(exercise, subject))
        theirs.append(seconds(exercise, exercise.reference))
    return sum(map(min, zip(*ours, strict=True))) / sum(map(min, zip(*theirs, strict=True)))


def solved(assignment: str) -> dict[str, object]:
    """Return what a notebook defines, all exercises solved, and the parts that it is lent."""
    names = namespace(assignment)
    for name, source in solutions(assignment).items():
        run(source, names)
        for lent, part in EXERCISES[name].lends.items() if name in EXERCISES else ():
            names.setdefault(lent, part)
    return names


def main() -> None:
    torch.set_num_threads(1)
    for assignment in ASSIGNMENTS:
        names = solved(assignment)
        for name in filter(EXERCISES.__contains__, solutions(assignment)):
            value = ratio(EXERCISES[name], names[name])
            row = {"name": name, "value": float(f"{value:.2g}"), "unit": "x reference"}
            print(json.dumps(row | {"at_most": 20}), flush=True)


if __name__ == "__main__":
    main()
