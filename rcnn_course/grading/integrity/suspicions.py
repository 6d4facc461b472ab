"""Integrity: see whether a submission has bent the rules inside its own kernel.

A student's code may do anything in the kernel that runs it, so a sandbox does not keep it from
changing what a check says. Three things show it, and none of them takes points away:

- the text of the submission, read by `scan` without running it;
- probes, cells of the course's own between those of the submission: is the kernel still as it was
  before the student's first line?
- answers: a probe has the student's function answer cases that nobody has seen, and they are
  compared here, in a process that the student's code has never been in.

Whoever reads this module can write code that it does not see. It is meant to make an honest
answer less work than a forged one.
"""

import ast
import hashlib
import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.utils import determine_grade, is_grade, is_locked, is_solution

from rcnn_course.grading.intake.code import LONGEST_CODE, mentions, nodes
from rcnn_course.grading.integrity import kernel_probe
from rcnn_course.grading.integrity.code_scan import Cell
from rcnn_course.reports import reports_in

Examine = Callable[[list[Cell], dict[str, dict[str, Any]]], dict[str, list[str]]]

MARK = "rcnn_course_probe"
"""Key of a probe's metadata, which holds the place where it stands."""

LOADS = re.compile(
    r"\b(?:__import__|import_module|run_module|run_path|run_line_magic|SourceFileLoader"
    r"|spec_from_file_location|source_to_code)\b|%(?:run|load)\b"
)
"""What runs a file by a name that may be put together."""

COMPILED = (".so", ".pyd", ".dylib", ".pyc", ".pyo")
"""Endings of modules that are no text."""

PACKED = (".zip", ".egg", ".whl")
"""Endings of archives from which Python imports."""

CHECK = ["rcnn_course", "check", "check"]
"""What a notebook of the course imports to check answers: module, attribute, name."""


def armed(notebook: NotebookNode, secret: str) -> NotebookNode:
    """Return a copy of a notebook with probes between its cells, to be run instead of it.

    Args:
        notebook: what nbgrader is about to run, hidden tests included.
        secret: a random text that the student's code cannot know.
    """
    imports = _imports_for_checks(notebook)
    last_check = {name: cell for cell in notebook.cells for name in _checked(cell)}
    cells = [_state_probe("at the start", secret, imports)]
    for before, cell in zip([None, *notebook.cells], notebook.cells, strict=False):
        if _is_check(cell) and not (before and _is_check(before)):
            cells.append(_state_probe(f"before {_name(cell)}", secret, imports))
        cells.append(cell)
        for name, last in last_check.items():
            if last is cell and CHECK in imports:
                cells.append(_answer_probe(name, secret))
    cells.append(_state_probe("at the end", secret, imports))
    return NotebookNode({**notebook, "cells": cells})


def suspicions(
    executed: NotebookNode,
    secret: str,
    examine: Examine,
    files: Mapping[str, bytes] = MappingProxyType({}),
) -> tuple[str, ...]:
    """Return why somebody should look at a submission that has been run, a sentence for each.

    Takes the probes out of the notebook. Where it cannot be examined, that is a reason.

    Args:
        executed: what came of running an `armed` notebook.
        secret: the text that it was armed with.
        examine: does what `examination.examine` does, where torch is in memory.
        files: what lay beside the notebook: its modules are read too.
    """
    probes = {cell.metadata[MARK]: cell for cell in executed.cells if MARK in cell.metadata}
    executed.cells = [cell for cell in executed.cells if MARK not in cell.metadata]
    replies = {place: _reply(cell, _token(secret, place)) for place, cell in probes.items()}
    code = code_of(executed)
    code += _modules(files, code)
    unread = list(_unread(files, code))
    try:
        examined = examine(code, _claims(executed, replies, secret))
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        examined = {"scanned": [f"It could not be examined ({reason})."], "refuted": []}
    found = [
        *examined["scanned"],
        *unread,
        *_changes(replies),
        *_unreported(executed),
        *(
            f"{name} passed its checks, but does not give the right answers to other cases."
            for name in examined["refuted"]
        ),
    ]
    return tuple(dict.fromkeys(found))


def _state_probe(place: str, secret: str, imports: list[list[str]]) -> NotebookNode:
    return _cell(place, secret, {"imports": imports, "kept": f"_{_token(secret, 'kept')}"})


def _answer_probe(exercise: str, secret: str) -> NotebookNode:
    request = {"exercise": exercise, "seed": _seed(secret, exercise)}
    return _cell(f"after {exercise}", secret, request)


def _cell(place: str, secret: str, request: dict[str, Any]) -> NotebookNode:
    request = {"token": _token(secret, place), **request}
    source = f"{inspect.getsource(kernel_probe)}\nmain({request!r})"
    name = f"_{_token(secret, 'builtins')}"  # the submission may call something of its own `exec`
    return new_code_cell(
        f"import builtins as {name}\n{name}.exec({source!r}, {{'__name__': 'probe'}})\ndel {name}",
        id=f"probe-{_token(secret, place)[:12]}",
        metadata={MARK: place},
    )


def _token(secret: str, place: str) -> str:
    return hashlib.sha256(f"{secret} {place}".encode()).hexdigest()


def _seed(secret: str, exercise: str) -> int:
    return int(_token(secret, exercise)[:6], 16)


def _name(cell: NotebookNode) -> str:
    return cell.metadata.nbgrader.grade_id


def _is_check(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


def _checked(cell: NotebookNode) -> list[str]:
    """Return the names of the exercises that a cell of the course checks."""
    if not _is_check(cell):
        return []
    return [
        node.args[0].id
        for node in nodes(cell.source)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "check"
        and node.args
        and isinstance(node.args[0], ast.Name)
    ]


def _imports_for_checks(notebook: NotebookNode) -> list[list[str]]:
    """Return what the course's own cells import and its checks call: module, attribute, name."""
    used = {name for cell in notebook.cells if _is_check(cell) for name in mentions(cell.source)}
    return [
        [node.module, alias.name, alias.asname or alias.name]
        for cell in notebook.cells
        if cell.cell_type == "code" and is_locked(cell) and not is_grade(cell)
        for node in nodes(cell.source)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
        if (alias.asname or alias.name) in used
    ]


def _reply(cell: NotebookNode, token: str) -> dict[str, Any] | None:
    """Return what a probe answered, if it answered once and with its own token."""
    texts = [
        output.data[kernel_probe.MIME]
        for output in cell.outputs
        if kernel_probe.MIME in output.get("data", {})
    ]
    try:
        (reply,) = (json.loads(text) for text in texts)
        return reply if isinstance(reply, dict) and reply["token"] == token else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _changes(replies: dict[str, dict[str, Any] | None]) -> Iterator[str]:
    """Yield what was not as it was before the student's first line."""
    first = replies.get("at the start")
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


def _unreported(executed: NotebookNode) -> Iterator[str]:
    """Yield checks that earned points without the report that a passed check gives."""
    if CHECK not in _imports_for_checks(executed):
        return
    for cell in executed.cells:
        names = _checked(cell)
        if not names or not _earned(cell):
            continue
        reports = reports_in(cell.outputs)
        if not {(n, "correct") for n in names} <= {(r.exercise, r.outcome) for r in reports}:
            yield f"{_name(cell)} earned points without reporting that it passed."
        if any(output.output_type == "execute_result" for output in cell.outputs):
            yield f"{_name(cell)} gave a value, which a check never does."


def _earned(cell: NotebookNode) -> bool:
    try:
        return bool(determine_grade(cell)[0])
    except (KeyError, ValueError):
        return True


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


def _unread(files: Mapping[str, bytes], code: list[Cell]) -> Iterator[str]:
    """Yield the files beside a notebook that it names as modules and that nobody can read."""
    words = {word for cell in code for word in re.findall(r"\w+", cell.source)}
    for name in files:
        stem, _, ending = name.rpartition("/")[2].partition(".")
        if stem in words and f".{ending}".endswith(COMPILED):
            yield f"{name} is compiled code, which cannot be read."
        elif stem in words and f".{ending}".endswith(PACKED) and b".py" in files[name]:
            yield f"{name} is an archive with Python code, which was not read."


def _claims(
    executed: NotebookNode, replies: dict[str, dict[str, Any] | None], secret: str
) -> dict[str, dict[str, Any]]:
    """Return the exercises that passed their last check, with their answers to fresh cases."""
    last_check = {name: cell for cell in executed.cells for name in _checked(cell)}
    return {
        name: {"seed": _seed(secret, name), "answers": reply.get("answers")}
        for name, cell in last_check.items()
        if (reply := replies.get(f"after {name}")) is not None and _earned(cell)
    }
