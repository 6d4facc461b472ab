"""What a check has found, as data: a check publishes it, grading and statistics read it.

It stands beside the text for the student, in an output of a MIME type of its own, so that no
program reads a sentence, and each sentence can be reworded. Nothing heavy is imported here: whoever
grades has no PyTorch in memory.
"""

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
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

CHANGES = {
    "comparison": "the comparison",
    "sign": "the sign",
    "x for y": "what belongs to which axis",
    "index": "the index",
    "axis": "the axis",
    "constant": "the number",
    "rounding": "the rounding",
    "reduction": "what is taken of many numbers",
    "condition": "the condition",
    "order of arguments": "the order",
    "missing step": "the step that may be missing or too much",
    "operator": "the operator",
    "flag": "the flag",
    "option": "the option",
    "default": "the default, or where it is used",
    "function": "the function that is called",
    "dtype": "the dtype",
    "order of statements": "the order of the lines",
    "loop": "where the loop begins and ends",
    "in place": "what is changed in place",
    "kept state": "what is kept from call to call",
    "gradient": "where the gradient is cut",
    "buffer": "what is a parameter and what a buffer",
}
"""What to look at, by the kind of a small change, from the likeliest to the least likely."""

WIDTH = 80
"""Longest line of a message: nbgrader's Validate window cuts lines at 87 characters."""

LONGEST = 200
"""Characters of a field; a kernel may have sent anything."""

LINES = 100_000
"""Lines of a cell, for the same reason."""


def general(kind: str, error: str = "") -> tuple[str, str]:
    """Return key and title of a mistake that any exercise may have.

    Args:
        kind: a key of `GENERAL`.
        error: name of the exception, which becomes part of the key, as in 'raises:KeyError'.
    """
    return f"{kind}:{error}" if error else kind, GENERAL[kind].format(error=error)


def is_unexplained(mistake: str) -> bool:
    """Tell whether a key says that an answer is wrong, and not by which mistake."""
    return mistake.partition(":")[0] in ("unknown", "raises")


def place_of(change: str, line: int, other: int = 0) -> str:
    """Say what to look at: 'the comparison in line 7', or 'in line 7 or 8'.

    Args:
        change: a key of `CHANGES`.
        line: of the cell, from 1.
        other: another line where a change does the same, or 0.
    """
    return f"{CHANGES[change]} in line {f'{line} or {other}' if other else line}"


def paragraphs(*texts: str) -> str:
    """Wrap each text to the width of a message, its further lines indented.

    Empty texts are left out; a text that starts with two spaces keeps that indentation.
    """
    lines = [line for text in texts for line in textwrap.wrap(text, WIDTH, subsequent_indent="  ")]
    return "\n".join(lines).encode("utf-8", "replace").decode()  # half a character cannot be shown


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
        change: kind of the one small change that would make an incorrect answer right, a key of
            `CHANGES`, or '' where none is known.
        line: of the cell, from 1, in which it would be made, or 0.
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
    change: str = ""
    line: int = 0

    def located(self, change: str, line: int, other: int = 0) -> Self:
        """Return this report with the place of the change that would make the answer right.

        Args:
            change: a key of `CHANGES`.
            line: of the cell, from 1.
            other: another line where a change does the same, or 0; the message alone has it.
        """
        place = place_of(change, line, other)
        advice = f"One small change would make it right: look at {place}."
        message = f"{self.message}\n{paragraphs(advice)}"
        return replace(self, message=message, change=change, line=line)

    def to_data(self) -> dict[str, str | int]:
        """Return all but the message, each text on one line, as JSON can hold it."""
        data = {name: _line(value) for name, value in vars(self).items() if name in _TEXTS}
        return {**data, "line": self.line}

    def to_display(self, *, shown: bool) -> dict[str, Any]:
        """Return what a notebook displays, by MIME type.

        Args:
            shown: whether the message is displayed; beside an error that says it, the data alone.
        """
        return {**({"text/plain": self.message} if shown else NOTHING), MIME: self.to_data()}

    @classmethod
    def from_data(cls, data: Any) -> Self:
        """Return the report that `to_data` has given; its message is ''.

        Those of earlier versions have no place of a change.

        Raises:
            ValueError: If this is no such data.
        """
        data = {"change": "", "line": 0, **(data if isinstance(data, Mapping) else {})}
        if not all(_is_line(data.get(name)) for name in _TEXTS):
            raise ValueError(f"a report has a line of text for each of {', '.join(_TEXTS)}")
        if data["outcome"] not in OUTCOMES:
            raise ValueError(f"outcome must be one of {OUTCOMES}, but is {data['outcome']!r}")
        is_incorrect = data["outcome"] == "incorrect"
        if not bool(data["mistake"]) == bool(data["title"]) == is_incorrect:
            raise ValueError("a report has a mistake and its title where it is incorrect, else ''")
        change, line = data["change"], data["line"]
        is_place = is_incorrect and change in CHANGES and type(line) is int and 0 < line <= LINES
        if not is_place and (change != "" or line != 0):
            raise ValueError("a report has a change and its line where one makes it right, else 0")
        return cls(line=line, **{name: data[name] for name in _TEXTS})


_TEXTS = tuple(field.name for field in fields(Report) if field.name not in ("message", "line"))


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
