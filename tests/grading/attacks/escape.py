"""Escape: what lies outside of the sandbox, tried as in `reaches`."""

from tests.grading.attacks.table import Entry
from tests.grading.reaches import Outside, attacks

ALONE = ("fills", "hoards", "kills_parent", "memory", "stays")
"""How the names of those begin that may end their own notebook, or fill its folder."""

TOGETHER = 10
"""How many of the others are handed in as one."""


def entries(reached: Outside) -> list[Entry]:
    """Return the attempts on what is outside."""
    tried = attacks(reached)
    others = [name for name in tried if not name.startswith(ALONE)]
    within = {name: f"reaches_{place // TOGETHER}" for place, name in enumerate(others)}
    return [
        Entry(
            "escape",
            name,
            row.make,
            "sandbox",
            deserves=row.points or 0,
            reach=row.reach,
            within=within.get(name, ""),
        )
        for name, row in tried.items()
    ]
