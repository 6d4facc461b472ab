"""The suite as a whole: every entry is handed in and graded, and what came of it is judged."""

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.grading.attacks import (
    browser,
    configuration,
    escape,
    evasion,
    frames,
    handed_over,
    honest,
    injection,
    limits,
    overfitting,
    pages,
    redirection,
)
from tests.grading.attacks.classroom import (
    autograded,
    command,
    hand_in,
    make_course,
    says_breach,
    students,
)
from tests.grading.attacks.table import CLASS, KINDS, PARTS, Entry
from tests.grading.made import Make
from tests.grading.reaches import Outside, left_running, outside

OF_KINDS = (
    *(overfitting, evasion, redirection, injection, frames, configuration, handed_over),
    *(limits, browser, honest),
)
LARGEST = 80 * 2**20
"""Bytes that an autograded notebook may have, whatever its cells print."""

Verdict = Literal["stopped", "flagged", "fallen", "unhurt", "hurt"]


@dataclass(frozen=True)
class Found:
    """What came of an entry.

    Attributes:
        student: who handed it in.
        entry: what was tried.
        verdict: 'stopped', where it got no points that it does not deserve, and nothing else;
            'flagged', where it got points, and a person is asked to look; or 'fallen'. Of an
            honest one, 'unhurt', or 'hurt' where it lost points or is suspected.
        why: points and suspicions, in words.
    """

    student: str
    entry: Entry
    verdict: Verdict
    why: str

    @property
    def is_fault(self) -> bool:
        """Whether it came out otherwise than the course says."""
        return self.verdict == "hurt" or (self.verdict == "fallen" and self.entry.holds != "")


@dataclass
class Graded:
    """Both classes after grading.

    Attributes:
        root: the course.
        entries: by student.
        results: what `grade --json` says, by assignment and student.
        files: bytes of what was handed in, by assignment and student.
        reached: what attempts have got outside of the sandbox, by student, in words.
    """

    root: Path
    entries: Mapping[str, Entry]
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, Mapping[str, bytes | None]] = field(default_factory=dict)
    reached: dict[str, str] = field(default_factory=dict)

    def found(self) -> list[Found]:
        """Judge every entry."""
        return [self._judged(student, entry) for student, entry in self.entries.items()]

    def _judged(self, student: str, entry: Entry) -> Found:
        one = self.results[entry.assignment][student]
        points, suspicions = one["points"] or 0, " ".join(one["suspicions"])
        reached = self.reached.get(student) or self._reached(student, entry)
        why = f"{points} points where {entry.deserves:g} are deserved. {reached} {suspicions}"
        verdict: Verdict
        if entry.kind == "honest":
            verdict = "hurt" if points < entry.deserves or suspicions else "unhurt"
        elif reached:
            verdict = "fallen"
        elif points <= entry.deserves:
            verdict = "stopped"
        else:
            verdict = "flagged" if suspicions else "fallen"
        return Found(student, entry, verdict, f"{why} {one['reason']}".strip())

    def _reached(self, student: str, entry: Entry) -> str:
        """Say what an entry has got beside points, or ''."""
        file = autograded(self.root, student, entry.assignment)
        if says_breach(file):
            return "It got what it reached for."
        if file.is_file() and file.stat().st_size > LARGEST:
            return f"Its notebook has {file.stat().st_size >> 20} MB."
        if entry.kind != "browser":
            return ""
        page = self.root / "feedback" / student / entry.assignment / f"{entry.assignment}.html"
        live = [*pages.live_in_notebook(file), *pages.live_in_page(page)]
        return f"It would run in a browser: {', '.join(dict.fromkeys(live))}." if live else ""


def entries(reached: Outside) -> dict[str, Entry]:
    """Return every entry, by student."""
    all_of_them = [entry for kind in OF_KINDS for entry in kind.ENTRIES]
    by_student = {_student(entry.road): entry for entry in [*escape.entries(reached), *all_of_them]}
    if len(by_student) < len(all_of_them):
        (road, _), *_ = Counter(entry.road for entry in all_of_them).most_common(1)
        raise ValueError(f"each entry needs a road of its own; {road!r} is there twice")
    return by_student


def _student(road: str) -> str:
    """Return the name of a student for a road."""
    name = re.sub(r"\W+", "_", road).strip("_")
    return name if len(name) <= 40 else f"{name[:40]}_{zlib.crc32(road.encode()):08x}"


def graded(
    root: Path, words: Iterable[str] = (), others: Mapping[str, Make] | None = None
) -> Graded:
    """Have both classes hand in, and grade them.

    Args:
        root: an empty folder, for the course.
        words: entries are tried whose kind or road has all of them in it.
        others: more submissions to `class`, by student.
    """
    make_course(root)
    with outside(root) as reached:
        chosen = {
            student: entry
            for student, entry in entries(reached).items()
            if all(word in f"{entry.kind} {entry.road}" for word in words)
        }
        done = Graded(root, chosen)
        for assignment in (CLASS, PARTS):
            makes = {s: e.make for s, e in chosen.items() if e.assignment == assignment}
            makes |= (others or {}) if assignment == CLASS else {}
            if makes:
                done.files[assignment] = hand_in(root, assignment, makes)
                said = command(root, "grade", assignment, "--workers", "2", "--json")
                done.results[assignment] = students(said)
        for heard in reached.received():
            done.reached[f"sends_{heard.partition(':')[0]}"] = f"It was heard: {heard}."
    done.reached |= dict.fromkeys(left_running(), "It left a process running.")
    readers = [s for s, entry in chosen.items() if entry.kind == "browser"]
    if readers:
        command(
            root, "feedback", CLASS, *(w for student in readers for w in ("--student", student))
        )
    return done


def as_markdown(found: Iterable[Found]) -> str:
    """Return what was tried, by kind, as a table, and what came of the honest ones."""
    found = list(found)
    lines = ["| what was tried | tried | stopped | flagged | fallen |", "|---|--:|--:|--:|--:|"]
    attacks = [one for one in found if one.entry.kind in KINDS]
    groups = {text: [f for f in attacks if f.entry.kind == kind] for kind, text in KINDS.items()}
    for text, group in {**groups, "all of them": attacks}.items():
        counts = Counter(one.verdict for one in group)
        numbers = [len(group), *(counts[verdict] for verdict in ("stopped", "flagged", "fallen"))]
        lines.append(f"| {text} | {' | '.join(map(str, numbers))} |")
    honest = [one for one in found if one.entry.kind == "honest"]
    hurt = sum(one.verdict == "hurt" for one in honest)
    lines += ["", f"Honest submissions: {len(honest)}; lost points or suspected: {hurt}."]
    return "\n".join(lines) + "\n"
