"""What an exercise is: a reference, cases, what is refused, and typical mistakes.

To add an exercise, write one `Exercise` in a file of its name; the engine does the rest.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """One call of the student's function.

    Attributes:
        what: what this case tries, for the student to read, such as 'no boxes at all'.
        args: positional arguments. The engine compares the gradient of every tensor among the
            arguments that requires one, and demands that none is changed in place.
        kwargs: keyword arguments.
        hint: what to think of where this case fails and no typical mistake explains it.
    """

    what: str
    args: tuple = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    hint: str = ""


@dataclass(frozen=True)
class Mistake:
    """A typical mistake, as a wrong call of the library.

    Attributes:
        name: the mistake in a few words; it becomes the first line of the student's message.
        wrong: takes the arguments of a case, returns what this mistake would return, or None
            where the case does not show the mistake.
        hint: points to the idea, never to the code.
    """

    name: str
    wrong: Callable[..., Any]
    hint: str


def call_with(subject: Callable, *args: Any, **kwargs: Any) -> Any:
    """Use `subject` as most exercises do: call it."""
    return subject(*args, **kwargs)


@dataclass(frozen=True)
class Exercise:
    """An exercise and everything that its check needs.

    Attributes:
        name: of the function or class that the student writes; `check` finds the exercise by it.
        reference: what the student's work is compared with.
        source: the reference's public name, for messages.
        cases: maps a seed to cases; each call yields fresh arguments.
        mistakes: typical mistakes, the most common first.
        refused: patterns of operators that would give the answer away, such as
            'torchvision::roi_align' or 'aten::upsample_*'; 'aten::conv_transpose' stands for
            `aten::convolution` with `transposed=True`.
        refused_code: functions, classes or modules whose Python code would give it away.
        lends: earlier exercises that this one may call by name, with the implementation that
            stands in for the student's own, so that one mistake costs one exercise.
        use: calls the subject with a case's arguments; for classes it builds, loads and runs.
        rtol: relative tolerance of the values and of the gradients.
        atol: absolute tolerance of the values and of the gradients.
    """

    name: str
    reference: Callable
    source: str
    cases: Callable[[int], Iterator[Case]]
    mistakes: Sequence[Mistake] = ()
    refused: Sequence[str] = ()
    refused_code: Sequence[object] = ()
    lends: Mapping[str, Callable] = field(default_factory=dict)
    use: Callable = call_with
    rtol: float = 1e-4
    atol: float = 1e-5
