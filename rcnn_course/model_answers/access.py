"""When model answers are shown, as the course's instructor has set it."""

from datetime import datetime

ALWAYS, NEVER = "always", "never"

_shown = ALWAYS


def moment_of(shown: str) -> datetime | None:
    """Return the moment from which answers are shown; None for 'always' and 'never'.

    Args:
        shown: 'always', 'never', or a date or time such as '2027-03-01' or '2027-03-01 18:00', in
            the time zone of the machine where it gives none.

    Raises:
        ValueError: If it is none of these.

    Example:
        >>> from rcnn_course.model_answers.access import moment_of
        >>> moment_of("2027-03-01T18:00+00:00").isoformat()
        '2027-03-01T18:00:00+00:00'
    """
    if shown in (ALWAYS, NEVER):
        return None
    try:
        moment = datetime.fromisoformat(shown)
    except ValueError:
        raise ValueError(
            f"expected 'always', 'never' or a date such as '2027-03-01', got {shown!r}"
        ) from None
    return moment if moment.tzinfo else moment.astimezone()


def allow_solutions(shown: str) -> None:
    """Show model answers always, never, or from a date on.

    The course's instructor sets it (`c.ModelAnswers.shown`); without, they are always shown.

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
    if moment is not None and datetime.now().astimezone() < moment:
        return f"This course shows model answers from {moment:%d %B %Y, %H:%M} on."
    return ""
