"""The files of a class: who handed in, what lies beside a notebook, and whether it has changed."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files

from rcnn_course.grading.course import CONFIG_FILE
from rcnn_course.grading.sources import UNSEEN

LIBRARY = Path(__file__).resolve().parents[1]


def folder_of(coursedir: CourseDirectory, step: str, student: str, assignment: str) -> Path:
    """Return a student's folder in one of nbgrader's steps, such as `submitted`."""
    return Path(coursedir.format_path(step, student, assignment))


def students_with_submission(coursedir: CourseDirectory, assignment: str) -> list[str]:
    """Return the students who have a folder for the assignment, sorted."""
    step = coursedir.submitted_directory
    above = Path(coursedir.format_path(step, "", assignment)).parent
    if not above.is_dir():
        return []
    names = (path.name for path in above.iterdir() if path.name not in UNSEEN)
    return sorted(n for n in names if folder_of(coursedir, step, n, assignment).is_dir())


def files_beside(folder: Path, ignore: Iterable[str], most: int) -> dict[str, bytes]:
    """Return the contents of the files in a folder, without notebooks, links and devices.

    Args:
        folder: where to look, and in the folders in it.
        ignore: patterns of names to leave out, as nbgrader has them.
        most: bytes that all of them may have together.

    Raises:
        ValueError: where they have more.
    """
    files: dict[str, bytes] = {}
    left = most
    for name in sorted(find_all_files(str(folder), [*ignore, "*.ipynb"])):
        path = Path(name)
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            continue
        left -= status.st_size
        if left < 0:
            raise ValueError(
                f"The files beside the notebook have more than {most / 1e6:.0f} MB together."
            )
        files[path.relative_to(folder).as_posix()] = path.read_bytes()
    return files


def fingerprint_of_course(root: Path, assignment: str) -> str:
    """Return a hash of what grading depends on besides the submission.

    This is the source of the assignment, nbgrader's configuration, the code of the library, and the
    versions of torch, torchvision and nbgrader.
    """
    versions = [f"{name} {metadata.version(name)}" for name in ("torch", "torchvision", "nbgrader")]
    code = sorted(LIBRARY.rglob("*.py"))
    return _hash(
        "".join(versions).encode(),
        (root / CONFIG_FILE).read_bytes(),
        *(path.read_bytes() for path in code),
        *_contents(root / "solutions" / assignment),
    )


def fingerprint(folder: Path, course: str) -> str:
    """Return a hash of everything that a student handed in, and of the course."""
    return _hash(course.encode(), *_contents(folder))


def _contents(folder: Path) -> Iterator[bytes]:
    """Yield the name, kind and hash of every file in a folder; links are not followed."""
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        yield str(path.relative_to(folder)).encode(errors="surrogateescape")
        yield str(stat.S_IFMT(status.st_mode)).encode()
        if stat.S_ISREG(status.st_mode):
            with path.open("rb") as file:
                yield hashlib.file_digest(file, "sha256").digest()
        elif stat.S_ISLNK(status.st_mode):
            yield os.fsencode(os.readlink(path))


def _hash(*parts: bytes) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()
