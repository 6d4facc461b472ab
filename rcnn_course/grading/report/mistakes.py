"""What a class got wrong: for each exercise how many are right, and which mistakes were made.

A check names the typical mistake that it has recognised; this module counts the names. It is what
an instructor reads to know what to explain again.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Thread

from rcnn_course.grading.outcome import ExerciseResult

SHOWN = 4
"""How many mistakes of one exercise are shown; the rest is counted together."""

UNKNOWN = "no typical mistake fits"
DELEGATED = "hands the work to the library"

_SAYINGS = (
    (r"\w+ is incorrect: this exercise asks you to build it", DELEGATED),
    (r"\w+ is incorrect: (.+?)\. Case \d+ of \d+, ", r"\1"),
    (r"\w+ is incorrect\. .*?It raised (\w+)", r"raises \1"),
    (r"CellTimeoutError", "runs longer than a cell may"),
    (r"StoppedByClock", "waits longer than a cell may"),
    (r"TooMuchOutput", "prints too much"),
    (r"SyntaxError|IndentationError|TabError", "is no Python (SyntaxError)"),
    (r"(\w+(?:Error|Exception|Exit|Interrupt)): (?!\w+ is incorrect)", r"its cell raises \1"),
)
"""How what was said begins, and the mistake that it names."""


@dataclass(frozen=True)
class Tally:
    """How a class did in one exercise.

    Attributes:
        correct: how many have all its points.
        incorrect: how many wrote something that is wrong somewhere.
        not_attempted: how many left it as it was.
        mistakes: how many made which mistake, the most common first.
    """

    correct: int
    incorrect: int
    not_attempted: int
    mistakes: Mapping[str, int]

    @property
    def shown(self) -> dict[str, int]:
        """The most common mistakes, and the others together."""
        mistakes = list(self.mistakes.items())
        if len(mistakes) <= SHOWN:
            return dict(mistakes)
        others = sum(count for _, count in mistakes[SHOWN - 1 :])
        return dict(mistakes[: SHOWN - 1]) | {"other mistakes": others}


def mistake_of(result: ExerciseResult) -> str:
    """Return the mistake that was made, in a few words; '' where there is none."""
    if result.outcome != "incorrect":
        return ""
    for saying, mistake in _SAYINGS:
        if found := re.match(saying, result.said):
            return found.expand(mistake)
    return UNKNOWN


def tally(results: Iterable[Mapping[str, ExerciseResult]]) -> dict[str, Tally]:
    """Count outcomes and mistakes by exercise, in notebook order.

    Args:
        results: of each student whose submission could be graded.
    """
    outcomes: dict[str, Counter[str]] = {}
    mistakes: dict[str, Counter[str]] = {}
    for of_student in results:
        for exercise, result in of_student.items():
            outcomes.setdefault(exercise, Counter())[result.outcome] += 1
            made = mistakes.setdefault(exercise, Counter())
            made.update(filter(None, [mistake_of(result)]))
    return {
        exercise: Tally(
            counts["correct"],
            counts["incorrect"],
            counts["not attempted"],
            dict(mistakes[exercise].most_common()),
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
    return "\n".join(lines)


def prepare_picture() -> None:
    """Begin to load what drawing needs, in a thread, while the class is graded."""
    Thread(target=import_module, args=["rcnn_course.draw.charts.tallies"], daemon=True).start()


def save_picture(tallies: Mapping[str, Tally], path: Path) -> None:
    """Draw the tallies into a PNG file; its folder is made."""
    import matplotlib.pyplot as plt

    from rcnn_course.draw.base.figures import encode
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
    plt.close(ax.figure)
