"""The two committed tables: edits that change nothing, with the reason, and what came of all.

`equivalent.json` holds for each exercise, by the style of the answer, the edits that compute the
same as the answer for every input that the exercise's docstring announces, and why. `make adequacy`
puts its exercises into the order of the course, and writes `results.json` and `results.md`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.adequacy.worker import ALWAYS, Tried

FOLDER = Path(__file__).parent

Reasons = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Reasons by exercise, style and key of the edit."""

HEAD = """\
# What becomes of small edits of right answers

Written by `make adequacy`. Each edit of each right answer is tried on the cases that students see
and on those of the hidden check. It is rejected by both, or listed in `equivalent.json`, with a
reason, as computing the same; what is neither has survived, and a case is missing.

| exercise | edits | rejected | equivalent | survived | seconds |
|---|---|---|---|---|---|
"""


@dataclass
class Row:
    """What became of the edits of one exercise."""

    edits: int = 0
    rejected: int = 0
    equivalent: int = 0
    survived: int = 0
    seconds: float = 0.0

    def add(self, tried: Tried, *, is_listed: bool) -> None:
        """Count an edit, which may be listed as equivalent."""
        self.edits += 1
        self.seconds += tried.seconds
        if not tried.passed:
            self.rejected += 1
        elif is_listed and tried.passed == ALWAYS:
            self.equivalent += 1
        else:
            self.survived += 1

    def __str__(self) -> str:
        counts = (self.edits, self.rejected, self.equivalent, self.survived)
        return " | ".join([*map(str, counts), f"{self.seconds:.0f}"])


def equivalents() -> Reasons:
    """Return the committed reasons."""
    return json.loads((FOLDER / "equivalent.json").read_text("utf-8"))


def is_listed(reasons: Reasons, tried: Tried) -> bool:
    """Tell whether an edit is listed as equivalent."""
    right = tried.right
    return tried.key in reasons.get(right.exercise.name, {}).get(right.style, {})


def sort_reasons(order: Iterable[str]) -> None:
    """Put the listed edits into the order of the course.

    Args:
        order: all exercises; what is listed of others is dropped.
    """
    known = equivalents()
    _write("equivalent.json", {name: known[name] for name in order if name in known})


def keep(rows: Mapping[str, Row], order: Iterable[str]) -> None:
    """Put the rows of some exercises in the place of what the tables held of them.

    Args:
        rows: by exercise.
        order: all exercises; rows of others are dropped.
    """
    file = FOLDER / "results.json"
    before = json.loads(file.read_text("utf-8")) if file.exists() else {}
    known = {name: Row(**row) for name, row in before.items()} | dict(rows)
    kept = {name: known[name] for name in order if name in known}
    data = {name: asdict(row) | {"seconds": round(row.seconds)} for name, row in kept.items()}
    _write(file.name, data)
    lines = [f"| {name} | {row} |" for name, row in {**kept, "all": total(kept.values())}.items()]
    (FOLDER / "results.md").write_text(HEAD + "\n".join(lines) + "\n", "utf-8")


def _write(name: str, data: Mapping[str, object]) -> None:
    (FOLDER / name).write_text(json.dumps(data, indent=1) + "\n", "utf-8")


def total(rows: Iterable[Row]) -> Row:
    """Return the sum of some rows."""
    listed = [asdict(row) for row in rows]
    return Row(**{name: sum(row[name] for row in listed) for name in asdict(Row())})
