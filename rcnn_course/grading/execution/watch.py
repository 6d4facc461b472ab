"""How long a submission may run: in processor seconds, so that a busy machine costs nobody a point.

nbclient's own limits go by the clock. Here a limit is reached when the processes of a submission
have *used* so many seconds of a processor. Two more things stop it, and are no fault of its own:
it was *asleep* for as long, that is none of its threads ran, wanted a processor or waited for a
disk; or the *clock* has shown many times as much, since the machine was busy. A submission that
is stopped so is put back and run again after the others; only then is it interrupted, and a
person is asked.
"""

import asyncio
import math
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psutil
from jupyter_client.client import KernelClient
from nbclient import NotebookClient
from nbclient.util import ensure_async, run_sync
from nbformat import NotebookNode
from nbformat.v4 import new_output
from traitlets import Float

LOOK = 1.0
"""Seconds between two looks at what a submission uses."""

STOPPED = "rcnn_course_stopped"
"""Key of a cell's metadata that tells why it was interrupted."""

FOREVER = 10**9
"""Seconds; what nbclient is told instead of its limits by the clock."""

RESTING = frozenset("SIZX")
"""States of Linux's threads that want nothing: asleep of their own accord, or at their end."""

THREADS = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
"""Settings for kernels outside of a sandbox, too: each thread that computes counts."""

Why = Literal["used", "asleep", "clock"]


@dataclass(frozen=True)
class Overrun:
    """A limit that was reached.

    Attributes:
        of: what it is a limit of; "interruption" where a cell went on after it was interrupted.
        why: "used" (processor seconds), "asleep" (did nothing for as long) or "clock" (neither,
            and took many times as long).
    """

    of: Literal["start", "cell", "interruption", "notebook"]
    why: Why

    @property
    def is_own_fault(self) -> bool:
        """Whether the submission has computed for too long; else a person or a second run tells."""
        return self.why == "used"


@dataclass(frozen=True)
class Reading:
    """What the processes of a submission have done so far.

    Attributes:
        seconds: of processors, in user and system mode, those of ended processes too.
        asleep: whether all have been at rest since the last reading.
    """

    seconds: float
    asleep: bool


class Meter:
    """Reads what a kernel uses, with all that it has started."""

    def __init__(self, pid: int, *, itself: bool):
        """Begin to read.

        Args:
            pid: the process at the root.
            itself: whether that process belongs to the submission, too; a supervisor does not.
        """
        self._pid = pid
        self._itself = itself
        self._root: psutil.Process | None = None
        self._seconds = 0.0

    def read(self) -> Reading:
        """Return what was used; of a kernel that has ended, what it had used when last seen."""
        processes: list[psutil.Process] = []
        seconds = 0.0
        with suppress(psutil.Error):
            self._root = self._root or psutil.Process(self._pid)
            times = self._root.cpu_times()
            seconds += times.children_user + times.children_system
            if self._itself:
                seconds += times.user + times.system
                processes.append(self._root)
            children = self._root.children(recursive=True)
            processes += children
            for process in children:  # parents first: who ends meanwhile is not counted twice
                with suppress(psutil.Error):
                    seconds += sum(process.cpu_times()[:4])
        rests = seconds <= self._seconds and all(_rests(process.pid) for process in processes)
        self._seconds = max(self._seconds, seconds)
        return Reading(self._seconds, rests)


def _rests(pid: int) -> bool:
    """Tell whether no thread of a process wants anything; only Linux says so."""
    if sys.platform != "linux":
        return False
    for file in Path(f"/proc/{pid}/task").glob("*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            if file.read_text(errors="replace").rpartition(")")[2].split()[0] not in RESTING:
                return False
    return True


class Limit:
    """A number of processor seconds, and what stands behind it."""

    def __init__(self, seconds: float | None, patience: float, before: float | None = None):
        """Begin to count.

        Args:
            seconds: that may be used; None or less than 0 for no limit, as nbclient has it.
            patience: how many times as many may pass on the clock.
            before: seconds that were used before; by default those of the first reading.
        """
        self._seconds = math.inf if seconds is None or seconds < 0 else seconds
        self._until = time.monotonic() + self._seconds * patience
        self._before = before
        self._asleep = 0.0

    def reached(self, reading: Reading) -> Why | None:
        """Tell whether the limit is reached, and how.

        It counts the readings in which a submission was asleep, not the time between them: that is
        long where whoever grades had to wait for a processor, too.
        """
        if self._before is None:
            self._before = reading.seconds
        self._asleep += LOOK * reading.asleep
        if reading.seconds - self._before > self._seconds:
            return "used"
        if self._asleep > self._seconds:
            return "asleep"
        return "clock" if time.monotonic() > self._until else None


class WatchedClient(NotebookClient):
    """Runs a notebook with `timeout`, `startup_timeout` and `iopub_timeout` in processor seconds.

    A cell that reaches its limit is interrupted and gets an error; one that goes on for
    `iopub_timeout` ends the notebook.

    Attributes:
        last_try: interrupt a cell that only the clock has stopped, instead of ending the notebook.
        overrun: why this has ended the kernel, or None.
    """

    max_seconds = Float(math.inf, help="processor seconds of the whole notebook").tag(config=True)
    patience = Float(
        10, help="how many times a limit may pass on the clock before a submission is put back"
    ).tag(config=True)
    last_try = False
    overrun: Overrun | None = None
    km: Any  # both are there while a notebook runs; to nbclient's types they may be missing
    kc: Any

    async def async_start_new_kernel_client(self) -> KernelClient:
        """Wait until the kernel answers, and put limits in the place of nbclient's."""
        self._seconds = {
            "start": self.startup_timeout,
            "cell": self.timeout,
            "interruption": self.iopub_timeout,
        }
        self.timeout, self.startup_timeout, self.iopub_timeout = None, FOREVER, FOREVER
        self._meter = self.meter()
        self._notebook = Limit(self.max_seconds, self.patience, before=0.0)
        async with _beside(self._watch("start")):
            return await super().async_start_new_kernel_client()

    start_new_kernel_client = run_sync(async_start_new_kernel_client)

    async def async_wait_for_reply(self, *args: Any, **options: Any) -> dict[str, Any] | None:
        """Wait for a reply that is not of a cell."""
        async with _beside(self._watch("start")):
            return await super().async_wait_for_reply(*args, **options)

    wait_for_reply = run_sync(async_wait_for_reply)

    async def async_execute_cell(
        self, cell: NotebookNode, cell_index: int, *args: Any, **options: Any
    ) -> NotebookNode:
        """Run one cell within its limit."""
        stops: list[Why] = []
        async with _beside(self._watch("cell", stops)):
            cell = await super().async_execute_cell(cell, cell_index, *args, **options)
        for why in stops:
            cell.outputs.append(_error(why))
            cell.metadata[STOPPED] = why
        return cell

    execute_cell = run_sync(async_execute_cell)

    def meter(self) -> Meter:
        """Return what reads the usage of the kernel that has started."""
        return Meter(self.km.provisioner.pid, itself=True)

    async def _watch(
        self, of: Literal["start", "cell"], interruptions: list[Why] | None = None
    ) -> None:
        """Interrupt a cell that reaches its limit, and end the kernel where that is of no use."""
        overrun = await self._overrun(of)
        is_stopped = overrun.of == "cell" and (overrun.is_own_fault or self.last_try)
        if is_stopped and interruptions is not None:
            interruptions.append(overrun.why)
            await ensure_async(self.km.interrupt_kernel())
            overrun = await self._overrun("interruption")
        self.overrun = overrun
        await self.km.provisioner.kill()  # nbclient sees it within a second

    async def _overrun(self, of: Literal["start", "cell", "interruption"]) -> Overrun:
        """Wait for the first limit that is reached."""
        limit = Limit(self._seconds[of], self.patience)
        while True:
            await asyncio.sleep(LOOK)
            reading = self._meter.read()
            if why := self._notebook.reached(reading):
                return Overrun("notebook", why)
            if why := limit.reached(reading):
                return Overrun(of, why)


def stop_of(cell: NotebookNode) -> Why | None:
    """Return why a cell was interrupted, or None."""
    return cell.metadata.get(STOPPED)


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do some work beside what is in the block, as long as that lasts."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _error(why: Why) -> NotebookNode:
    name, said = _ERRORS[why]
    return new_output("error", ename=name, evalue=said, traceback=[f"{name}: {said}"])


_ERRORS = {
    "used": ("CellTimeoutError", "it ran longer than a cell may"),
    "asleep": (
        "StoppedByClock",
        "it waited longer than a cell may for something that did not come, in two runs, and "
        "computed nothing meanwhile. Points for it are given by a person.",
    ),
    "clock": (
        "StoppedByClock",
        "it took far longer than a cell may, in two runs, since the machine was busy. "
        "Points for it are given by a person.",
    ),
}
"""Name and text of the error that a cell gets, for each reason to interrupt it."""
