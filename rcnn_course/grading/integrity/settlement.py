"""Settlement: what a submission's checks are worth, decided where its code has never run.

In its own kernel a student's code may do anything, so nothing that is shown there earns a point.
What the student's work has answered is compared with the reference in a process that the student's
code has never been in, and the outputs of the checks are written here, as `rcnn_course.check` shows
them on a student's machine. nbgrader's points follow from these.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

from rcnn_course.grading.integrity import probes, suspicions
from rcnn_course.grading.integrity.code_scan import Cell
from rcnn_course.grading.integrity.probes import Question
from rcnn_course.grading.integrity.suspicions import Ruling
from rcnn_course.reports import ERRORS, Report, reports_in

Round = tuple[Sequence[Question], Any]
"""The questions of one check, and what the kernel has answered to them, which may be anything."""

Examine = Callable[[Sequence[Cell], Sequence[Round]], dict[str, Any]]


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
    rounds = [
        (questions, (replies.pop(probes.name_of(cell)) or {}).get("answers"))
        for cell, questions in asked
    ]
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
        cell.outputs = [*_shown(cell.outputs), *(_outputs(check) or _unanswered(cell.outputs))]
    return tuple(dict.fromkeys(found))


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
        found.append(new_output("display_data", data=report.to_display()))
        if report.outcome != "correct":
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
