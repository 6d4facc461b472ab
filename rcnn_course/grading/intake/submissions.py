"""The files of a class: who handed in, what lies beside a notebook, and whether it has changed.

A folder that was handed in can hold anything that a file system can: what cannot be read, has no
end, or has a name that no other disk would take. Whatever it is, it costs that folder alone.
"""

import fnmatch
import hashlib
import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Self

from nbgrader.coursedir import CourseDirectory

from rcnn_course.authoring.course import CONFIG_FILE, UNSEEN

LIBRARY = Path(__file__).resolve().parents[2]

LARGEST_FILE = 100_000_000
"""Bytes. A notebook full of pictures has a tenth of it."""

MOST_FILES = 2000
"""Files that go beside a notebook."""

MOST_ENTRIES = 5000
"""Files and folders that are looked at; a submission of the course has a handful."""

LONGEST_NAME = 400
"""Bytes of a file's name with its folders, so that a copy elsewhere can have it too."""

OF_A_SYSTEM = {
    *("__MACOSX", ".DS_Store", ".Spotlight-V100", ".Trashes", ".directory", ".fseventsd", ".git"),
    *("Thumbs.db", "desktop.ini", "__pycache__"),
}
"""What operating systems and programs leave behind."""

SETTINGS = {"matplotlibrc"}
"""Files that a library looks for where a notebook runs, besides hidden ones."""


@dataclass(frozen=True)
class Entry:
    """A file or folder that was handed in.

    Attributes:
        path: where it is.
        name: its path in the folder that was handed in, with `/`.
        status: what the system says of it, or None where it says nothing.
    """

    path: Path
    name: str
    status: os.stat_result | None

    @classmethod
    def of(cls, path: Path, name: str) -> Self:
        """Look at what is at a path."""
        try:
            return cls(path, name, path.lstat())
        except (OSError, ValueError):
            return cls(path, name, None)

    @property
    def is_file(self) -> bool:
        """Whether it is a file of its own: no folder, link, pipe, socket or device."""
        return self.status is not None and stat.S_ISREG(self.status.st_mode)

    @property
    def size(self) -> int:
        """Bytes; 0 where the system says nothing."""
        return self.status.st_size if self.status else 0

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.status is not None and stat.S_ISDIR(self.status.st_mode)


def walk(folder: Path) -> Iterator[Entry]:
    """Yield what is in a folder, upper files first; links are not followed.

    What cannot be looked into, or lies too deep, is yielded and left. There are at most
    `MOST_ENTRIES`.
    """
    waiting = deque([Entry.of(folder, "")])
    left = MOST_ENTRIES
    while waiting:
        above = waiting.popleft()
        prefix = f"{above.name}/" if above.name else ""
        is_near = len(os.fsencode(above.name)) <= LONGEST_NAME
        names = _names_in(above.path) if is_near else None
        if names is None and above.name:
            yield Entry(above.path, above.name, None)
        for name in names or ():
            entry = Entry.of(above.path / name, prefix + name)
            yield entry
            left -= 1
            if left == 0:
                return
            if entry.is_folder:
                waiting.append(entry)


def can_be_opened(folder: Path) -> bool:
    """Tell whether it can be seen what is in a folder."""
    return _names_in(folder) is not None


def shown(text: object) -> str:
    """Return a text on one line, in characters that every file and terminal takes."""
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))
    return text.encode("utf-8", "backslashreplace").decode()


def is_of_a_system(name: str) -> bool:
    """Tell whether a file or folder is nobody's work, but some program's."""
    return name in OF_A_SYSTEM or name.startswith("._")


def folder_of(coursedir: CourseDirectory, step: str, student: str, assignment: str) -> Path:
    """Return a student's folder in one of nbgrader's steps, such as `submitted`."""
    return Path(coursedir.format_path(step, student, assignment))


def students_with_submission(coursedir: CourseDirectory, assignment: str) -> list[str]:
    """Return the students who have a folder for the assignment, sorted."""
    step = coursedir.submitted_directory
    above = Path(coursedir.format_path(step, "", assignment)).parent
    names = (name for name in _names_in(above) or () if name not in UNSEEN)
    return sorted(
        name for name in names if _is_folder(folder_of(coursedir, step, name, assignment))
    )


@dataclass(frozen=True)
class Beside:
    """What lies in the folder of a notebook.

    Attributes:
        files: maps names to contents of what goes beside the notebook.
        left_out: names of what cannot be read or copied, or is too large or too much.
        settings: names of hidden files and folders and of other settings, which stay behind: a
            submission is not to change how Python, Jupyter or a library starts.
    """

    files: dict[str, bytes]
    left_out: list[str]
    settings: list[str]


def files_beside(folder: Path, ignore: Iterable[str], most: int) -> Beside:
    """Return what lies in a folder and goes beside a notebook, and what is left out.

    Notebooks are no such files. Left out are links and devices, what cannot be read or copied, and
    what is more than `most` bytes or `MOST_FILES` files together; upper files go first.

    Args:
        folder: where to look, and in the folders in it.
        ignore: patterns of names to pass over, as nbgrader has them.
        most: bytes that all of them may have together.
    """
    files: dict[str, bytes] = {}
    left_out: list[str] = []
    settings: dict[str, None] = {}
    left = most
    for entry in walk(folder):
        parts = entry.name.split("/")
        if any(is_of_a_system(part) or _matches(part, [*ignore, "*.ipynb"]) for part in parts):
            continue
        if setting := _setting(parts):
            settings[setting] = None
            continue
        if entry.is_folder:
            continue
        is_portable = entry.is_file and _is_portable(entry.name)
        if not is_portable or entry.size > left or len(files) == MOST_FILES:
            left_out.append(entry.name)
            continue
        try:
            files[entry.name] = entry.path.read_bytes()
            left -= len(files[entry.name])
        except OSError:
            left_out.append(entry.name)
    return Beside(files, left_out, list(settings))


def _setting(parts: list[str]) -> str:
    """Return the file or folder of settings in which a path lies, or ''."""
    for number, part in enumerate(parts, start=1):
        if part.startswith(".") or part in SETTINGS:
            return "/".join(parts[:number])
    return ""


def fingerprint_of_course(root: Path, assignment: str) -> str:
    """Return a hash of what grading depends on besides the submission.

    This is the source of the assignment, nbgrader's configuration, the code of the library, and the
    versions of torch, torchvision and nbgrader.
    """
    return _hash(
        _fingerprint_of_code().encode(),
        (root / CONFIG_FILE).read_bytes(),
        *_contents(root / "solutions" / assignment),
    )


@cache
def _fingerprint_of_code() -> str:
    """Return a hash of what grades, as this process has found it when it first asked."""
    versions = [f"{name} {metadata.version(name)}" for name in ("torch", "torchvision", "nbgrader")]
    code = sorted(LIBRARY.rglob("*.py"))
    return _hash("".join(versions).encode(), *(path.read_bytes() for path in code))


def fingerprint(folder: Path, course: str) -> str:
    """Return a hash of everything that a student handed in, and of the course."""
    return _hash(course.encode(), *_contents(folder))


def _contents(folder: Path) -> Iterator[bytes]:
    """Yield the name, kind and hash of every file in a folder; links are not followed.

    Of a file that is too large to be graded, and of one that cannot be read, size and time count.
    """
    for entry in walk(folder):
        yield os.fsencode(entry.name)
        if entry.status is None:
            continue
        yield str(stat.S_IFMT(entry.status.st_mode)).encode()
        try:
            if entry.is_file and entry.size <= LARGEST_FILE:
                with entry.path.open("rb") as file:
                    yield hashlib.file_digest(file, "sha256").digest()
            elif entry.is_file:
                yield f"{entry.status.st_size} {entry.status.st_mtime_ns}".encode()
            elif stat.S_ISLNK(entry.status.st_mode):
                yield os.fsencode(os.readlink(entry.path))
        except OSError:
            yield f"{entry.status.st_size} {entry.status.st_mtime_ns}".encode()


def _names_in(folder: Path) -> list[str] | None:
    """Return the names of what is in a folder, sorted, or None where it cannot be looked into."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries)
    except (OSError, ValueError):
        return None


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return True  # it is there, and only cannot be looked into


def _is_utf8(name: str) -> bool:
    """Tell whether a name is a text, and not bytes that the system could not read as one."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _is_portable(name: str) -> bool:
    """Tell whether a file can have the same name on another disk, in another folder."""
    has_controls = any(character < " " or character == "\x7f" for character in name)
    return _is_utf8(name) and not has_controls and len(name.encode()) <= LONGEST_NAME


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _hash(*parts: bytes) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()
