"""Probes: cells of the course's own that run in the kernel of a submission, and what they answer.

Some ask whether the kernel is still as it was before the student's first line. Others stand in the
place of the checks: they have the student's work answer the cases, and nothing is compared there.
"""

import ast
import hashlib
import inspect
import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.utils import is_grade, is_locked, is_solution

from rcnn_course.grading.intake.code import mentions, nodes, parse_as_ipython
from rcnn_course.grading.integrity import kernel_probe

MARK = "rcnn_course_probe"
"""Key of the metadata of a cell that is a probe: the place where it stands."""

ASKED = "rcnn_course_asked"
"""Key of the metadata of a check in whose place a probe stands: its code, and the questions."""

AT_START, AT_END, AFTER_ALL = "at the start", "at the end", "after all checks"

CHECK = ["rcnn_course", "check", "check"]
"""What a notebook of the course imports to check answers: module, attribute, name."""

Question = tuple[str, int, bool]
"""What a student's work is asked: the fields of `checks.remote.Question`."""


class Checks(NamedTuple):
    """What a cell checks, and the rest of its code."""

    questions: list[Question]
    rest: str


def armed(notebook: NotebookNode, secret: str, fresh: str = "") -> NotebookNode:
    """Return a copy of a notebook with probes between its cells and in the place of its checks.

    Where a graded cell uses `check` in a way that no probe can stand for, checks of that cell are
    run as they are.

    Args:
        notebook: what nbgrader is about to run, hidden tests included.
        secret: a random text that the student's code cannot know.
        fresh: a text that gives the seeds of cases that nobody knows, for every submission the
            same; the secret where it is ''.
    """
    imports = imports_for_checks(notebook)
    asked = {id(cell): checks_of(cell) for cell in notebook.cells} if CHECK in imports else {}
    last = {name: key for key, checks in asked.items() for name, *_ in checks.questions}
    withhold = bool(asked) and not any(_checks_otherwise(cell) for cell in notebook.cells)
    cells = [_state_probe(AT_START, secret, imports, withhold=withhold)]
    for before, cell in zip([None, *notebook.cells], notebook.cells, strict=False):
        if is_check(cell) and not (before and is_check(before)):
            cells.append(_state_probe(f"before {name_of(cell)}", secret, imports))
        checks = asked.get(id(cell), Checks([], ""))
        if checks.questions:
            more = [
                fresh_question(fresh or secret, n) for n, key in last.items() if key == id(cell)
            ]
            cell = _asking(cell, Checks([*checks.questions, *more], checks.rest), secret)
        cells.append(cell)
    cells += [_state_probe(AT_END, secret, imports), _probe(AFTER_ALL, "", secret)]
    return NotebookNode({**notebook, "cells": cells})


def is_last(cell: NotebookNode) -> bool:
    """Tell whether a cell is the probe whose source is `locating`, once all others have run."""
    return cell.metadata.get(MARK) == AFTER_ALL


def locating(exercises: Sequence[str], secret: str) -> str:
    """Return the source of a probe that looks for the place of a small change in wrong answers.

    Args:
        exercises: whose answers are wrong; '' is returned where there are none.
        secret: the text that the notebook was armed with.
    """
    return _source(AFTER_ALL, secret, {"wrong": list(exercises)}) if exercises else ""


def asked(executed: NotebookNode) -> list[tuple[NotebookNode, list[Question]]]:
    """Return the checks in whose place probes stand, with what these ask."""
    return [
        (cell, cell.metadata[ASKED]["questions"])
        for cell in executed.cells
        if ASKED in cell.metadata
    ]


def take_out(executed: NotebookNode, secret: str) -> dict[str, dict[str, Any] | None]:
    """Take the probes out of an executed notebook, and give its checks the code that they had.

    Returns:
        What each probe has answered, by the place where it stands, or by the name of its check;
        None where it has not answered, or not once and with its own token.
    """
    replies = {}
    for cell in executed.cells:
        place = cell.metadata.get(MARK)
        if place is not None:
            replies[place] = _reply(cell, _token(secret, place))
        if ASKED in cell.metadata:
            cell.source = cell.metadata.pop(ASKED)["source"]
            del cell.metadata[MARK]
    executed.cells = [cell for cell in executed.cells if MARK not in cell.metadata]
    return replies


def checks_of(cell: NotebookNode) -> Checks:
    """Return what a cell of the course asks `check`, statement by statement."""
    tree = parse_as_ipython(cell.source) if is_check(cell) else None
    if tree is None:
        return Checks([], "")
    asked = [(statement, _question(statement)) for statement in tree.body]
    rest = ast.Module([statement for statement, question in asked if not question], [])
    return Checks([question for _, question in asked if question], ast.unparse(rest))


def _question(statement: ast.stmt) -> Question | None:
    """Return what `check(name)` or `check(name, seed=7)` asks; of any other statement None."""
    match statement:
        case ast.Expr(ast.Call(ast.Name("check"), [ast.Name(name)], [])):
            return name, 0, False
        case ast.Expr(
            ast.Call(ast.Name("check"), [ast.Name(name)], [ast.keyword("seed", ast.Constant(seed))])
        ) if type(seed) is int:
            return name, seed, False
    return None


def _checks_otherwise(cell: NotebookNode) -> bool:
    return is_check(cell) and "check" in mentions(checks_of(cell).rest)


def is_check(cell: NotebookNode) -> bool:
    """Tell whether a cell of the course gives points for what other cells have defined."""
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


def name_of(cell: NotebookNode) -> str:
    """Return the name of a graded cell."""
    return cell.metadata.nbgrader.grade_id


def imports_for_checks(notebook: NotebookNode) -> list[list[str]]:
    """Return what the course's own cells import and its checks call: module, attribute, name."""
    used = {name for cell in notebook.cells if is_check(cell) for name in mentions(cell.source)}
    return [
        [node.module, alias.name, alias.asname or alias.name]
        for cell in notebook.cells
        if cell.cell_type == "code" and is_locked(cell) and not is_grade(cell)
        for node in nodes(cell.source)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
        if (alias.asname or alias.name) in used
    ]


def _state_probe(
    place: str, secret: str, imports: list[list[str]], *, withhold: bool = False
) -> NotebookNode:
    request = {"imports": imports, "kept": f"_{_token(secret, 'kept')}", "withhold": withhold}
    return _probe(place, _source(place, secret, request), secret)


def _probe(place: str, source: str, secret: str) -> NotebookNode:
    return new_code_cell(source, id=f"probe-{_token(secret, place)[:12]}", metadata={MARK: place})


def _asking(cell: NotebookNode, checks: Checks, secret: str) -> NotebookNode:
    """Return a check with a probe in its place."""
    place = name_of(cell)
    probe = _source(place, secret, {"questions": checks.questions})
    asked = {"source": cell.source, "questions": checks.questions}
    metadata = NotebookNode({**cell.metadata, MARK: place, ASKED: asked})
    source = f"{checks.rest}\n{probe}".lstrip()
    return NotebookNode({**cell, "source": source, "metadata": metadata})


def _source(place: str, secret: str, request: dict[str, Any]) -> str:
    request = {"token": _token(secret, place), **request}
    source = f"{inspect.getsource(kernel_probe)}\nmain({request!r})"
    name = f"_{_token(secret, 'builtins')}"  # the submission may call something of its own `exec`
    return (
        f"import builtins as {name}\n{name}.exec({source!r}, {{'__name__': 'probe'}})\ndel {name}"
    )


def _token(secret: str, place: str) -> str:
    return hashlib.sha256(f"{secret} {place}".encode()).hexdigest()


def fresh_question(fresh: str, exercise: str) -> Question:
    """Return what asks for a few cases that nobody knows; see `armed`."""
    return exercise, int(_token(fresh, exercise)[:6], 16), True


def _reply(cell: NotebookNode, token: str) -> dict[str, Any] | None:
    try:
        (reply,) = map(json.loads, replies_in(cell.outputs))
        return reply if isinstance(reply, dict) and reply["token"] == token else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def replies_in(outputs: list[NotebookNode]) -> Iterator[str]:
    """Yield what the outputs of a cell hold of the kind in which a probe answers."""
    for output in outputs:
        if kernel_probe.MIME in output.get("data", {}):
            yield output.data[kernel_probe.MIME]
