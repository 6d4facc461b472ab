"""How far a student is: runs the notebooks, and their checks with inputs of its own as well."""

import asyncio
import logging
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import psutil
from nbformat import NotebookNode
from nbgrader.preprocessors import IgnorePattern
from nbgrader.utils import is_grade, is_solution
from tqdm.asyncio import tqdm

from rcnn_course.grading.execution.scores import results_of
from rcnn_course.grading.execution.watch import THREADS, Overrun, WatchedClient
from rcnn_course.grading.intake.preflight import inspect
from rcnn_course.grading.outcome import ExerciseResult
from rcnn_course.reports import reports_in
from rcnn_course.student.handout import handout_folder, handout_names

CELL_SECONDS = 60
"""Seconds of a processor that a cell may use; grading stops it then."""

KERNEL_BYTES = 1 << 30
"""Memory that a kernel with PyTorch may need; no more run at once than there is room for."""

HIDDEN = "_hidden"
"""How the `grade_id` of a hidden check ends."""

LARGEST_SEED = 1_000_000

UNSEEN = {"NBGRADER_EXECUTION": "validate"}
"""Tells a notebook that nobody looks at its outputs, as nbgrader's Validate does."""


_QUIET = logging.getLogger(f"{__name__}.nbclient")
_QUIET.setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Standing:
    """How far one notebook is.

    Attributes:
        notebook: its name, such as '06_roi_align'.
        results: maps each exercise to what its visible checks give.
        further: maps exercises that were run to what checks with another seed give.
        reached: stretch goals whose checks pass; they have no points.
        problem: why it could not be run, in a sentence, or ''.
        mended: what grading would put right before it runs, in sentences.
    """

    notebook: str
    results: Mapping[str, ExerciseResult] = field(default_factory=dict)
    further: Mapping[str, ExerciseResult] = field(default_factory=dict)
    reached: tuple[str, ...] = ()
    problem: str = ""
    mended: tuple[str, ...] = ()

    @property
    def is_correct(self) -> bool:
        """Whether it ran and every exercise is correct, with all inputs."""
        all_of_it = (*self.results.values(), *self.further.values())
        outcomes = {result.outcome for result in all_of_it}
        return not self.problem and outcomes <= {"correct"}


def progress(folder: Path, *, workers: int | None = None) -> list[Standing]:
    """Run the notebooks of a student's folder, several at once, with a progress bar.

    Nothing in the folder is changed. Notebooks in which no exercise was begun are not run.

    Args:
        folder: holds `<name>/<name>.ipynb`, as `rcnn-course start` makes it.
        workers: how many notebooks run at once; by default as many as processors and memory allow.

    Returns:
        The standing of each notebook that is there, in the order of the course.

    Raises:
        FileNotFoundError: If `folder` holds none of the course's notebooks.
    """
    paths = [folder / name / f"{name}.ipynb" for name in handout_names()]
    paths = [path for path in paths if path.parent.is_dir()]
    if not paths:
        raise FileNotFoundError(
            f"{folder.resolve()} holds none of the course's notebooks. Name the folder that you "
            "gave to `rcnn-course start`."
        )
    return asyncio.run(_stand_all(paths, workers or _default_workers()))


async def standing(path: Path, *, last_try: bool = False) -> Standing | None:
    """Run one notebook as grading would, with a seed of its own in the place of the hidden ones.

    Args:
        path: the notebook.
        last_try: interrupt a cell that only the clock stops, and go on.

    Returns:
        How far it is; None where only the clock has stopped it, so that it should be run again.
    """
    name = path.stem
    released = nbformat.read(handout_folder() / name / path.name, as_version=4)
    fitness = inspect(path, released)
    if fitness.notebook is None:
        return Standing(name, problem=fitness.refusal, mended=fitness.mended)
    notebook = fitness.notebook
    if set(_code(notebook)) <= set(_code(released)):
        return Standing(name, _untouched(_checks(notebook, hidden=False)), mended=fitness.mended)
    notebook = _with_own_seed(notebook, 1 + secrets.randbelow(LARGEST_SEED))
    client = _client(notebook, path.parent, last_try)
    try:
        await client.async_execute(env=os.environ | THREADS | UNSEEN)
    except RuntimeError:
        if client.overrun and not client.overrun.is_own_fault and not last_try:
            return None
        problem = _problem(client.overrun)
        return Standing(name, problem=problem, mended=fitness.mended)
    IgnorePattern(enabled=True, pattern=r"\A").preprocess(notebook, {})  # warnings, as in grading
    results, further = (results_of(_checks(notebook, hidden=hidden)) for hidden in (False, True))
    return Standing(name, results, further, _reached(notebook), mended=fitness.mended)


async def _stand_all(paths: list[Path], workers: int) -> list[Standing]:
    places = asyncio.Semaphore(workers)

    async def stand(path: Path, **options: bool) -> Standing | None:
        async with places:
            return await standing(path, **options)

    async def stand_all(paths: list[Path], title: str, **options: bool) -> list[Standing | None]:
        running = (stand(path, **options) for path in paths)
        return await tqdm.gather(*running, desc=title, unit="notebook", leave=False)

    found = dict(zip(paths, await stand_all(paths, "notebooks"), strict=True))
    again = [path for path, one in found.items() if one is None]
    if again:
        second = await stand_all(again, "again (busy machine)", last_try=True)
        found |= zip(again, second, strict=True)
    return [one for one in found.values() if one is not None]  # of a last try, none is None


def _client(notebook: NotebookNode, folder: Path, last_try: bool) -> WatchedClient:
    """Return what runs a notebook to its end, whatever its cells raise."""
    client = WatchedClient(
        notebook,
        allow_errors=True,
        timeout=CELL_SECONDS,
        iopub_timeout=CELL_SECONDS,
        shutdown_kernel="immediate",
        extra_arguments=["--log-level=CRITICAL"],
        log=_QUIET,
        resources={"metadata": {"path": str(folder)}},
    )
    client.last_try = last_try
    return client


def _problem(overrun: Overrun | None) -> str:
    """Say why a kernel has ended."""
    if overrun is None:
        return "Its kernel died while it ran."
    if overrun.is_own_fault:
        return "One of its cells ran too long and could not be interrupted."
    return (
        "It was stopped by the clock, in two runs: the machine is too busy, or a cell waits for "
        "something that does not come."
    )


def _with_own_seed(notebook: NotebookNode, seed: int) -> NotebookNode:
    """Write checks with a seed into the cells of the hidden ones, which are empty at a desk.

    The cell of a check that is not a call of `check` alone is left out.
    """
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in notebook.cells}
    for name, cell in cells.items():
        if _is_hidden(cell):
            visible = cells.get(name.removesuffix(HIDDEN))
            source = visible.source.strip() if visible else ""
            cell.source = re.sub(r"\Acheck\((\w+)\)\Z", rf"check(\1, seed={seed})", source)
    notebook.cells = [
        cell for cell in notebook.cells if not _is_hidden(cell) or f"seed={seed}" in cell.source
    ]
    return notebook


def _is_hidden(cell: NotebookNode) -> bool:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "").endswith(HIDDEN)


def _reached(notebook: NotebookNode) -> tuple[str, ...]:
    """Return what passes a check in a cell without points."""
    cells = (c for c in notebook.cells if c.cell_type == "code" and not is_grade(c))
    reports = (report for cell in cells for report in reports_in(cell.outputs))
    return tuple(dict.fromkeys(r.exercise for r in reports if r.outcome == "correct"))


def _checks(notebook: NotebookNode, *, hidden: bool) -> NotebookNode:
    """Return a notebook with the visible checks alone, or with those of the hidden cells."""
    cells = [
        cell
        for cell in notebook.cells
        if is_solution(cell) or not is_grade(cell) or _is_hidden(cell) == hidden
    ]
    return NotebookNode({**notebook, "cells": cells})


def _code(notebook: NotebookNode) -> list[str]:
    return [cell.source.strip() for cell in notebook.cells if cell.cell_type == "code"]


def _untouched(notebook: NotebookNode) -> dict[str, ExerciseResult]:
    """Return the results of a notebook in which nothing was begun."""
    return {
        exercise: ExerciseResult(
            0, possible.possible, "not attempted", f"{exercise} is not attempted yet."
        )
        for exercise, possible in results_of(notebook).items()
    }


def _default_workers() -> int:
    room = int(psutil.virtual_memory().available // KERNEL_BYTES)
    return max(1, min(os.cpu_count() or 1, room))
