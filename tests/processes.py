"""Whether processes have ended, on machines where process 1 collects nobody's zombies, too.

There a zombie stays, and so does the first process of a sandbox that waits for one to be collected.
"""

import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from tests.patience import PATIENCE

EXITING = 0x4
"""Linux's flag PF_EXITING: the process runs nothing any more."""


def lives(process: psutil.Process) -> bool:
    """Tell whether a process runs."""
    try:
        ended = process.status() == psutil.STATUS_ZOMBIE or _is_exiting(process.pid)
        return process.is_running() and not ended
    except psutil.NoSuchProcess:
        return False


def command_of(process: psutil.Process) -> list[str]:
    """Return the words of a process's command; none once it has ended."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def environment_of(process: psutil.Process) -> dict[str, str]:
    """Return the environment of a process that has just been started.

    Linux has none to show between the moment at which `Popen` returns and the program's first.
    """
    deadline = time.monotonic() + PATIENCE
    while not (settings := process.environ()) and time.monotonic() < deadline:
        time.sleep(0.001)
    return settings


def _is_exiting(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:  # gone, or not on Linux
        return False
    return bool(int(stat.rpartition(")")[2].split()[6]) & EXITING)


def wait_for_end_of(processes: Iterable[psutil.Process], seconds: float = PATIENCE) -> None:
    """Wait until none of the processes lives.

    Raises:
        AssertionError: If one still lives after so many seconds; names it.
    """
    deadline = time.monotonic() + seconds
    while (alive := [one for one in processes if lives(one)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    if alive:
        raise AssertionError(f"still running: {alive}")
