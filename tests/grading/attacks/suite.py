"""The suite as a whole: every entry is handed in and graded, and what came of it is judged."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
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
    breaches,
    command,
    hand_in,
    make_course,
    students,
)
from tests.grading.attacks.table import CLASS, KINDS, PARTS, Entry, submissions
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
        entry: what was tried.
        verdict: 'stopped', where it got no points that it does not deserve, and nothing else;
            'flagged', where it got points, and a person is asked to look; or 'fallen'. Of an
            honest one, 'unhurt', or 'hurt' where it lost points or is suspected.
        why: points and suspicions, in words.
    """

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
        entries: what was tried.
        results: what `grade --json` says, by assignment and student.
        files: bytes of what was handed in, by assignment and student.
        reached: what attempts have got outside of the sandbox, by their names, in words.
        said: what the commands said beside their results, such as that the sandbox is a lesser one.
    """

    root: Path
    entries: list[Entry]
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, Mapping[str, bytes | None]] = field(default_factory=dict)
    reached: dict[str, str] = field(default_factory=dict)
    said: str = ""

    def found(self) -> list[Found]:
        """Judge every entry."""
        return [self._judged(entry) for entry in self.entries]

    def _judged(self, entry: Entry) -> Found:
        one = self.results[entry.assignment][entry.student]
        results = one["results"]
        meant = [entry.exercise] if entry.exercise else results
        points = sum(results[name]["points"] for name in meant if name in results)
        suspicions = " ".join(one["suspicions"])
        reached = self.reached.get(entry.name) or self._reached(entry)
        why = f"{points:g} points where {entry.deserves:g} are deserved. {reached} {suspicions}"
        verdict: Verdict
        if entry.kind == "honest":
            verdict = "hurt" if points < entry.deserves or suspicions else "unhurt"
        elif reached:
            verdict = "fallen"
        elif points <= entry.deserves:
            verdict = "stopped"
        else:
            verdict = "flagged" if suspicions else "fallen"
        return Found(entry, verdict, f"{why} {one['reason']}".strip())

    def _reached(self, entry: Entry) -> str:
        """Say what an entry has got beside points, or ''."""
        file = autograded(self.root, entry.student, entry.assignment)
        if entry.name in breaches(file):
            return "It got what it reached for."
        if file.is_file() and file.stat().st_size > LARGEST:
            return f"Its notebook has {file.stat().st_size >> 20} MB."
        if entry.kind != "browser":
            return ""
        page = self.root / "feedback" / entry.student / CLASS / f"{CLASS}.html"
        live = [*pages.live_in_notebook(file), *pages.live_in_page(page)]
        ran = dict.fromkeys(what for what, payload in live if f"pwned_{entry.name}" in payload)
        return f"It would run in a browser: {', '.join(ran)}." if ran else ""


def entries(reached: Outside) -> list[Entry]:
    """Return every entry of the suite."""
    tried = [*escape.entries(reached), *(entry for kind in OF_KINDS for entry in kind.ENTRIES)]
    (name, count), *_ = Counter(entry.name for entry in tried).most_common(1)
    if count > 1:
        raise ValueError(f"each entry needs a road of its own; {name!r} is there {count} times")
    return tried


def graded(
    root: Path, words: Iterable[str] = (), others: Mapping[str, Make] = MappingProxyType({})
) -> Graded:
    """Have both classes hand in, and grade them with all their cells.

    Args:
        root: an empty folder, for the course.
        words: entries are tried whose kind or road has all of them in it.
        others: more submissions to `class`, by student.
    """
    make_course(root)
    with outside(root) as reached:
        done = Graded(root, [entry for entry in entries(reached) if _is_meant(entry, words)])
        for assignment in (CLASS, PARTS):
            makes = submissions(e for e in done.entries if e.assignment == assignment)
            makes |= others if assignment == CLASS else {}
            if makes:
                done.files[assignment] = hand_in(root, assignment, makes)
                run = command(root, "grade", assignment, "--pictures", "--workers", "2", "--json")
                done.results[assignment] = students(run)
                done.said += run.stderr
        for heard in reached.received():
            done.reached[f"sends_{heard.partition(':')[0]}"] = f"It was heard: {heard}."
    done.reached |= dict.fromkeys(left_running(), "It left a process running.")
    readers = {entry.student: None for entry in done.entries if entry.kind == "browser"}
    if readers:
        command(
            root, "feedback", CLASS, *(w for student in readers for w in ("--student", student))
        )
    return done


def _is_meant(entry: Entry, words: Iterable[str]) -> bool:
    return all(word in f"{entry.kind} {entry.road}" for word in words)


def as_markdown(found: Iterable[Found]) -> str:
    """Return what was tried, by kind, as a table, and what came of the honest ones."""
    found = list(found)
    attacks = [one for one in found if one.entry.kind in KINDS]
    groups = {text: [f for f in attacks if f.entry.kind == kind] for kind, text in KINDS.items()}
    lines = [
        "| what was tried | tried | stopped | flagged | fallen | what remains |",
        "|---|--:|--:|--:|--:|---|",
        *(_row(text, group) for text, group in {**groups, "all of them": attacks}.items()),
    ]
    honest = [one for one in found if one.entry.kind == "honest"]
    hurt = sum(one.verdict == "hurt" for one in honest)
    lines += ["", f"Honest submissions: {len(honest)}; lost points or suspected: {hurt}."]
    return "\n".join(lines) + "\n"


def _row(text: str, group: list[Found]) -> str:
    counts = Counter(one.verdict for one in group)
    numbers = [len(group), *(counts[verdict] for verdict in ("stopped", "flagged", "fallen"))]
    remains = {one.entry.remains: None for one in group if one.entry.remains}
    words = "; ".join(remains) if text in KINDS.values() else ""
    return f"| {text} | {' | '.join(map(str, numbers))} | {words} |"
