"""Escape: what lies outside of the sandbox, tried as in `reaches`."""

from tests.grading.attacks.table import Entry
from tests.grading.reaches import Outside, attacks


def entries(reached: Outside) -> list[Entry]:
    """Return the attempts on what is outside."""
    return [
        Entry("escape", name, row.make, "sandbox", deserves=10, reach=row.reach)
        for name, row in attacks(reached).items()
    ]
