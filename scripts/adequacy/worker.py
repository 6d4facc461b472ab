"""Processes that try edits, one for each answer: one that crashes costs an edit, not the run."""

import multiprocessing
import resource
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Connection, wait

import torch

from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.checks.engine.edits import Edit, edits_of
from rcnn_course.checks.engine.exercise import VISIBLE_SEED
from rcnn_course.checks.engine.settings import default_settings
from scripts.adequacy.answers import Right
from scripts.adequacy.trial import Trial, defined

MEMORY = 4 << 30
"""Bytes that an edited answer may take beside what is loaded."""
PATIENCE = 60.0
"""Seconds without a word after which a process is taken to hang."""
OTHER_SEEDS = range(100_000, 100_000 + int(__import__('os').environ.get('N','20')))
"""Seeds of the cases that an edit must equal the reference on to be called equivalent."""


@dataclass(frozen=True)
class Tried:
    """An edit of a right answer, and what became of it.

    Attributes:
        exercise: name of the exercise.
        style: of the answer.
        key: the edit: its kind, its line, and what it changes; see `keys`.
        passed: '' where the check rejects it, with the visible seed and with the hidden one; else
            'always' where it is right with all seeds that were tried, or which seeds differ.
    """

    exercise: str
    style: str
    key: str
    passed: str


def keys(source: str, edits: Iterator[Edit]) -> Iterator[tuple[str, Edit]]:
    """Yield each edit under a key that stays when lines are added elsewhere."""
    lines = source.splitlines()
    seen: Counter[str] = Counter()
    for edit in edits:
        key = f"{edit.kind} | {lines[edit.line - 1].strip()} | {edit.before} -> {edit.after}"
        seen[key] += 1
        yield key + (f" | {seen[key]}" if seen[key] > 1 else ""), edit


@dataclass
class _Work:
    """An answer whose edits are being tried by a process."""

    right: Right
    wanted: list[tuple[str, Edit]]
    done: int = 0
    process: multiprocessing.Process | None = None
    heard: Connection | None = field(default=None, repr=False)


def try_edits(
    rights: Sequence[Right], processes: int, share: tuple[int, int] = (0, 1)
) -> Iterator[Tried]:
    """Try every edit of right answers, in processes of their own.

    Args:
        rights: the answers.
        processes: how many run at a time.
        share: (i, n) tries the edits i, i + n, i + 2n … of each answer alone.
    """
    torch.set_num_threads(1)
    waiting, running = list(rights)[::-1], []
    while waiting or running:
        while waiting and len(running) < processes:
            right = waiting.pop()
            wanted = list(islice(keys(right.source, edits_of(right.source)), share[0], None, share[1]))
            if wanted:
                running.append(_start(_Work(right, wanted)))
        ready = wait([work.heard for work in running], timeout=PATIENCE)
        for work in running if not ready else [w for w in running if w.heard in ready]:
            yield from _read(work)
        running = [work for work in running if work.done < len(work.wanted)]


def _start(work: _Work) -> _Work:
    context = multiprocessing.get_context("fork")
    work.heard, end = context.Pipe(duplex=False)
    rest = work.wanted[work.done :]
    work.process = context.Process(target=_try_all, args=(work.right, rest, end))
    work.process.start()
    end.close()
    return work


def _read(work: _Work) -> Iterator[Tried]:
    """Yield what a process says; of one that ended or hangs, the edit at hand is rejected."""
    key, _ = work.wanted[work.done]
    passed = ""
    try:
        if not work.heard.poll():
            raise EOFError
        passed = work.heard.recv()
    except EOFError:
        work.process.kill()
    yield Tried(work.right.exercise, work.right.style, key, passed)
    work.done += 1
    if work.done == len(work.wanted):
        work.process.join()
    elif not work.process.is_alive() and not work.heard.poll():
        work.process.join()
        _start(work)


def _try_all(right: Right, wanted: Sequence[tuple[str, Edit]], end: Connection) -> None:
    loaded = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (loaded + MEMORY, loaded + MEMORY))
    trial = Trial(EXERCISES[right.exercise])
    with default_settings():
        for _, edit in wanted:
            end.send(_passed(trial, right, edit))


def _passed(trial: Trial, right: Right, edit: Edit) -> str:
    """Try one edit; see `Tried.passed`."""
    subject = defined(edit.tree, right.exercise, right.names)
    if subject is None:
        return ""
    seeds = (VISIBLE_SEED, right.hidden)
    failing = [seed for seed in seeds if trial.failing_case(subject, seed)]
    if len(failing) == len(seeds):
        return ""
    if failing:
        return f"rejected with seed {failing[0]} alone"
    differs = trial.first_failing(subject, OTHER_SEEDS)
    return f"rejected with {differs} alone" if differs else "always"
