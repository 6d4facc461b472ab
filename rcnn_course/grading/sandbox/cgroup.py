"""A control group for each sandbox, where whoever grades may make some: Linux limits it as a whole.

In a group all memory counts, each page once: files that are held in memory, buffers of sockets and
pipes, and what Linux itself keeps for its processes. Groups can be made below one's own where that
was handed over, as by `systemd-run --user --scope`, and holds nothing but this program. Before any
is made, what runs in it moves to a group of its own: Linux wants processes in leaves alone.

Source: Linux `Documentation/admin-guide/cgroup-v2.rst`.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from rcnn_course.grading.sandbox import Limits

GRADER = "rcnn-course-grader"
"""The group that what has run before moves to."""

WANTED = {"memory", "pids"}
MORE = 64
"""Processes beyond the limit at which Linux refuses more: whoever watches should see it first."""

PATIENCE = 5
"""Seconds to wait until what was ended has left its group."""


class Group:
    """The group of one sandbox."""

    def __init__(self, parent: Path, limits: Limits):
        """Make the group.

        Raises:
            OSError: If that is refused.
        """
        self._path = parent / f"rcnn-course-{os.getpid()}"
        with contextlib.suppress(FileNotFoundError):  # of another process that had this number
            self._path.rmdir()
        self._path.mkdir()
        self._write("memory.max", limits.memory)
        with contextlib.suppress(FileNotFoundError):  # Linux was built without swap
            self._write("memory.swap.max", 0)
        self._write("memory.oom.group", 1)
        self._write("pids.max", limits.processes + MORE)

    def add(self, process: int) -> None:
        """Put a process, and all that it will start, into the group."""
        self._write("cgroup.procs", process)

    def has_used_too_much(self) -> bool:
        """Whether Linux has ended its processes since they had no memory left."""
        lines = (self._path / "memory.events").read_text().splitlines()
        counts = dict(line.split() for line in lines)
        return counts.get("oom_kill", "0") != "0"

    def close(self) -> None:
        """Remove the group, whose processes have ended; a group that stays costs nothing."""
        deadline = time.monotonic() + PATIENCE
        while self._path.exists() and time.monotonic() < deadline:
            try:
                self._path.rmdir()
            except OSError:
                time.sleep(0.01)

    def _write(self, name: str, value: int) -> None:
        (self._path / name).write_text(str(value))


@contextlib.contextmanager
def group(limits: Limits) -> Iterator[Group | None]:
    """Give a new group, or None where none can be made."""
    parent = parent_of_groups()
    made = None
    if parent is not None:
        with contextlib.suppress(OSError):
            _open(parent)
            made = Group(parent, limits)
    try:
        yield made
    finally:
        if made is not None:
            made.close()


def parent_of_groups() -> Path | None:
    """Return the group below which others can be made, or None; changes nothing."""
    own = _own()
    if own is None:
        return None
    parent = own.parent if own.name == GRADER else own
    try:
        is_ours = os.access(parent / "cgroup.subtree_control", os.W_OK) and _is_alone_in(parent)
        return parent if is_ours and _words(parent / "cgroup.controllers") >= WANTED else None
    except OSError:
        return None


def _own() -> Path | None:
    """Return the group that this process is in, or None where there is no such file system."""
    try:
        paths = Path("/proc/self/cgroup").read_text().splitlines()
        mounts = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    except OSError:
        return None
    own = [line.removeprefix("0::/") for line in paths if line.startswith("0::/")]
    roots = [words[4] for words in mounts if words[words.index("-") + 1] == "cgroup2"]
    return Path(roots[0], own[0]) if own and roots else None


def _is_alone_in(parent: Path) -> bool:
    """Whether all processes of a group were started by one of them that has started this one."""
    members = _members(parent)
    above = [process for process in psutil.Process().parents() if process.pid in members]
    if not above:
        return not members - {os.getpid()}
    started = {process.pid for process in above[-1].children(recursive=True)}
    return members <= {above[-1].pid, *started}


def _open(parent: Path) -> None:
    """Let groups below a group have limits, once nothing runs in itself."""
    control = parent / "cgroup.subtree_control"
    if _words(control) >= WANTED:
        return
    (parent / GRADER).mkdir(exist_ok=True)
    while members := _members(parent):
        for process in members:
            with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                (parent / GRADER / "cgroup.procs").write_text(str(process))
    control.write_text(" ".join(f"+{name}" for name in WANTED))


def _members(path: Path) -> set[int]:
    return {int(word) for word in _words(path / "cgroup.procs")}


def _words(path: Path) -> set[str]:
    return set(path.read_text().split())
