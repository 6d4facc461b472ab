"""Suspicions: what shows that a submission has bent the rules inside its own kernel.

A student's code may do anything in the kernel that runs it. Points are decided elsewhere, by
`settlement`; what it can still do there is to hand the work over to a library, with the guard
switched off. Three things show it, and none of them takes points away:

- the text of the submission, read by `code_scan` without running it;
- probes between its cells: is the kernel still as it was before the student's first line?
- answers that are right for the cases of the checks, and wrong for others.

Whoever reads this room can write code that it does not see. It is meant to make an honest
answer less work than a forged one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import is_locked

from rcnn_course.grading.intake.code import LONGEST_CODE
from rcnn_course.grading.integrity import probes
from rcnn_course.grading.integrity.code_scan import Cell
from rcnn_course.grading.integrity.probes import Question
from rcnn_course.reports import Report, reports_in

LOADS = re.compile(
    r"\b(?:__import__|import_module|run_module|run_path|run_line_magic|SourceFileLoader"
    r"|spec_from_file_location|source_to_code)\b|%(?:run|load)\b"
)
"""What runs a file by a name that may be put together."""

COMPILED = (".so", ".pyd", ".dylib", ".pyc", ".pyo")
"""Endings of modules that are no text."""

PACKED = (".zip", ".egg", ".whl")
"""Endings of archives from which Python imports."""

CONFIRMED = 0.75
"""Share of unknown cases that right work answers rightly; some differ by rounding."""

HALF = 0.5
"""Share of the hidden cases that work which passes the visible ones answers rightly, too."""


@dataclass(frozen=True)
class Ruling:
    """What came of one question.

    Attributes:
        question: what was asked.
        report: what the answer is worth; None where the question has raised an error.
        right: the share of the cases that are answered rightly, from 0 to 1.
        error: name and text of the error.
    """

    question: Question
    report: Report | None = None
    right: float = 0.0
    error: tuple[str, str] = ("", "")

    @property
    def passed(self) -> bool:
        """Whether the answer is right on every case."""
        return self.report is not None and self.report.outcome == "correct"


def changes(replies: dict[str, dict[str, Any] | None]) -> Iterator[str]:
    """Yield what was not as it was before the student's first line."""
    first = replies.get(probes.AT_START)
    if first is None:
        yield "The kernel did not answer before the first cell; nothing can be said about this run."
        return
    for place, reply in replies.items():
        if reply is None:
            yield f"The kernel did not answer {place}."
        elif "digest" in reply:
            changed = sorted(_texts(reply.get("changed")))
            if changed:
                more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
                yield f"Changed {place}: {', '.join(changed[:3])}{more}."
            elif reply["digest"] != first.get("digest"):
                yield f"Something was changed {place}."
            for what in _texts(reply.get("running")):
                yield f"Left running: {what}."


def _texts(value: Any) -> list[str]:
    """Return a list of short texts, whatever a kernel has sent."""
    return [str(item)[:100] for item in value] if isinstance(value, list) else []


def own_reports(checks: Iterable[NotebookNode]) -> Iterator[str]:
    """Yield the checks during which a submission has published a report of its own."""
    for cell in checks:
        if reports_in(cell.outputs):
            yield f"{probes.name_of(cell)} shows a report that is not the course's."


def learned_by_heart(rulings: Iterable[Ruling]) -> Iterator[str]:
    """Yield the exercises that are right for the cases of their checks, and wrong for others."""
    by_exercise: dict[str, list[Ruling]] = {}
    for ruling in rulings:
        by_exercise.setdefault(ruling.question[0], []).append(ruling)
    for name, all_of_it in by_exercise.items():
        checks = [ruling for ruling in all_of_it if not ruling.question[2]]
        fresh = [ruling for ruling in all_of_it if ruling.question[2]]
        if checks[-1].passed and any(ruling.right < CONFIRMED for ruling in fresh):
            yield f"{name} passed its checks, but does not give the right answers to other cases."
        elif any(r.passed for r in checks) and any(r.right < HALF for r in checks):
            yield f"{name} is right for the cases that students see, and wrong for most others."


def code_and_modules(executed: NotebookNode, files: Mapping[str, bytes]) -> list[Cell]:
    """Return all code of a submission, as `scan` reads it.

    Args:
        executed: its notebook.
        files: what lay beside it.
    """
    code = code_of(executed)
    return [*code, *_modules(files, code)]


def code_of(executed: NotebookNode) -> list[Cell]:
    """Return the code of a submission, as `scan` reads it."""
    return [
        Cell(
            cell.metadata.get("nbgrader", {}).get("grade_id") or f"cell {number}",
            cell.source,
            is_locked(cell),
        )
        for number, cell in enumerate(executed.cells, start=1)
        if cell.cell_type == "code"
    ]


def _modules(files: Mapping[str, bytes], code: list[Cell]) -> list[Cell]:
    """Return the files beside a notebook whose code it may run, as `scan` reads them.

    Those are Python files that it names, and all that read as Python where it loads code by a name
    that may be put together. Others are not run: those of a virtual environment, for example.
    """
    found: list[Cell] = []
    waiting = {name: name.removesuffix(".py").split("/") for name in files if name.endswith(".py")}
    new = code
    while new:
        words = {word for cell in new for word in re.findall(r"\w+", cell.source)}
        if any(LOADS.search(cell.source) for cell in new):
            waiting |= {name: [] for name in files if _may_be_loaded(name, files[name])}
        named = [name for name, parts in waiting.items() if words.issuperset(parts[:1])]
        new = [Cell(name, files[name].decode("utf-8", "replace"), False) for name in named]
        waiting = {name: parts for name, parts in waiting.items() if name not in named}
        files = {name: content for name, content in files.items() if name not in named}
        found += new
    return found


def _may_be_loaded(name: str, content: bytes) -> bool:
    return "site-packages" not in name.split("/") and len(content) <= LONGEST_CODE


def unread(files: Mapping[str, bytes], code: Iterable[Cell]) -> Iterator[str]:
    """Yield the files beside a notebook that it names as modules and that nobody can read."""
    words = {word for cell in code for word in re.findall(r"\w+", cell.source)}
    for name in files:
        stem, _, ending = name.rpartition("/")[2].partition(".")
        if stem in words and f".{ending}".endswith(COMPILED):
            yield f"{name} is compiled code, which cannot be read."
        elif stem in words and f".{ending}".endswith(PACKED) and b".py" in files[name]:
            yield f"{name} is an archive with Python code, which was not read."
