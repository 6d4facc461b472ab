"""The right answers whose edits are tried: the notebooks' solutions, and those in tests/answers."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.checks.engine.exercise import VISIBLE_SEED, Exercise
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
        hidden: the seed of the notebook's hidden check; of a stretch goal, that of its only one.
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
                used = without_unused(source, exercise)
                seed = hidden.get(exercise, VISIBLE_SEED)
                yield Right(EXERCISES[exercise], style, used, known, seed)


def without_unused(source: str, name: str) -> str:
    """Return a source without the functions that its answer does not use; lines are kept.

    Args:
        source: an answer, with the helpers and imports that all answers of its file share.
        name: of the function or class that is the answer.
    """
    defined = {
        node.name: node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    used, waiting = set(), [name]
    while waiting:
        node = defined[waiting.pop()]
        used.add(node.name)
        names = {below.id for below in ast.walk(node) if isinstance(below, ast.Name)}
        waiting += (names & defined.keys()) - used
    lines = source.splitlines()
    for other in defined.keys() - used:
        lines[defined[other].lineno - 1 : defined[other].end_lineno] = [""] * (
            defined[other].end_lineno - defined[other].lineno + 1
        )
    return "\n".join(lines)
