"""The members of the demo class: what each hands in, and what should come out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType

from rcnn_course.grading.results import ExerciseResult

ENDLESS = "def {}(*args, **kwargs):\n    while True:\n        pass"


@dataclass(frozen=True)
class Member:
    """A made-up student.

    Attributes:
        name: nbgrader's student id.
        answers: maps an exercise to the source of its cell; the others stay untouched.
        loses: the exercises that should earn nothing; the others should earn all their points.
        says: what the text of each lost exercise should contain.
        file: what to hand in instead of a notebook; then grading should fail.
        loops: whether the work never ends, so that a short limit saves waiting.
    """

    name: str
    answers: Mapping[str, str] = field(default_factory=dict)
    loses: frozenset[str] = frozenset()
    says: str = ""
    file: str | None = None
    loops: bool = False

    def surprises(self, results: Mapping[str, ExerciseResult] | None) -> Iterator[str]:
        """Yield what came out differently; `results` is None where grading failed."""
        if (results is None) != (self.file is not None):
            yield "failed to run" if results is None else "was graded, although it cannot run"
        for exercise, result in (results or {}).items():
            expected = 0 if exercise in self.loses else result.possible
            if result.points != expected:
                yield f"{exercise}: {result.points:g} points instead of {expected:g}"
            elif exercise in self.loses and self.says not in result.said:
                yield f"{exercise}: expected to read {self.says!r}, but it says {result.said!r}"


def make_members(solution: Mapping[str, str], answers: ModuleType) -> list[Member]:
    """Return the class of one assignment.

    Args:
        solution: maps each exercise to the source of its cell with the course's own answer.
        answers: the module that `load_answers` returns.
    """
    exercises = list(solution)
    last = exercises[-1]
    half = exercises[: len(exercises) // 2]
    return [
        Member("full_solution", solution),
        Member("untouched", {}, frozenset(exercises), "not attempted"),
        Member(
            "half_finished",
            {exercise: solution[exercise] for exercise in half},
            frozenset(exercises) - frozenset(half),
            "not attempted",
        ),
        Member(
            "written_differently",
            {exercise: next(iter(ways.values())) for exercise, ways in answers.RIGHT.items()},
        ),
        *_mistaken(solution, answers.WRONG),
        *(
            _wrong_in(exercise, "delegates", solution, source, "asks you to build it")
            for exercise, source in answers.DELEGATING.items()
        ),
        _wrong_in(last, "syntax_error", solution, f"{solution[last]}\n    return (", "SyntaxError"),
        _wrong_in(
            last, "endless_loop", solution, ENDLESS.format(last), "CellTimeoutError", loops=True
        ),
        Member("not_json", file="This is not a notebook.\n"),
    ]


def _mistaken(
    solution: Mapping[str, str], wrong: Mapping[str, Mapping[str, tuple[str, str]]]
) -> Iterator[Member]:
    for exercise, mistakes in wrong.items():
        right = solution[exercise]
        for number, (mistake, (old, new)) in enumerate(mistakes.items(), start=1):
            if right.count(old) != 1:
                raise ValueError(
                    f"the mistake {mistake!r} replaces {old!r}, which must stand once in the "
                    f"solution of {exercise}, but stands there {right.count(old)} times"
                )
            source = right.replace(old, new)
            yield _wrong_in(exercise, f"mistake_{number:02}", solution, source, mistake)


def _wrong_in(
    exercise: str,
    how: str,
    solution: Mapping[str, str],
    source: str,
    says: str,
    *,
    loops: bool = False,
) -> Member:
    """Return a member who has everything right but one exercise."""
    answers = {**solution, exercise: source}
    return Member(f"{exercise}-{how}", answers, frozenset([exercise]), says, loops=loops)
