"""How far a student is: runs the notebooks and tells what is correct, and what to do next."""

import asyncio
import json
import logging
import os
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import psutil
from nbformat import NotebookNode
from nbgrader.preprocessors import IgnorePattern
from tqdm.asyncio import tqdm

from rcnn_course.grading.execution.scores import results_of
from rcnn_course.grading.execution.watch import THREADS, Overrun, WatchedClient
from rcnn_course.grading.intake.preflight import inspect
from rcnn_course.grading.outcome import ExerciseResult
from rcnn_course.student.handout import handout_folder, handout_names

CELL_SECONDS = 60
"""Seconds of a processor that a cell may use; grading stops it then."""

KERNEL_BYTES = 1 << 30
"""Memory that a kernel with PyTorch may need; no more run at once than there is room for."""

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
        problem: why it could not be run, in a sentence, or ''.
        mended: what grading would put right before it runs, in sentences.
    """

    notebook: str
    results: Mapping[str, ExerciseResult] = field(default_factory=dict)
    problem: str = ""
    mended: tuple[str, ...] = ()

    @property
    def is_correct(self) -> bool:
        """Whether it ran and every exercise is correct."""
        outcomes = {result.outcome for result in self.results.values()}
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
    """Run one notebook as grading would, without the hidden checks.

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
    notebook = _visible(fitness.notebook)
    if set(_code(notebook)) <= set(_code(released)):
        return Standing(name, _untouched(notebook), mended=fitness.mended)
    client = _client(notebook, path.parent, last_try)
    try:
        await client.async_execute(env=os.environ | THREADS | UNSEEN)
    except RuntimeError:
        if client.overrun and not client.overrun.is_own_fault and not last_try:
            return None
        problem = _problem(client.overrun)
        return Standing(name, problem=problem, mended=fitness.mended)
    IgnorePattern(enabled=True, pattern=r"\A").preprocess(notebook, {})  # warnings, as in grading
    return Standing(name, results_of(notebook), mended=fitness.mended)


def main(folder: Path, *, workers: int | None = None, as_json: bool = False) -> int:
    """Run `progress`, print a table or JSON, and return 0 where everything is correct, else 1."""
    standings = progress(folder, workers=workers)
    print(to_json(standings) if as_json else table(standings))
    return 0 if all(one.is_correct for one in standings) else 1


def table(standings: list[Standing]) -> str:
    """Return a row for each exercise, the sum of points, and what to do next."""
    lines = [f"{'notebook':20}{'exercise':30}{'points':>8}  result"]
    for one in standings:
        if one.problem:
            lines.append(f"{one.notebook:20}{'–':30}{'–':>8}  not run: {one.problem}")
        for exercise, result in one.results.items():
            points = f"{result.points:g}/{result.possible:g}"
            lines.append(f"{one.notebook:20}{exercise:30}{points:>8}  {result.outcome}")
    earned, possible = points_of(standings)
    lines += [
        f"{'all visible checks':50}{f'{earned:g}/{possible:g}':>8}",
        "",
        "Grading runs further checks with other inputs, for further points, and a person reads",
        "your answers to the questions.",
    ]
    for one in standings:
        lines += [f"{one.notebook}, before it ran: {sentence}" for sentence in one.mended]
    return "\n".join([*lines, "", f"Next: {next_step(standings)}"])


def to_json(standings: list[Standing]) -> str:
    """Return the standings for scripts: `notebooks`, `points`, `possible` and `next`."""
    earned, possible = points_of(standings)
    notebooks = [
        {
            "notebook": one.notebook,
            "problem": one.problem,
            "mended": one.mended,
            "exercises": [
                {
                    "exercise": exercise,
                    "points": result.points,
                    "possible": result.possible,
                    "outcome": result.outcome,
                    "said": result.said,
                    "mistake": result.mistake,
                }
                for exercise, result in one.results.items()
            ],
        }
        for one in standings
    ]
    report = {"notebooks": notebooks, "points": earned, "possible": possible}
    return json.dumps(report | {"next": next_step(standings)}, indent=2, ensure_ascii=False)


def points_of(standings: list[Standing]) -> tuple[float, float]:
    """Return the points that the visible checks give, and the most that they can give."""
    results = [result for one in standings for result in one.results.values()]
    return sum(r.points for r in results), sum(r.possible for r in results)


def next_step(standings: list[Standing]) -> str:
    """Return what to do next, in the order of the course: what is wrong before what is new."""
    for one in standings:
        if one.problem:
            return f"look at {one.notebook}, which could not be run. {one.problem}"
    for outcome, advice in (("incorrect", "look again at"), ("not attempted", "write")):
        for notebook, exercise, result in _exercises(standings):
            if result.outcome == outcome:
                text = f"{advice} {exercise} in {notebook}/{notebook}.ipynb."
                said = result.said if outcome == "incorrect" else ""
                return textwrap.shorten(f"{text} {said}", 400, placeholder=" …")
    return "all visible checks pass. Answer the questions, and hand in."


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


def _exercises(standings: list[Standing]) -> Iterator[tuple[str, str, ExerciseResult]]:
    for one in standings:
        for exercise, result in one.results.items():
            yield one.notebook, exercise, result


def _visible(notebook: NotebookNode) -> NotebookNode:
    """Leave out the cells of the hidden checks, which are empty at a student's desk."""
    notebook.cells = [
        cell
        for cell in notebook.cells
        if not cell.metadata.get("nbgrader", {}).get("grade_id", "").endswith("_hidden")
    ]
    return notebook


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
