"""Pairs of submissions whose answers are nearer than independent answers are."""

import math
from collections import defaultdict
from dataclasses import dataclass

from rcnn_course.grading.report.similar.classroom import Classroom
from rcnn_course.grading.report.similar.overlap import Answers, Overlap, Span

DOUBT = 3
"""Bits beyond those that the number of comparisons takes away: one pair in eight classes by chance,
were all answers independent in all they hold."""


ENOUGH = 0.5
"""Share of an answer that counts: 242 pairs of independent answers have 0.49 at most."""

HALF = 2
"""Times the bits that a pair needs, from which on a smaller share counts as well: long answers of
which a half is somebody else's."""


@dataclass(frozen=True)
class Similar:
    """One exercise in which two answers are similar.

    Attributes:
        exercise: its name.
        share: of what one of the answers holds that the other has too, from 0 to 1.
        bits: how unlikely that is in this class.
        texts: the answer of the first and of the second.
        spans: where in each text what both have and most others do not stands.
    """

    exercise: str
    share: float
    bits: float
    texts: tuple[str, str]
    spans: tuple[tuple[Span, ...], tuple[Span, ...]]


@dataclass(frozen=True)
class Pair:
    """Two students with similar answers.

    Attributes:
        first: a student.
        second: another one.
        bits: of all their similar answers together.
        exercises: in which they are similar, in notebook order.
    """

    first: str
    second: str
    bits: float
    exercises: tuple[Similar, ...]


def similar_pairs(classroom: Classroom) -> list[Pair]:
    """Return the pairs of a class with similar answers, those with the most in common first."""
    answers = {
        name: Answers(
            texts,
            handed_out=classroom.handed_out[name],
            solution=classroom.solutions.get(name, ""),
            known=classroom.known,
        )
        for name, texts in classroom.answers.items()
    }
    least = least_bits(len(classroom.students), len(answers))
    found: dict[tuple[str, str], dict[str, Overlap]] = defaultdict(dict)
    for name, of_exercise in answers.items():
        for overlap in of_exercise.overlaps():
            if overlap.share >= ENOUGH or overlap.bits >= HALF * least:
                found[overlap.first, overlap.second][name] = overlap
    pairs = []
    for (first, second), overlaps in found.items():
        bits = sum(overlap.bits for overlap in overlaps.values())
        if bits >= least:
            similar = (
                _similar(classroom, answers[name], name, overlap)
                for name, overlap in overlaps.items()
            )
            pairs.append(Pair(first, second, bits, tuple(similar)))
    return sorted(pairs, key=lambda pair: (-pair.bits, pair.first, pair.second))


def least_bits(students: int, exercises: int) -> float:
    """Return how many bits a pair needs: the more pairs there are, the more agree by chance."""
    comparisons = math.comb(students, 2) * exercises
    return math.log2(max(comparisons, 1)) + DOUBT


def _similar(classroom: Classroom, answers: Answers, name: str, overlap: Overlap) -> Similar:
    one, other = overlap.first, overlap.second
    texts = classroom.answers[name]
    spans = tuple(answers.spans(one, other)), tuple(answers.spans(other, one))
    return Similar(name, overlap.share, overlap.bits, (texts[one], texts[other]), spans)
