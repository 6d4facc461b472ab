"""The members of the demo class: what each hands in, and what should come out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from types import ModuleType

from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.grading.outcome import ExerciseResult

MISTAKEN = 4
"""How many members make typical mistakes."""

ENDLESS = "def {}(*args, **kwargs):\n    while True:\n        pass"


@dataclass(frozen=True)
class Member:
    """A made-up student.

    Attributes:
        name: nbgrader's student id.
        answers: maps an exercise to the source of its cell; the others stay untouched.
        loses: maps each exercise that should earn nothing to the key of the mistake that should
            be reported, or to 'not attempted'; the others should earn all their points.
        file: what to hand in instead of a notebook; then grading should fail.
    """

    name: str
    answers: Mapping[str, str] = field(default_factory=dict)
    loses: Mapping[str, str] = field(default_factory=dict)
    file: str | None = None

    def surprises(self, results: Mapping[str, ExerciseResult] | None) -> Iterator[str]:
        """Yield what came out differently; `results` is None where grading failed."""
        if (results is None) != (self.file is not None):
            yield "failed to run" if results is None else "was graded, although it cannot run"
        for exercise, result in (results or {}).items():
            expected = 0 if exercise in self.loses else result.possible
            if result.points != expected:
                yield f"{exercise}: {result.points:g} points instead of {expected:g}"
            elif exercise in self.loses and self.loses[exercise] != _reported(result):
                wanted = self.loses[exercise]
                yield f"{exercise}: expected {wanted!r}, but the report is {_reported(result)!r}"


def make_members(solution: Mapping[str, str], answers: ModuleType) -> list[Member]:
    """Return the class of one assignment.

    Args:
        solution: maps each exercise to the source of its cell with the course's own answer;
            stretch goals are left out, since they earn nothing.
        answers: the module that `load_answers` returns.
    """
    solution = {name: solution[name] for name in solution if not EXERCISES[name].is_stretch}
    wrong = {name: mistakes for name, mistakes in answers.WRONG.items() if name in solution}
    delegating = {name: cell for name, cell in answers.DELEGATING.items() if name in solution}
    exercises = list(solution)
    last = exercises[-1]
    half = exercises[: len(exercises) // 2]
    return [
        Member("full_solution", solution),
        Member("untouched", {}, dict.fromkeys(exercises, "not attempted")),
        Member(
            "half_finished",
            {exercise: solution[exercise] for exercise in half},
            dict.fromkeys(exercises[len(half) :], "not attempted"),
        ),
        Member(
            "written_differently",
            {exercise: next(iter(ways.values())) for exercise, ways in answers.RIGHT.items()},
        ),
        *_mistaken(solution, wrong),
        Member(
            "delegates",
            {**solution, **delegating},
            dict.fromkeys(delegating, "delegated"),
        ),
        _wrong_in_last("syntax_error", solution, f"{solution[last]}\n    return (", "no_python"),
        _wrong_in_last("endless_loop", solution, ENDLESS.format(last), "too_slow"),
        Member("not_json", file="This is not a notebook.\n"),
    ]


def _reported(result: ExerciseResult) -> str:
    return result.mistake or result.outcome


def _mistaken(
    solution: Mapping[str, str], wrong: Mapping[str, Mapping[str, tuple[str, str]]]
) -> Iterator[Member]:
    """Yield members who make a typical mistake in each exercise that still has one left.

    The first few mistakes of each exercise are enough to see a class; the tests try them all.
    """
    columns = [
        [(exercise, mistake, edit) for mistake, edit in mistakes.items()]
        for exercise, mistakes in wrong.items()
    ]
    for number, row in enumerate(islice(zip_longest(*columns), MISTAKEN), start=1):
        answers, loses = dict(solution), {}
        for exercise, mistake, (old, new) in filter(None, row):
            right = solution[exercise]
            if right.count(old) != 1:
                raise ValueError(
                    f"the mistake {mistake!r} replaces {old!r}, which must stand once in the "
                    f"solution of {exercise}, but stands there {right.count(old)} times"
                )
            answers[exercise], loses[exercise] = right.replace(old, new), mistake
        yield Member(f"mistakes_{number:02}", answers, loses)


def _wrong_in_last(how: str, solution: Mapping[str, str], source: str, mistake: str) -> Member:
    """Return a member who has everything right but the last exercise."""
    last = list(solution)[-1]
    return Member(how, {**solution, last: source}, {last: mistake})
