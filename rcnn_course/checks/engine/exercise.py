"""What an exercise is: a reference, cases, what is refused, and typical mistakes.

To add an exercise, write one `Exercise` in a file of its name; the engine does the rest.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from rcnn_course.checks.engine.call import Call, parameters_of
from rcnn_course.checks.engine.cases import Case, Cases, Draw, Odd
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.engine.works import Work

__all__ = ["Call", "Case", "Cases", "Draw", "Exercise", "Mistake", "Odd", "call_with"]

VISIBLE_SEED = 0
"""The seed of the cases that students see; hidden checks use others."""


@dataclass(frozen=True)
class Mistake:
    """A typical mistake, as an altered call of the reference.

    Attributes:
        name: the mistake in a few words; it becomes the first line of the student's message.
        wrong: takes the call of a case, such as `lambda call: call(padding=0)`, and returns what
            this mistake would return, or None where the case does not show the mistake.
        hint: points to the idea, never to the code.
    """

    name: str
    wrong: Callable[[Call], Any]
    hint: str


def call_with(subject: Callable, *args: Any, **kwargs: Any) -> Any:
    """Use `subject` as most exercises do: call it."""
    return subject(*args, **kwargs)


def as_returned(value: Any) -> Any:
    """Compare a value as most exercises do: as it was returned."""
    return value


@dataclass(frozen=True)
class Exercise:
    """An exercise and everything that its check needs.

    Attributes:
        name: of the function or class that the student writes; `check` finds the exercise by it.
        reference: what the student's work is compared with.
        source: the reference's public name, for messages.
        own_cases: yields the exercise's own cases, made with normal and uniform random tensors.
        odd: the odd cases that the engine adds to them.
        mistakes: typical mistakes by a short key that stays, the most common first.
        refused: the works that would give the answer away, of `checks/exercises/works.py`; the
            reference and the rest of the course's library are refused in any case.
        lends: earlier exercises that this one may call by name, with the implementation that
            stands in for the student's own, so that one mistake costs one exercise.
        use: calls the subject with a case's arguments; for classes it builds, loads and runs.
        steps: hints in words, from the first thing to think of to the last; where a check can say
            no more, `hint` gives one after another.
        picture: how a notebook shows a wrong result, where a picture says more than numbers:
            'map' for the last two dimensions, 'curve' for the last one, 'boxes' for rows of xyxy,
            'heatmap' for places (x, y) in the case's first argument, heatmaps that lie in the boxes
            of the second.
        marked: makes of what `use` returns what is compared, where no single value is right; it
            runs where answers are judged, and may raise `Mismatch`.
        is_stretch: whether it is a stretch goal: it has no points and no hidden check, and leaving
            it untouched is no failure.
        rtol: relative tolerance of the values and of the gradients.
        atol: absolute tolerance of the values and of the gradients.
    """

    name: str
    reference: Callable
    source: str
    own_cases: Callable[[Draw, Draw], Cases]
    odd: Odd | None = None
    mistakes: Mapping[str, Mistake] = field(default_factory=dict)
    refused: Sequence[Work] = ()
    lends: Mapping[str, Callable] = field(default_factory=dict)
    use: Callable = call_with
    steps: Sequence[str] = ()
    picture: Literal["map", "curve", "boxes", "heatmap", ""] = ""
    marked: Callable[[Any], Any] = as_returned
    is_stretch: bool = False
    rtol: float = 1e-4
    atol: float = 1e-5

    def cases(self, seed: int) -> Cases:
        """Yield all cases, with fresh arguments: the exercise's own, then the odd ones."""
        for number, case in enumerate(self.own_cases(*random_tensors(seed))):
            if self.odd and number == self.odd.of:
                altered = copy.deepcopy(case)
            yield copy.deepcopy(case)  # others may share its tensors, whatever is done to them
        if self.odd:
            names = [parameter.name for parameter in parameters_of(self.use, self.reference)]
            yield from self.odd.cases(lambda: copy.deepcopy(altered), names)

    def call(self, case: Case) -> Call:
        """Return the call of the reference with the arguments of a case."""
        return Call(self.use, self.reference, case)
