"""Work that may never end, in a thread of its own and within a limit of processor time.

A signal would reach the main thread alone, while JupyterLab runs cells in other threads, too; a
tracer would collide with the guard. So `OutOfTime` is raised in the thread that works, at the
request of the one that waits. What is left undone there, such as a guard that still holds, ends
with that thread.
"""

import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

LOOK = 0.02
"""Seconds between two looks at the time that was used; nothing depends on them."""


class OutOfTime(BaseException):
    """Raised in a thread that has used up its time; no `except Exception` catches this."""


def which(items: Iterator[T], test: Callable[[T], bool], *, each: float, total: float) -> list[T]:
    """Return the items that pass a test, as far as time allows.

    Args:
        items: taken one after another.
        test: may run for ever, and then counts as failed.
        each: seconds of processor time that a test may take.
        total: seconds of processor time for all.
    """
    passed: list[T] = []
    end = time.process_time() + total
    worker = None
    while (worker is None or worker.is_stopped) and time.process_time() < end:
        worker = _Worker(items, test, passed)
        worker.start()
        try:
            while worker.is_alive():
                worker.join(LOOK)
                if time.process_time() > min(end, worker.began + each):
                    worker.stop()
        finally:  # the one who waits may be interrupted
            worker.stop()
    return passed


class _Worker(threading.Thread, Generic[T]):
    """Tests items until there are no more, or until it is stopped in the middle of one."""

    def __init__(self, items: Iterator[T], test: Callable[[T], bool], passed: list[T]) -> None:
        super().__init__(daemon=True)
        self._items, self._test, self._passed = items, test, passed
        self.began = time.process_time()
        self.is_stopped = False

    def run(self) -> None:
        try:
            for item in self._items:
                self.began = time.process_time()
                if self._test(item):
                    self._passed.append(item)
        except OutOfTime:
            self.is_stopped = True

    def stop(self) -> None:
        """Raise OutOfTime in this thread; where its code catches that, ask again."""
        if self.is_alive():
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self.ident or 0), ctypes.py_object(OutOfTime)
            )
