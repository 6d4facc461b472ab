"""Whether processes have ended, on machines where process 1 collects nobody's zombies, too.

There a zombie stays, and so does the first process of a sandbox that waits for one to be collected:
it has given up its memory, with its command line, and runs nothing any more.
"""

import time
from collections.abc import Iterable

import psutil


def lives(process: psutil.Process) -> bool:
    """Tell whether a process runs."""
    try:
        return process.is_running() and process.cmdline() != []
    except psutil.NoSuchProcess:  # or a zombie
        return False


def wait_for_end_of(processes: Iterable[psutil.Process], seconds: float = 60) -> None:
    """Wait until none of the processes lives.

    Raises:
        AssertionError: If one still lives after so many seconds; names it.
    """
    deadline = time.monotonic() + seconds
    while (alive := [one for one in processes if lives(one)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    if alive:
        raise AssertionError(f"still running: {alive}")
