"""One question as it is put to one student: its text, the right answer, the typical wrong ones."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import index
from typing import Any

Answer = float | tuple[int, ...] | str
"""A number; a shape; or one of several sentences to choose from."""


@dataclass(frozen=True)
class Question:
    """A question with its numbers.

    Attributes:
        text: what is asked, with all numbers that are needed.
        right: the right answer. A number, a shape such as (3, 480, 640), or a sentence; then the
            sentences of `wrong` stand for choice beside it.
        because: why it is right.
        wrong: pairs of a typical wrong answer and of what it overlooks.
        within: how far a number may be from the right one, as a share of it.

    Raises:
        ValueError: If no wrong answer is given, or two answers cannot be told apart.
    """

    text: str
    right: Answer
    because: str
    wrong: Sequence[tuple[Answer, str]]
    within: float = 1e-3

    def __post_init__(self) -> None:
        if not self.wrong:
            raise ValueError(f"{self.text!r} needs typical wrong answers, got none")
        answers = [self.right, *(answer for answer, _ in self.wrong)]
        for place, one in enumerate(answers):
            if any(self.is_same(one, other) for other in answers[place + 1 :]):
                raise ValueError(f"{self.text!r} has the answer {one!r} twice")

    @property
    def form(self) -> str:
        """What an answer has to look like."""
        if isinstance(self.right, tuple):
            return "a shape in brackets, such as (3, 480, 640)"
        return "a letter in quotes, such as 'a'" if isinstance(self.right, str) else "a number"

    def is_same(self, one: Answer, other: Answer) -> bool:
        """Tell whether two answers count as one."""
        if isinstance(one, (tuple, str)) or isinstance(other, (tuple, str)):
            return one == other
        return math.isclose(one, other, rel_tol=self.within)

    def read(self, value: Any) -> Answer:
        """Read what a student has written as an answer of the right form.

        Raises:
            ValueError: If it is of another form.
        """
        try:
            if isinstance(self.right, tuple):
                return tuple(index(size) for size in value)
            if isinstance(self.right, str):
                return str(value).strip().lower()
            return float(value)
        except (TypeError, ValueError, RuntimeError, OverflowError) as error:
            raise ValueError(f"expected {self.form}, got {value!r:.40}") from error
