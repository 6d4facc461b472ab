"""Settlement: what a submission's checks are worth, decided where its code has never run.

In its own kernel a student's code may do anything, so nothing that is shown there earns a point.
What the student's work has answered is compared with the reference in a process that the student's
code has never been in, and the outputs of the checks are written here, as `rcnn_course.check` shows
them on a student's machine. nbgrader's points follow from these.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

from rcnn_course.grading.integrity import probes, suspicions
from rcnn_course.grading.integrity.code_scan import Cell
from rcnn_course.grading.integrity.probes import Question
from rcnn_course.grading.integrity.suspicions import Ruling
from rcnn_course.reports import ERRORS, Report, is_unexplained, reports_in

Round = tuple[Sequence[Question], Any]
"""The questions of one check, and what the kernel has answered to them, which may be anything."""

Examine = Callable[[Sequence[Cell], Sequence[Round]], dict[str, Any]]


def once(examine: Examine) -> Examine:
    """Return a function that examines a submission at its first call, and repeats what it found.

    So what the kernel does after that changes nothing.
    """
    found: list[dict[str, Any]] = []

    def examined(code: Sequence[Cell], rounds: Sequence[Round]) -> dict[str, Any]:
        if not found:
            found.append(examine(code, rounds))
        return found[0]

    return examined


def unexplained(
    executed: NotebookNode,
    secret: str,
    examine: Examine,
    files: Mapping[str, bytes] = MappingProxyType({}),
) -> list[str]:
    """Return the exercises whose visible check fails, and no typical mistake says why.

    Args:
        executed: a notebook whose checks have run; it stays as it is.
        secret: see `settle`.
        examine: see `settle`.
        files: see `settle`.
    """
    cells = [NotebookNode({**c, "metadata": NotebookNode(c.metadata)}) for c in executed.cells]
    copy = NotebookNode({**executed, "cells": cells})
    rounds = _rounds(probes.asked(copy), probes.take_out(copy, secret))
    examined = examine(suspicions.code_and_modules(copy, files), rounds)
    rulings = [_ruling(*values) for check in examined["verdicts"] for values in check]
    return list(dict.fromkeys(r.question[0] for r in rulings if _is_unexplained(r)))


def _is_unexplained(ruling: Ruling) -> bool:
    _, seed, few = ruling.question
    is_visible = seed == 0 and not few
    return is_visible and ruling.report is not None and is_unexplained(ruling.report.mistake)


def settle(
    executed: NotebookNode,
    secret: str,
    examine: Examine,
    files: Mapping[str, bytes] = MappingProxyType({}),
) -> tuple[str, ...]:
    """Write the outputs of a submission's checks, and return why somebody should look at it.

    Takes the probes out of the notebook.

    Args:
        executed: what came of running a notebook that `probes.armed` has armed.
        secret: the text that it was armed with.
        examine: does what `examination.examine` does, where torch is in memory.
        files: what lay beside the notebook: its modules are read too.
    """
    asked = probes.asked(executed)
    replies = probes.take_out(executed, secret)
    rounds = _rounds(asked, replies)
    places = dict(_places(replies.pop(probes.AFTER_ALL, None)))
    code = suspicions.code_and_modules(executed, files)
    examined = examine(code, rounds)
    rulings = [[_ruling(*values) for values in check] for check in examined["verdicts"]]
    found = [
        *examined["scanned"],
        *suspicions.unread(files, code),
        *suspicions.changes(replies),
        *suspicions.own_reports([cell for cell, _ in asked]),
        *suspicions.learned_by_heart([ruling for check in rulings for ruling in check]),
    ]
    for (cell, _), check in zip(asked, rulings, strict=True):
        check = [_located(ruling, places) for ruling in check]
        cell.outputs = [*_shown(cell.outputs), *(_outputs(check) or _unanswered(cell.outputs))]
    return tuple(dict.fromkeys(found))


def _rounds(
    asked: Sequence[tuple[NotebookNode, list[Question]]], replies: dict[str, dict[str, Any] | None]
) -> list[Round]:
    """Take the answers to the checks' questions out of what probes have answered."""
    return [
        (questions, (replies.pop(probes.name_of(cell)) or {}).get("answers"))
        for cell, questions in asked
    ]


def _places(reply: dict[str, Any] | None) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield exercises with kind and line of a small change that would make them right."""
    reports = (reply or {}).get("reports")
    for data in reports if isinstance(reports, list) else []:
        with suppress(ValueError):
            report = Report.from_data(data)
            if report.line:
                yield report.exercise, (report.change, report.line)


def _located(ruling: Ruling, places: Mapping[str, tuple[str, int]]) -> Ruling:
    place = places.get(ruling.question[0])
    if place is None or ruling.report is None or not _is_unexplained(ruling):
        return ruling
    return replace(ruling, report=ruling.report.located(*place))


def _ruling(
    question: Question, report: Any, message: str, right: float, error: tuple[str, str]
) -> Ruling:
    said = replace(Report.from_data(report), message=message) if report else None
    return Ruling(question, said, right, error)


def _shown(outputs: Sequence[NotebookNode]) -> Iterator[NotebookNode]:
    """Yield what a student's work has shown while it was checked.

    As text on standard error would cost the points, it becomes standard output.
    """
    for output in outputs:
        if output.output_type == "stream":
            yield new_output("stream", name="stdout", text=output.text)
        elif output.output_type == "display_data" and not (
            reports_in([output]) or any(probes.replies_in([output]))
        ):
            yield output


def _outputs(rulings: Sequence[Ruling]) -> list[NotebookNode]:
    """Return the outputs of a check, up to the first exercise that it finds wrong."""
    found: list[NotebookNode] = []
    for ruling in rulings:
        report = ruling.report
        if ruling.question[2]:  # asked for suspicions alone
            continue
        if report is None:
            return [*found, _error(*ruling.error)]
        is_correct = report.outcome == "correct"
        found.append(new_output("display_data", data=report.to_display(shown=is_correct)))
        if not is_correct:
            return [*found, _error(ERRORS[report.outcome], report.message)]
    return found


def _unanswered(outputs: Sequence[NotebookNode]) -> list[NotebookNode]:
    """Return the error that has kept the kernel from answering, without a traceback."""
    errors = [output for output in outputs if output.output_type == "error"]
    if not errors:
        return [_error("NoAnswer", "the kernel did not answer")]
    return [_error(errors[-1].ename, errors[-1].evalue)]


def _error(name: str, text: str) -> NotebookNode:
    lines = text.splitlines() if name in ERRORS.values() else [f"{name}: {text}"]
    return new_output("error", ename=name, evalue=text, traceback=lines)
