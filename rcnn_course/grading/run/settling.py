"""When something that arrives has come to rest, and is there as a whole.

Folders are looked at again and again. Libraries that are told of changes by the system (watchfiles,
watchdog) hear nothing of what another machine writes on a shared disk, which an exchange often is.
"""

import json
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from rcnn_course.grading.intake.submissions import LARGEST_FILE, Entry, walk

QUIET = 0.4
"""Seconds without a change after which a whole thing is taken."""

PATIENCE = 10.0
"""Seconds without a change after which anything is taken: what is wrong with it, grading says."""

State = tuple[tuple[object, ...], ...]
"""Of a file or folder: another one after each change."""


class Settling:
    """Remembers in which state things were seen and taken, by name."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        """Begin with nothing.

        Args:
            clock: tells seconds.
        """
        self._clock = clock
        self._seen: dict[str, tuple[State, float]] = {}
        self._taken: dict[str, State] = {}

    def is_ready(self, name: str, state: State, is_whole: Callable[[], bool]) -> bool:
        """Tell whether something has changed since it was taken, and can be taken again.

        Args:
            name: of the thing.
            state: in which it is now.
            is_whole: tells whether nothing of it seems to be missing; is asked at rest alone.
        """
        if self._taken.get(name) == state:
            return False
        now = self._clock()
        seen, since = self._seen.get(name, (None, now))
        if seen != state:
            self._seen[name] = state, now
            return False
        return now - since >= PATIENCE or (now - since >= QUIET and is_whole())

    def has_taken(self, name: str) -> bool:
        """Tell whether something was taken, in whatever state it is now."""
        return name in self._taken

    def take(self, name: str) -> None:
        """Note that something was taken in the state in which it was last seen."""
        self._taken[name] = self._seen[name][0]

    def give_back(self, name: str) -> None:
        """Note that something has to be taken again."""
        self._taken.pop(name, None)


def state_of(*paths: Path) -> State:
    """Return the state of files, and of all that is in folders."""
    entries = [entry for path in paths for entry in (Entry.of(path, path.name), *walk(path))]
    return tuple(_state(entry) for entry in entries)


def _state(entry: Entry) -> tuple[object, ...]:
    if entry.status is None:
        return (entry.name,)
    status = entry.status
    times = () if entry.is_folder else (status.st_mtime_ns, status.st_ctime_ns)
    return (entry.name, status.st_ino, status.st_size, *times)


def is_whole(paths: Iterable[Path]) -> bool:
    """Tell whether no notebook or archive among some files breaks off."""
    return all(map(_is_whole, paths))


def _is_whole(path: Path) -> bool:
    try:
        if path.stat().st_size > LARGEST_FILE:
            return True
        if path.suffix.lower() == ".zip":
            return zipfile.is_zipfile(path)
        if path.suffix.lower() == ".ipynb":
            json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    except RecursionError:  # it is whole enough to say what is wrong with it
        return True
    return True


def files_in(folder: Path) -> list[Path]:
    """Return the files in a folder, links and other things left out."""
    return [entry.path for entry in walk(folder) if entry.is_file]
