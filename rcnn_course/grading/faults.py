"""What went wrong, in a sentence that says what to do about it."""

import errno
import os
import tempfile
import traceback
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from sqlalchemy.exc import StatementError

GOES_ON = "Then give the same command again: what is done already is kept"

_SYSTEM = {
    errno.ENOSPC: f"the disk is full. Make room. {GOES_ON}",
    errno.EDQUOT: f"your share of the disk is used up. Make room. {GOES_ON}",
    errno.EFBIG: f"a file may not become as large as it must here. {GOES_ON}",
    errno.EROFS: f"nothing can be written here, the disk is read-only. {GOES_ON}",
    errno.EACCES: f"you may not read or write this. Mend its rights (chmod, chown). {GOES_ON}",
    errno.EPERM: f"you may not change this. Mend its rights (chmod, chown). {GOES_ON}",
    errno.EIO: f"the disk does not answer as it should. {GOES_ON}",
}

_DAMAGED = (
    "it is damaged. Put a backup of it in its place, or move it away: the next run makes a new one "
    "and grades all submissions again, but points that were given by hand are in the old one alone"
)

_GRADEBOOK = {
    "is full": _SYSTEM[errno.ENOSPC],
    "readonly": f"it is read-only. Mend its rights, and those of its folder. {GOES_ON}",
    "unable to open": "it cannot be opened. Mend its rights, and those of its folder",
    "locked": f"another program has been writing to it for too long. Close that. {GOES_ON}",
    "not a database": _DAMAGED,
    "malformed": _DAMAGED,
    "disk I/O error": f"it cannot be written; perhaps the disk is full. {GOES_ON}",
    "no such column": "it was made by another version of nbgrader. Give `nbgrader db upgrade`",
    "no such table": "it was made by another version of nbgrader. Give `nbgrader db upgrade`",
}
"""What SQLite says, and what that means."""

_SHORT_OF = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN}


def is_of_machine(error: BaseException) -> bool:
    """Whether something is wrong with disk, memory or gradebook, and no submission is to blame."""
    error = _cause(error)
    number = getattr(error, "errno", None)  # ZeroMQ's errors have one, too
    is_known = number in {*_SYSTEM, *_SHORT_OF} - {errno.EACCES, errno.EPERM}
    return is_known or isinstance(error, MemoryError) or _is_of_gradebook(error)


def sentence(error: BaseException) -> str:
    """Return what a person should read where an error ends a command."""
    error = _cause(error)
    if isinstance(error, OSError) and error.errno:
        what = _SYSTEM.get(error.errno, error.strerror)
        return f"{error.filename}: {what}" if error.filename else str(what)
    if _is_of_gradebook(error):
        return _of_gradebook(error)
    if isinstance(error, OSError | ValueError) and str(error):
        return str(error)
    return _unforeseen(error)


def _cause(error: BaseException) -> BaseException:
    """Return what the database has said, where nbgrader says it in its own words."""
    context = error.__context__
    return context if context is not None and _is_of_gradebook(context) else error


def _is_of_gradebook(error: BaseException) -> TypeGuard["StatementError"]:
    return type(error).__module__.startswith("sqlalchemy.") and hasattr(error, "orig")


def _of_gradebook(error: "StatementError") -> str:
    said = str(error.orig).strip().splitlines()[0]
    meaning = next((text for part, text in _GRADEBOOK.items() if part in said), "")
    return f"the gradebook cannot be used ({said}){': ' if meaning else ''}{meaning}"


def _unforeseen(error: BaseException) -> str:
    """Put the traceback into a file, for whoever can mend it."""
    said = f"{type(error).__name__}: {error}".strip().rstrip(":")
    try:
        handle, name = tempfile.mkstemp(prefix="rcnn-course-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            traceback.print_exception(error, file=file)
    except OSError:
        return f"an error that this program does not know: {said}"
    return f"an error that this program does not know: {said}. Please report it, with {name}"
