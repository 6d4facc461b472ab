"""The right answers whose edits are tried: the notebooks' solutions, and those in tests/answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.checks.engine.exercise import Exercise
from scripts.exercises.cells import ROOT, read, seeds
from tests.answers import ASSIGNMENTS, answers, namespace, solutions

SOLUTION = "solution"
"""The style of the notebook's own answer."""


@dataclass(frozen=True)
class Right:
    """A right answer.

    Attributes:
        exercise: what it answers.
        style: how it is written; `SOLUTION` for the notebook's own.
        source: its text.
        names: what it may use: the notebook's names, and the parts that it is lent.
        hidden: the seed of the notebook's hidden check.
    """

    exercise: Exercise
    style: str
    source: str
    names: Mapping[str, Any]
    hidden: int


def right_answers() -> Iterator[Right]:
    """Yield every right answer of every exercise, in the order of the course."""
    for assignment in ASSIGNMENTS:
        names = namespace(assignment)
        hidden = dict(seeds(read(ROOT, assignment)))
        for exercise, styles in answers(assignment).RIGHT.items():
            known = names | dict(EXERCISES[exercise].lends)
            written = {SOLUTION: solutions(assignment)[exercise], **styles}
            for style, source in written.items():
                yield Right(EXERCISES[exercise], style, source, known, hidden[exercise])
