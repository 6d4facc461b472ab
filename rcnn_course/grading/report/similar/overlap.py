"""How much two answers to one exercise have in common that others of the class do not have.

An answer is its n-grams of symbols (Schleimer, Wilkerson and Aiken, 2003), all of them: answers are
short, so none are selected by winnowing. What two answers share counts the more, the fewer others
have it too: an n-gram that a share `p` of the others has is worth -log2(p) bits. What was handed
out is worth nothing, nor is what most of the class writes.

Source: Schleimer, Wilkerson, Aiken, 'Winnowing: Local Algorithms for Document Fingerprinting',
SIGMOD 2003.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rcnn_course.grading.report.similar.tokens import Token, lines_of

LENGTH = 6
"""Symbols of an n-gram: about half a statement."""

PER_GRAM = 0.1
"""Of each n-gram's bits that count: n-grams overlap, and about ten belong to one statement."""

LEAST_SHARE = 0.3
"""Of what one of two answers holds; what is below is not looked at."""

SEEN, OF = 0.4, 2.0
"""What is taken to be known before anybody is looked at: of so many answers, so many have it."""

WIDTH = 4096
"""Columns of the matrix of who has what that are in memory at once."""

Span = tuple[int, int]


@dataclass(frozen=True)
class Overlap:
    """What two answers to an exercise have in common.

    Attributes:
        first: a student.
        second: another one.
        share: of what one of the two answers holds, from 0 to 1; of the one that shares more.
        bits: how unlikely it is that independent answers of this class have it in common.
    """

    first: str
    second: str
    share: float
    bits: float


class Answers:
    """The answers of a class to one exercise, and how common each of their n-grams is."""

    def __init__(
        self,
        texts: Mapping[str, str],
        *,
        handed_out: str,
        solution: str,
        known: Collection[str],
    ):
        """Read the answers.

        Args:
            texts: of each student's cell.
            handed_out: text of the cell as students get it.
            solution: the course's own answer, which counts as one more of the class.
            known: names that the notebook gives.
        """
        given = set(_grams(_tokens(handed_out, known)))
        self._tokens = {student: _tokens(text, known) for student, text in texts.items()}
        self._grams = {student: set(_grams(t)) - given for student, t in self._tokens.items()}
        self._grams = {student: grams for student, grams in self._grams.items() if grams}
        self._common = Counter(g for grams in self._grams.values() for g in grams)
        self._common.update(set(_grams(_tokens(solution, known))) - given)

    def overlaps(self) -> Iterator[Overlap]:
        """Yield the pairs that share `LEAST_SHARE` or more."""
        students = list(self._grams)
        shared, lost = self._shared_bits()
        of_one = np.array([self._bits(self._grams[s], without=1).sum() for s in students])
        for first, second in np.argwhere(np.triu(shared, 1) > 0):
            bits = shared[first, second]
            rest = min(of_one[first], of_one[second]) - lost[first, second]
            share = bits / (bits + max(rest, 0))
            if share >= LEAST_SHARE:
                yield Overlap(students[first], students[second], float(share), float(bits))

    def spans(self, one: str, other: str) -> list[Span]:
        """Return where in the text of `one` stands what both have and most others do not."""
        shared = list(self._grams[one] & self._grams[other])
        worth = self._bits(shared, without=2)
        rare = {gram for gram, bits in zip(shared, worth, strict=True) if bits > 0}
        tokens = self._tokens[one]
        marked: set[int] = set()
        for place, gram in enumerate(_grams(tokens)):
            if gram in rare:
                marked.update(range(place, min(place + LENGTH, len(tokens))))
        spans: list[Span] = []
        for place in sorted(marked):
            start, end = tokens[place].start, tokens[place].end
            if spans and place - 1 in marked:
                start = spans.pop()[0]
            spans.append((start, end))
        return spans

    def _shared_bits(self) -> tuple[np.ndarray, np.ndarray]:
        """Return what each pair [n, n] shares, in bits, without both of them and without one."""
        rows = [list(grams) for grams in self._grams.values()]
        columns = {g: i for i, g in enumerate(g for g, n in self._common.items() if n > 1)}
        n = len(rows)
        shared, lost = np.zeros((n, n), np.float32), np.zeros((n, n), np.float32)
        has = np.zeros((n, WIDTH), np.float32)
        grams = list(columns)
        for begin in range(0, len(grams), WIDTH):
            has[:] = 0
            for row, of_row in enumerate(rows):
                places = [columns[g] - begin for g in of_row if g in columns]
                has[row, [place for place in places if 0 <= place < WIDTH]] = 1
            part = grams[begin : begin + WIDTH]
            has_part = has[:, : len(part)]
            shared += has_part * self._bits(part, without=2) @ has_part.T
            lost += has_part * self._bits(part, without=1) @ has_part.T
        return shared, lost

    def _bits(self, grams: Collection[tuple[str, ...]], *, without: int) -> np.ndarray:
        """Return the worth of n-grams, found among all answers but one, or but a pair."""
        number = len(self._grams) + 1 - without
        having = np.array([self._common[gram] - without for gram in grams], np.float32)
        chance = (having + SEEN) / (number + OF)
        return np.where(chance < 0.5, -PER_GRAM * np.log2(chance), 0).astype(np.float32)


def _tokens(source: str, known: Collection[str]) -> list[Token]:
    return [token for line in lines_of(source, known) for token in line]


def _grams(tokens: Sequence[Token]) -> list[tuple[str, ...]]:
    symbols = [token.symbol for token in tokens]
    last = max(1, len(symbols) - LENGTH + 1) if symbols else 0
    return [tuple(symbols[place : place + LENGTH]) for place in range(last)]
