"""Folders of a course are put in their place whole, or not at all."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

SCRATCH = ".grading-"
"""How folders begin in which something is put together."""


def put_in_place(place: Path, files: Mapping[str, bytes], root: Path) -> None:
    """Write a folder in the place of an older one, which stays where that fails.

    Args:
        place: the folder.
        files: maps names, with `/` between folders, to contents.
        root: of the course; scratch is made there, on the same disk.
    """
    with scratch_folder(root) as scratch:
        new, old = scratch / "new", scratch / "old"
        new.mkdir()
        for name, content in files.items():
            file = new / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        place.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(place):
            os.rename(place, old)
        try:
            os.rename(new, place)
        except OSError:
            with contextlib.suppress(OSError):
                os.rename(old, place)
            raise


@contextlib.contextmanager
def scratch_folder(root: Path) -> Iterator[Path]:
    """Give a folder that is gone at the end."""
    scratch = Path(tempfile.mkdtemp(prefix=f"{SCRATCH}{os.getpid()}-", dir=root))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def remove_scratch(root: Path) -> None:
    """Remove what runs that were killed have left; what cannot be removed is in nobody's way.

    This process must have none in use. What another one that lives has in use stays.
    """
    for folder in list(root.glob(f"{SCRATCH}*")):
        process = folder.name.removeprefix(SCRATCH).partition("-")[0]
        if not (process.isdecimal() and _is_another(int(process))):
            shutil.rmtree(folder, ignore_errors=True)


def _is_another(process: int) -> bool:
    return process != os.getpid() and psutil.pid_exists(process)
