"""Work apart: in a copy of this process, which can change, crash or hold up nothing here.

Changed code of a student may run for ever, use up the memory, write to standard error or end the
process, as some operators of C++ do with an index that is out of range. In a notebook none of this
may happen because the student has asked for a check. Where a system cannot copy a process, such
work is left out.
"""

import faulthandler
import mmap
import multiprocessing
import os
import signal
import struct
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from types import FrameType
from typing import TypeVar

import torch

T = TypeVar("T")
R = TypeVar("R")

MEMORY = 2 << 30
"""Bytes that the copy may take beside what is loaded."""
SILENCE = 15.0
"""Seconds after which a copy that tries nothing new is given up: a lock that another thread held
when the process was copied stays locked. A slow machine loses no more than the result."""

_STATE = struct.Struct("q")  # number of the item that is tried


class OutOfTime(KeyboardInterrupt):
    """Raised where an item has used up its time; no `except Exception` catches this."""


def results_apart(
    items: Callable[[], Iterator[T]],
    test: Callable[[T], R | None],
    *,
    each: float,
    total: float,
) -> list[R]:
    """Return what a test gives for items, as far as time allows.

    Args:
        items: returns the items, the same ones each time.
        test: gives for an item what can be sent between processes, or None. One that raises an
            error, crashes or runs for ever counts as None.
        each: seconds of processor time that a test may take.
        total: seconds of processor time for all.
    """
    found: list[R] = []
    if "fork" not in multiprocessing.get_all_start_methods():
        return found
    first = 0
    while total > 0:
        before = seconds_of_copies()
        number, is_done = _run_copy(items, test, found, first, each, total)
        if is_done:
            break
        first, total = number + 1, total - max(seconds_of_copies() - before, each)
    return found


def seconds_of_copies() -> float:
    """Return the processor time of the copies that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _run_copy(
    items: Callable[[], Iterator[T]],
    test: Callable[[T], R | None],
    found: list[R],
    first: int,
    each: float,
    total: float,
) -> tuple[int, bool]:
    """Add to `found` what a copy of this process finds.

    Returns:
        The number of the item that was tried last, and whether this is all.
    """
    context = multiprocessing.get_context("fork")
    heard, end = context.Pipe(duplex=False)
    with _shared() as state:
        _STATE.pack_into(state, 0, first)

        def work() -> None:
            heard.close()
            _confine(total)
            for number, item in enumerate(items()):
                if time.process_time() > total:
                    break
                if number < first:
                    continue
                _STATE.pack_into(state, 0, number)
                with suppress(OutOfTime, Exception), _at_most(each, total - time.process_time()):
                    result = test(item)
                    if result is not None:
                        end.send(result)
            end.send(None)

        copy = context.Process(target=work)
        copy.start()
        end.close()
        try:
            is_done = _listen(heard, found, state)
        finally:
            copy.kill()
            copy.join()
        (number,) = _STATE.unpack_from(state, 0)
    return number, is_done


@contextmanager
def _shared() -> Iterator[mmap.mmap]:
    """Give memory of a file, which copies share; other shared memory is refused in a sandbox."""
    with tempfile.TemporaryFile() as file:
        file.truncate(_STATE.size)
        with mmap.mmap(file.fileno(), _STATE.size) as state:
            yield state


def _listen(heard: Connection, found: list[R], state: mmap.mmap) -> bool:
    """Add what is heard to `found`; return False where the copy has crashed."""
    before = None
    while heard.poll(SILENCE) or bytes(state) != before:
        before = bytes(state)
        if heard.poll():
            try:
                result = heard.recv()
            except EOFError:
                return False
            if result is None:
                return True
            found.append(result)
    return True


def _confine(total: float) -> None:
    """Take from a copy of a process what it could disturb others with."""
    import resource  # Windows has none, and copies no process

    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    faulthandler.disable()  # it may have kept the old standard error
    warnings.simplefilter("ignore")
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (until the process ends)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    torch.set_num_threads(1)  # threads are not copied
    seconds = int(total) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, ValueError, IndexError):
        with open("/proc/self/statm") as pages:
            most = int(pages.read().split()[0]) * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def prolong(seconds: float) -> None:
    """Give the item that is tried so many seconds from now on, as it is worth them."""
    if signal.getitimer(signal.ITIMER_VIRTUAL)[0]:  # it is tried apart
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds)
        signal.setitimer(signal.ITIMER_PROF, 2 * seconds)


@contextmanager
def _at_most(seconds: float, left: float) -> Iterator[None]:
    """Raise OutOfTime once this process has computed for so long, and again until it is heard.

    A function of C++ hears nothing until it returns: after twice the time, or what is left of the
    time for all, the process ends.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise OutOfTime

    signal.signal(signal.SIGVTALRM, stop)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds)
    signal.setitimer(signal.ITIMER_PROF, max(min(2 * seconds, left), 0.01) + 0.05)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
