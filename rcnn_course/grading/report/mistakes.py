"""What a class got wrong: for each exercise how many are right, and which mistakes were made.

A check reports the key of the mistake that it has recognised; this module counts the keys. It is
what an instructor reads to know what to explain again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rcnn_course.grading.outcome import ExerciseResult

SHOWN = 4
"""How many mistakes of one exercise are shown; the rest is counted together."""


@dataclass(frozen=True)
class Tally:
    """How a class did in one exercise.

    Attributes:
        correct: how many have all its points.
        incorrect: how many wrote something that is wrong somewhere.
        not_attempted: how many left it as it was.
        mistakes: how many made which mistake, by its key, the most common first.
        titles: each of these mistakes in a few words, by its key.
        near: how many of the incorrect ones one small change would make right.
    """

    correct: int
    incorrect: int
    not_attempted: int
    mistakes: Mapping[str, int]
    titles: Mapping[str, str]
    near: int = 0

    @property
    def shown(self) -> dict[str, int]:
        """The most common mistakes in words, and the others together."""
        single = len(self.mistakes) if len(self.mistakes) <= SHOWN else SHOWN - 1
        shown: Counter[str] = Counter()
        for number, (key, count) in enumerate(self.mistakes.items()):
            shown[self.titles[key] if number < single else "other mistakes"] += count
        return dict(shown)


def tally(results: Iterable[Mapping[str, ExerciseResult]]) -> dict[str, Tally]:
    """Count outcomes and mistakes by exercise, in notebook order.

    Args:
        results: of each student whose submission could be graded.
    """
    outcomes: dict[str, Counter[str]] = {}
    mistakes: dict[str, Counter[str]] = {}
    titles: dict[str, dict[str, str]] = {}
    near: Counter[str] = Counter()
    for of_student in results:
        for exercise, result in of_student.items():
            outcomes.setdefault(exercise, Counter())[result.outcome] += 1
            near[exercise] += bool(result.near)
            made = mistakes.setdefault(exercise, Counter())
            named = titles.setdefault(exercise, {})
            if result.mistake:
                made[result.mistake] += 1
                named[result.mistake] = result.title
    return {
        exercise: Tally(
            counts["correct"],
            counts["incorrect"],
            counts["not attempted"],
            dict(mistakes[exercise].most_common()),
            titles[exercise],
            near[exercise],
        )
        for exercise, counts in outcomes.items()
    }


def table(tallies: Mapping[str, Tally]) -> str:
    """Return the tallies as text: a row for each exercise, its mistakes below."""
    width = max(map(len, [*tallies, "by exercise"])) + 2
    lines = [f"{'by exercise':{width}}  correct  incorrect  not attempted"]
    for exercise, counts in tallies.items():
        lines.append(
            f"{exercise:{width}}{counts.correct:9}{counts.incorrect:11}{counts.not_attempted:15}"
        )
        lines += [f"{count:8}  {mistake}" for mistake, count in counts.shown.items()]
        if counts.near:
            lines.append(f"{counts.near:8}  of {counts.incorrect} wrong: one small change away")
    return "\n".join(lines)


def save_picture(tallies: Mapping[str, Tally], path: Path) -> None:
    """Draw the tallies into a PNG file; its folder is made."""
    import matplotlib.pyplot as plt

    from rcnn_course.draw.base.figures import encode, figure_of
    from rcnn_course.draw.charts.tallies import draw_class

    ax = draw_class(
        {
            exercise: {
                "correct": counts.correct,
                "incorrect": counts.incorrect,
                "not attempted": counts.not_attempted,
            }
            for exercise, counts in tallies.items()
        },
        {exercise: counts.shown for exercise, counts in tallies.items()},
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode(ax)[1])
    plt.close(figure_of(ax))
