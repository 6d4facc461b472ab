"""What a check says: correct, incorrect or not attempted, in a few short lines."""

import textwrap
from dataclasses import dataclass

WIDTH = 80
"""Longest line of a message: nbgrader's Validate window cuts lines at 87 characters."""


class CheckFailed(AssertionError):
    """The check of an exercise did not pass; its text is all that a notebook shows."""

    def _render_traceback_(self) -> list[str]:
        """Tell IPython to show the message alone, without a traceback through the library."""
        return str(self).splitlines()


class NotAttempted(CheckFailed):
    """The exercise is still the untouched stub."""


@dataclass(frozen=True)
class Report:
    """The result of examining one exercise.

    Attributes:
        exercise: its name.
        outcome: 'correct', 'incorrect' or 'not attempted'.
        message: lines of at most 80 characters for the student.
        mistake: the name of the typical mistake that explains the result, or ''.
    """

    exercise: str
    outcome: str
    message: str
    mistake: str = ""

    def raise_unless_correct(self) -> None:
        """Raise the message as `NotAttempted` or `CheckFailed` unless the outcome is correct."""
        if self.outcome == "not attempted":
            raise NotAttempted(self.message)
        if self.outcome == "incorrect":
            raise CheckFailed(self.message)


def paragraphs(*texts: str) -> str:
    """Wrap each text to the width of a message, its further lines indented.

    Empty texts are left out; a text that starts with two spaces keeps that indentation.
    """
    return "\n".join(
        line for text in texts for line in textwrap.wrap(text, WIDTH, subsequent_indent="  ")
    )
