"""What a check has found, as data: a check publishes it, grading and statistics read it.

It stands beside the text for the student, in an output of a MIME type of its own, so that no
program reads a sentence, and each sentence can be reworded. Nothing heavy is imported here: whoever
grades has no PyTorch in memory.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

MIME = "application/vnd.rcnn-course.report+json"
"""The type of the output that holds a report."""

Outcome = Literal["correct", "incorrect", "not attempted"]

OUTCOMES = ("correct", "incorrect", "not attempted")

ERRORS = {"incorrect": "CheckFailed", "not attempted": "NotAttempted"}
"""Name of the error that a check raises, by the outcome; its text is the report's message."""

NOTHING = {"text/html": ""}
"""What is shown of a report beside an error: it takes no room in JupyterLab, in nbgrader's pages
and in a terminal, and programs that do not know the type of a report do not complain."""

GENERAL = {
    "delegated": "hands the work to the library",
    "raises": "raises {error}",
    "changed_library": "changes torch or torchvision",
    "unknown": "no typical mistake fits",
    "no_python": "is no Python (SyntaxError)",
    "cell_raises": "its cell raises {error}",
    "too_slow": "runs longer than a cell may",
    "waits": "waits longer than a cell may",
}
"""Title of each mistake that is no exercise's own, by its key."""

LONGEST = 200
"""Characters of a field; a kernel may have sent anything."""


def general(kind: str, error: str = "") -> tuple[str, str]:
    """Return key and title of a mistake that any exercise may have.

    Args:
        kind: a key of `GENERAL`.
        error: name of the exception, which becomes part of the key, as in 'raises:KeyError'.
    """
    return f"{kind}:{error}" if error else kind, GENERAL[kind].format(error=error)


@dataclass(frozen=True)
class Report:
    """The result of examining one exercise.

    Attributes:
        exercise: its name.
        outcome: 'correct', 'incorrect' or 'not attempted'.
        message: lines of at most 80 characters for the student; no part of the data.
        mistake: key of the mistake that explains an incorrect result, else ''.
        title: that mistake in a few words, for people.
        case: what the first failing case tries.
        place: what differs in it, such as 'The result[0]', or ''.
        found: what stands there, or ''.
        expected: what should stand there, or ''.
    """

    exercise: str
    outcome: Outcome
    message: str = ""
    mistake: str = ""
    title: str = ""
    case: str = ""
    place: str = ""
    found: str = ""
    expected: str = ""

    def to_data(self) -> dict[str, str]:
        """Return all but the message, each text on one line, as JSON can hold it."""
        return {name: _line(text) for name, text in asdict(self).items() if name != "message"}

    def to_display(self) -> dict[str, Any]:
        """Return what a notebook displays, by MIME type; beside an error the data alone."""
        shown = {"text/plain": self.message} if self.outcome == "correct" else NOTHING
        return {**shown, MIME: self.to_data()}

    @classmethod
    def from_data(cls, data: Any) -> Self:
        """Return the report that `to_data` has given; its message is ''.

        Raises:
            ValueError: If this is no such data.
        """
        names = [field.name for field in fields(cls) if field.name != "message"]
        if not isinstance(data, Mapping) or not all(_is_line(data.get(name)) for name in names):
            raise ValueError(f"a report has a line of text for each of {', '.join(names)}")
        if data["outcome"] not in OUTCOMES:
            raise ValueError(f"outcome must be one of {OUTCOMES}, but is {data['outcome']!r}")
        is_incorrect = data["outcome"] == "incorrect"
        if not bool(data["mistake"]) == bool(data["title"]) == is_incorrect:
            raise ValueError("a report has a mistake and its title where it is incorrect, else ''")
        return cls(**{name: data[name] for name in names})


def reports_in(outputs: Iterable[Mapping[str, Any]]) -> list[Report]:
    """Return the reports among the outputs of a cell; what only looks like one is left out."""
    found = []
    for output in outputs:
        try:
            found.append(Report.from_data(output.get("data", {}).get(MIME)))
        except ValueError:
            continue
    return found


def _line(text: str) -> str:
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:LONGEST]


def _is_line(text: Any) -> bool:
    return isinstance(text, str) and len(text) <= LONGEST and text.isprintable()
