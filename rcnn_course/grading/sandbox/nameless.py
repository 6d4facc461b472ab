"""Files that were deleted and are still held, by a descriptor or a mapping, and are in no folder.

Linux shows them to whoever may look into the process: to its own user, unless it is hidden.
"""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from rcnn_course.grading.sandbox.process import looking_as

File = tuple[int, int]
"""The device and the number of a file."""


def size(processes: Iterable[int], folder: str, user: int | None) -> int:
    """Return how many bytes the deleted files of some processes take, each file once.

    Args:
        processes: their ids.
        folder: where mapped files were.
        user: whose processes they are, or None where they are of the calling one's user.

    Raises:
        PermissionError: If a process may not be looked into.
    """
    held: dict[File, int] = {}
    with looking_as(user):
        for pid in processes:
            held |= _of(pid, folder)
    return sum(held.values())


def _of(pid: int, folder: str) -> dict[File, int]:
    """Return the deleted files of a process, and their bytes; all its threads have the same."""
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            mapped = _mapped(thread, folder)
            if mapped is not None:  # else it has ended, and others may go on
                return mapped | _open(thread)
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        pass
    return {}


def _open(thread: Path) -> dict[File, int]:
    found = {}
    for path in (thread / "fd").iterdir():
        try:
            state = path.stat()
        except FileNotFoundError:  # closed meanwhile
            continue
        if stat.S_ISREG(state.st_mode) and state.st_nlink == 0:
            found[state.st_dev, state.st_ino] = 512 * state.st_blocks
    return found


def _mapped(thread: Path, folder: str) -> dict[File, int] | None:
    """Return the mapped ones, with the bytes that the mapping may need, or None without memory."""
    text = (thread / "maps").read_text(errors="replace")
    found: dict[File, int] = {}
    for line in text.splitlines() if " (deleted)" in text else ():
        span, _, offset, device, inode, *path = line.split(maxsplit=5)
        if path and path[0].startswith(folder) and path[0].endswith(" (deleted)"):
            begin, end = (int(number, 16) for number in span.split("-"))
            major, minor = (int(number, 16) for number in device.split(":"))
            file = os.makedev(major, minor), int(inode)
            found[file] = max(found.get(file, 0), int(offset, 16) + end - begin)
    return found if text else None
