"""What came out for one student, and for each exercise: what grading returns, keeps, reports."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal, Self

from rcnn_course.reports import Outcome, is_unexplained, place_of


@dataclass(frozen=True)
class ExerciseResult:
    """What one exercise of one submission earned.

    Attributes:
        points: earned in the visible and hidden checks together.
        possible: the most that they give.
        outcome: 'correct', where it has all points, 'incorrect' or 'not attempted'.
        said: what was wrong, on one line, or '' where nothing was.
        mistake: key of the mistake where it is incorrect, else ''; see `rcnn_course.reports`.
        title: that mistake in a few words, for people.
        change: kind of the one small change that would make an incorrect answer right, a key of
            `reports.CHANGES`, or '' where none is known.
        line: of its cell, from 1, in which it would be made, or 0.
    """

    points: float
    possible: float
    outcome: Outcome
    said: str = ""
    mistake: str = ""
    title: str = ""
    change: str = ""
    line: int = 0

    @property
    def near(self) -> str:
        """Where one small change would make it right: 'the comparison in line 7', or ''."""
        return place_of(self.change, self.line) if self.change else ""


@dataclass(frozen=True)
class Doubt:
    """What only a person can decide about a submission.

    Attributes:
        kind: 'words', where a question is empty and text stands elsewhere; 'code', where an
            exercise is not attempted and its name may be defined elsewhere, in something that
            cannot be read; 'rivals', where it is answered several times; 'file', where another
            file was graded than the one that was expected; or 'beside', where another file that
            has work in it was not graded.
        about: the graded cell, or the file.
        where: the cells or files that a person should see.
    """

    kind: Literal["words", "code", "rivals", "file", "beside"]
    about: str
    where: tuple[str, ...]

    def is_settled(self, results: Mapping[str, ExerciseResult]) -> bool:
        """Tell whether it is about an exercise that has come out right."""
        result = results.get(self.about) if self.kind in ("code", "rivals") else None
        return result is not None and result.outcome == "correct"


@dataclass(frozen=True)
class Graded:
    """What came out for one student.

    Attributes:
        student: nbgrader's student id.
        status: 'graded'; 'failed', where the submission could not be run to its end; 'missing',
            where none was handed in; or 'skipped', where nothing has changed since it was graded.
        results: maps each exercise to what it earned; those of 'skipped' are from then.
        reason: why it failed, in a sentence.
        doubts: what only a person can decide about what was handed in.
        mended: what was put right before it ran, in sentences.
        suspicions: what points to tampering, in sentences.
        late: seconds after the assignment was due; 0 where it was in time.
        run_again: whether it was put back and run once more, since only the clock had stopped it.
        undecided: maps graded cells that lost points by the clock alone, in both runs, to why:
            'asleep' or 'clock'; see `watch.Overrun`. A person decides about them.
        located: whether small changes were looked for that would make wrong answers right.
        pictures: whether the cells were run, too, that no points depend on.
    """

    student: str
    status: Literal["graded", "failed", "missing", "skipped"]
    results: Mapping[str, ExerciseResult] = field(default_factory=dict)
    reason: str = ""
    doubts: tuple[Doubt, ...] = ()
    mended: tuple[str, ...] = ()
    suspicions: tuple[str, ...] = ()
    late: float = 0.0
    run_again: bool = False
    undecided: Mapping[str, str] = field(default_factory=dict)
    located: bool = False
    pictures: bool = False

    @property
    def unlocated(self) -> list[str]:
        """The exercises that no typical mistake explains, where nobody has looked for a change."""
        unexplained = [name for name, r in self.results.items() if is_unexplained(r.mistake)]
        return [] if self.located else unexplained

    def to_json(self) -> str:
        """Return all of it as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return what `to_json` has written.

        Raises:
            ValueError: If another version has written it, with other fields.
        """
        values = json.loads(text)
        try:
            results = {name: ExerciseResult(**value) for name, value in values["results"].items()}
        except TypeError as error:
            raise ValueError(f"a result has other fields than this version's: {error}") from None
        sentences = {name: tuple(values[name]) for name in ("mended", "suspicions")}
        doubts = tuple(
            Doubt(doubt["kind"], doubt["about"], tuple(doubt["where"]))
            for doubt in values.get("doubts", ())
        )
        return cls(**values | {"results": results, "doubts": doubts} | sentences)


@dataclass(frozen=True)
class Attempt:
    """What came out of one attempt at an assignment.

    Attributes:
        assignment: its name.
        student: nbgrader's student id.
        at: when it was graded (UTC, ISO 8601), or '' where that was not kept.
        results: maps each exercise to what it earned.
    """

    assignment: str
    student: str
    at: str
    results: Mapping[str, ExerciseResult]
