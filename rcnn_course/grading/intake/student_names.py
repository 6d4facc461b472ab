"""Names of students: which ones are meant, how they are shown, and which nbgrader cannot have."""

import difflib
import unicodedata
from collections.abc import Collection, Iterable

LONGEST = 128
"""Characters of a name in nbgrader's tables, which SQLite does not count."""


def named(wanted: Iterable[str], known: Collection[str]) -> list[str]:
    """Return the students that are meant, without duplicates.

    A letter with an accent is written in two ways in Unicode, which nobody can tell apart.

    Args:
        wanted: names as somebody has typed them.
        known: of those who handed in or are in the gradebook.

    Raises:
        ValueError: If one of them is not known.
    """
    found: dict[str, None] = {}
    for name in wanted:
        alike = [one for one in known if _composed(one) == _composed(name)]
        if name not in known and not alike:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(
                f"there is no student {name!r}, neither in submitted/ nor in the gradebook{hint}"
            )
        found |= dict.fromkeys([name] if name in known else alike)
    return list(found)


def shown(name: str) -> str:
    """Return a name as a person can read it: in quotes where some of it cannot be seen."""
    return name if name.isprintable() and name == name.strip() else repr(name)


def fault(name: str, db_url: str) -> str:
    """Say why nbgrader cannot have a student of this name, or '' where it can."""
    if not _is_text(name):
        return "The name of the folder is not UTF-8; rename the folder."
    if len(name) > LONGEST and not db_url.startswith("sqlite"):
        return f"The name has {len(name)} letters, and nbgrader has room for {LONGEST}; shorten it."
    return ""


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)
