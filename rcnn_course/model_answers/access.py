"""When model answers are shown, as the course's instructor has set it."""

from datetime import datetime
from pathlib import Path

ALWAYS, NEVER, BY_ONESELF = "always", "never", "by oneself"

RECORD = ".rcnn-course.json"
"""In each folder that `rcnn-course start` has made: who works there learns by themselves."""

_shown = BY_ONESELF


def moment_of(shown: str) -> datetime | None:
    """Return the moment from which answers are shown; None for what is no date.

    Args:
        shown: 'always', 'never', 'by oneself', or a date or time such as '2027-03-01' or
            '2027-03-01 18:00', in the time zone of the machine where it gives none.

    Raises:
        ValueError: If it is none of these.

    Example:
        >>> from rcnn_course.model_answers.access import moment_of
        >>> moment_of("2027-03-01T18:00+00:00").isoformat()
        '2027-03-01T18:00:00+00:00'
    """
    if shown in (ALWAYS, NEVER, BY_ONESELF):
        return None
    try:
        moment = datetime.fromisoformat(shown)
    except ValueError:
        raise ValueError(
            "expected 'always', 'never', 'by oneself' or a date such as '2027-03-01', "
            f"got {shown!r}"
        ) from None
    return moment if moment.tzinfo else moment.astimezone()


def allow_solutions(shown: str) -> None:
    """Show model answers always, never, from a date on, or to those who learn by themselves.

    The course's instructor sets it (`c.ModelAnswers.shown`). Without, a notebook shows them in a
    folder of `rcnn-course start` or in a checkout of the course, and nowhere else: one that a class
    was given does not.

    Raises:
        ValueError: If `shown` is none of these.
    """
    global _shown
    moment_of(shown)
    _shown = shown


def refusal() -> str:
    """Return why the course shows no answers now, in a sentence, or '' where it does."""
    moment = moment_of(_shown)
    if _shown == NEVER:
        return "This course shows no model answers."
    if _shown == BY_ONESELF and not is_of_the_course(Path.cwd()):
        return (
            "This notebook was handed out to a class, and shows no model answers: the instructor "
            "has set no date from which it shows them."
        )
    if moment is not None and datetime.now().astimezone() < moment:
        return f"This course shows model answers from {moment:%d %B %Y, %H:%M} on."
    return ""


def is_of_the_course(folder: Path) -> bool:
    """Tell whether a folder lies in a checkout, or in what `rcnn-course start` has made."""
    folder = folder.resolve()
    return any(
        (above / RECORD).is_file()
        or ((above / "nbgrader_config.py").is_file() and (above / "solutions").is_dir())
        for above in (folder, *folder.parents)
    )
