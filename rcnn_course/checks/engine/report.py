"""What a check says: correct, incorrect or not attempted, in a few short lines."""

import os

from IPython import get_ipython

from rcnn_course.reports import Report


class CheckFailed(AssertionError):
    """The check of an exercise did not pass; its text is all that a notebook shows."""

    def _render_traceback_(self) -> list[str]:
        """Tell IPython to show the message alone, without a traceback through the library."""
        return str(self).splitlines()


class NotAttempted(CheckFailed):
    """The exercise is still the untouched stub."""


def is_read() -> bool:
    """Tell whether somebody works in this notebook, rather than nbgrader validating or grading."""
    return hasattr(get_ipython(), "kernel") and not os.environ.get("NBGRADER_EXECUTION")


def announce(report: Report, *, may_be_left: bool = False) -> None:
    """Publish a report as data, and say its message: shown if it is correct, else raised.

    In a notebook that somebody works in, 'not attempted' is shown as well, so that *Run All* goes
    on to what comes after.

    Args:
        report: what the check has found.
        may_be_left: whether 'not attempted' is shown wherever the notebook runs, since nothing
            depends on the exercise.

    Raises:
        NotAttempted: If the outcome is 'not attempted'.
        CheckFailed: If it is 'incorrect'.
    """
    may_be_left = may_be_left or is_read()
    is_calm = report.outcome == "correct" or (report.outcome == "not attempted" and may_be_left)
    shell = get_ipython()
    if shell is not None:
        shell.display_pub.publish(data=report.to_display(shown=is_calm))
    elif is_calm:
        print(report.message)
    if not is_calm:
        raise (NotAttempted if report.outcome == "not attempted" else CheckFailed)(report.message)
