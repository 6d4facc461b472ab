"""Processes that try edits, one for each answer: one that crashes costs an edit, not the run."""

import ast
import multiprocessing
import os
import resource
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess

import psutil
import torch

from rcnn_course.checks.engine.edits import Edit, edits_of
from rcnn_course.checks.engine.exercise import VISIBLE_SEED
from rcnn_course.checks.engine.settings import default_settings
from scripts.adequacy.answers import Right
from scripts.adequacy.trial import Trial, defined

MEMORY = 4 << 30
"""Bytes that an edited answer may take beside what is loaded."""
PATIENCE = 60.0
"""Seconds without a word from any process after which they are taken to hang."""

_Wanted = Sequence[tuple[str, Edit]]


@dataclass(frozen=True)
class Tried:
    """An edit of a right answer, and what became of it.

    Attributes:
        right: the answer.
        key: the edit: its kind, its line, and what it changes; see `keys`.
        passed: '' where the check rejects it, with the visible seed and with the hidden one; else
            `ALWAYS` where no seed that was tried tells it from the reference, or which does.
        seconds: of processor time that it took.
    """

    right: Right
    key: str
    passed: str
    seconds: float


_NOT_RIGHT = 77
"""How a process ends whose answer is not right."""

ALWAYS = "passes with all seeds"


def keys(source: str) -> Iterator[tuple[str, Edit]]:
    """Yield each edit of a source under a key that stays when lines are added elsewhere."""
    lines = source.splitlines()
    seen: Counter[str] = Counter()
    for edit in edits_of(source):
        key = f"{edit.kind} | {lines[edit.line - 1].strip()} | {edit.before} -> {edit.after}"
        seen[key] += 1
        yield f"{key} | {seen[key]}" if seen[key] > 1 else key, edit


def try_edits(
    rights: Iterable[Right], *, processes: int, seeds: int, share: tuple[int, int] = (0, 1)
) -> Iterator[Tried]:
    """Try edits of right answers in processes of their own.

    Args:
        rights: the answers.
        processes: how many run at a time.
        seeds: with how many further seeds an edit is tried that the check does not reject.
        share: (i, n) tries the edits i, i + n, i + 2n … of each answer alone.
    """
    torch.set_num_threads(1)
    jobs = (
        _Job(right, wanted, range(100_000, 100_000 + seeds))
        for right in rights
        if (wanted := list(islice(keys(right.source), share[0], None, share[1])))
    )
    running: list[_Job] = []
    while True:
        running += [job.start() for job in islice(jobs, processes - len(running))]
        if not running:
            return
        ready = wait([job.heard for job in running], timeout=PATIENCE)
        for job in running:
            if job.heard in ready or not ready:
                yield job.read()
        running = [job for job in running if job.wanted]


class _Job:
    """An answer whose edits a process tries, one after the other."""

    heard: Connection

    def __init__(self, right: Right, wanted: _Wanted, seeds: Iterable[int]) -> None:
        self.right, self.wanted, self._seeds = right, wanted, seeds
        self._process: ForkProcess | None = None

    def start(self) -> "_Job":
        """Start a process for the edits that are wanted still."""
        context = multiprocessing.get_context("fork")
        self.heard, end = context.Pipe(duplex=False)
        arguments = (self.right, self.wanted, self._seeds, end)
        self._process = context.Process(target=_try_all, args=arguments)
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            self._process.start()  # Python warns of threads, none of which a process here needs
        end.close()
        return self

    def read(self) -> Tried:
        """Return what came of the next edit; one that crashed or hangs is rejected."""
        (key, _), *self.wanted = self.wanted
        try:
            passed, seconds = self.heard.recv() if self.heard.poll() else self._give_up()
        except EOFError:
            passed, seconds = self._give_up()
        if not self.wanted and self._process:
            self._process.join()
        return Tried(self.right, key, passed, seconds)

    def _give_up(self) -> tuple[str, float]:
        """End the process, and let another one go on behind the edit at hand."""
        assert self._process
        self._process.join(timeout=1)
        if self._process.exitcode == _NOT_RIGHT:
            raise ValueError(
                f"{self.right.exercise.name}, {self.right.style}: the answer itself is rejected. "
                "Run tests/checks/test_answers.py, which says why."
            )
        self._process.kill()
        self._process.join()
        if self.wanted:
            self.start()
        return "", 0.0


def _try_all(right: Right, wanted: _Wanted, seeds: Iterable[int], end: Connection) -> None:
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # pycocotools and torchvision's operators write there
        os.dup2(silence, stream)
    most = psutil.Process().memory_info().vms + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    trial = Trial(right.exercise)
    with default_settings():
        _require_right(trial, right)
        for _, edit in wanted:
            started = psutil.Process().cpu_times()
            try:
                passed = _passed(trial, right, edit, seeds)
            except Exception as error:
                passed = f"crashes the check: {error!r}"
            now = psutil.Process().cpu_times()
            end.send((passed, now.user + now.system - started.user - started.system))


def _require_right(trial: Trial, right: Right) -> None:
    """End this process where the answer itself is not right: all its edits would be rejected."""
    subject = defined(ast.parse(right.source), right.exercise.name, right.names)
    for seed in (VISIBLE_SEED, right.hidden):
        if trial.failing_case(subject, seed):
            os._exit(_NOT_RIGHT)


def _passed(trial: Trial, right: Right, edit: Edit, seeds: Iterable[int]) -> str:
    """Try one edit; see `Tried.passed`."""
    if edit.kind == "gradient" and not trial.asks_for_gradients:
        return ""
    subject = defined(edit.tree, right.exercise.name, right.names)
    checks = (VISIBLE_SEED, right.hidden)
    failing = [seed for seed in checks if subject is None or trial.failing_case(subject, seed)]
    if len(failing) == len(checks):
        return ""
    for seed in (*failing, *seeds):
        case = trial.failing_case(subject, seed)
        if case:
            return f"is told by seed {seed} alone: {case}"
    return ALWAYS
