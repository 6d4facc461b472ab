"""Which ideas stand behind the mistakes of a class, notebook after notebook and attempt by attempt.

Each typical mistake of an exercise belongs to one idea, such as 'half a pixel': the table is
`rcnn_course/checks/exercises/ideas.json`. It is read as data, so that no PyTorch is loaded.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from rcnn_course.grading.intake.student_names import shown
from rcnn_course.grading.outcome import Attempt

TABLE = Path(__file__).resolve().parents[2] / "checks" / "exercises" / "ideas.json"

GENERAL = {
    "library": "building it oneself, or leaving it to the library",
    "runs": "code that runs to its end",
    "unexplained": "wrong in a way that no typical mistake explains",
}
"""Titles of what is no idea of object detection, by key."""

_OF_KIND = {
    **dict.fromkeys(("delegated", "changed_library"), "library"),
    **dict.fromkeys(("raises", "cell_raises", "no_python", "too_slow", "waits"), "runs"),
}
"""To which of them a key of `reports.GENERAL` belongs; others explain nothing."""


@dataclass(frozen=True)
class Slip:
    """An exercise that was wrong in an attempt.

    Attributes:
        assignment: its notebook.
        student: who made it.
        attempt: number of the attempt at this notebook, from 1.
        of: how many attempts there are.
        at: when it was graded, or ''.
        exercise: its name.
        mistake: key of the mistake.
        title: that mistake in a few words.
        idea: key of the idea behind it.
    """

    assignment: str
    student: str
    attempt: int
    of: int
    at: str
    exercise: str
    mistake: str
    title: str
    idea: str

    @property
    def is_last(self) -> bool:
        """Whether no later attempt has put it right."""
        return self.attempt == self.of


@cache
def titles() -> dict[str, str]:
    """Return the ideas by key, in words."""
    return {idea: entry["title"] for idea, entry in _table().items()} | GENERAL


def idea_of(exercise: str, mistake: str) -> str:
    """Return the key of the idea behind a mistake of an exercise."""
    own = _by_mistake().get((exercise, mistake))
    return own or _OF_KIND.get(mistake.partition(":")[0], "unexplained")


def slips(attempts: Iterable[Attempt]) -> list[Slip]:
    """Return what was wrong in all attempts of a class, by notebook, student and attempt."""
    of_work: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        of_work[attempt.assignment, attempt.student].append(attempt)
    return [
        Slip(
            assignment=assignment,
            student=student,
            attempt=number,
            of=len(tried),
            at=attempt.at,
            exercise=exercise,
            mistake=result.mistake,
            title=result.title,
            idea=idea_of(exercise, result.mistake),
        )
        for (assignment, student), tried in sorted(of_work.items())
        for number, attempt in enumerate(tried, start=1)
        for exercise, result in attempt.results.items()
        if result.mistake
    ]


def counts(found: Sequence[Slip]) -> dict[str, dict[str, int]]:
    """Return how many students had each idea wrong in each notebook, the commonest idea first."""
    who: dict[str, dict[str, set[str]]] = {}
    assignments = sorted({slip.assignment for slip in found})
    for slip in found:
        of_idea = who.setdefault(slip.idea, {name: set() for name in assignments})
        of_idea[slip.assignment].add(slip.student)
    order = list(titles())
    ranked = sorted(who, key=lambda i: (i in GENERAL, -len(_everybody(who[i])), order.index(i)))
    return {i: {name: len(students) for name, students in who[i].items()} for i in ranked}


def of_class(found: Sequence[Slip]) -> str:
    """Return a table: ideas below each other, notebooks beside each other.

    Behind them stand how many students had an idea wrong anywhere, and how many still had it wrong
    in the last attempt at a notebook.
    """
    if not found:
        return "Nothing that was graded is wrong."
    by_idea = counts(found)
    names = list(next(iter(by_idea.values())))
    width = max(len(titles()[idea]) for idea in by_idea) + 1
    numbers = "".join(f"{name.partition('_')[0]:>5}" for name in names)
    lines = [f"{'idea':{width}}{numbers}   students  in the last attempt"]
    for idea, of_idea in by_idea.items():
        of_notebooks = "".join(f"{count or '·':>5}" for count in of_idea.values())
        slipped = {slip.student for slip in found if slip.idea == idea}
        still = {slip.student for slip in found if slip.idea == idea and slip.is_last}
        lines.append(f"{titles()[idea]:{width}}{of_notebooks}{len(slipped):11}{len(still):21}")
    return "\n".join(lines)


def of_student(found: Sequence[Slip], student: str) -> str:
    """Return what one student had wrong, by idea: exercises, attempts and mistakes."""
    own = [slip for slip in found if slip.student == student]
    lines = [f"{shown(student)}: " + ("nothing that was graded is wrong." if not own else "")]
    for idea in counts(own):
        lines.append(f"  {titles()[idea]}")
        lines += [
            f"    {slip.assignment}, attempt {slip.attempt} of {slip.of}: {slip.exercise}, "
            f"{slip.title}{'' if slip.is_last else ' (put right since, or wrong in another way)'}"
            for slip in own
            if slip.idea == idea
        ]
    return "\n".join(lines)


def as_json(found: Sequence[Slip]) -> str:
    """Return all of it for scripts: `titles`, `counts` by idea and notebook, and every slip."""
    report = {
        "titles": titles(),
        "counts": counts(found),
        "slips": [asdict(slip) for slip in found],
    }
    text = json.dumps(report, indent=2, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode()


def save_picture(found: Sequence[Slip], path: Path) -> None:
    """Draw how many students had each idea wrong, by notebook, into a PNG file."""
    import matplotlib.pyplot as plt

    from rcnn_course.draw.base.figures import encode, figure_of
    from rcnn_course.draw.charts.ideas import draw_ideas

    ax = draw_ideas({titles()[idea]: of_idea for idea, of_idea in counts(found).items()})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode(ax)[1])
    plt.close(figure_of(ax))


def _everybody(by_notebook: Mapping[str, set[str]]) -> set[str]:
    return set().union(*by_notebook.values())


@cache
def _table() -> dict[str, dict]:
    table: dict[str, dict] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


@cache
def _by_mistake() -> dict[tuple[str, str], str]:
    return {
        (exercise, mistake): idea
        for idea, entry in _table().items()
        for exercise, of_exercise in entry["mistakes"].items()
        for mistake in of_exercise
    }
