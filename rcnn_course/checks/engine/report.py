"""What a check says: correct, incorrect or not attempted, in a few short lines."""

from IPython import get_ipython

from rcnn_course.reports import Report


class CheckFailed(AssertionError):
    """The check of an exercise did not pass; its text is all that a notebook shows."""

    def _render_traceback_(self) -> list[str]:
        """Tell IPython to show the message alone, without a traceback through the library."""
        return str(self).splitlines()


class NotAttempted(CheckFailed):
    """The exercise is still the untouched stub."""


def announce(report: Report) -> None:
    """Publish a report as data, and say its message: shown if it is correct, else raised.

    Raises:
        NotAttempted: If the outcome is 'not attempted'.
        CheckFailed: If it is 'incorrect'.
    """
    is_correct = report.outcome == "correct"
    shell = get_ipython()
    if shell is not None:
        shell.display_pub.publish(data=report.to_display())
    elif is_correct:
        print(report.message)
    if not is_correct:
        raise (NotAttempted if report.outcome == "not attempted" else CheckFailed)(report.message)
