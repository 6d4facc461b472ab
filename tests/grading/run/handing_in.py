"""Ways in which a toy notebook is handed in while a class is watched."""

import itertools
import shutil
import zipfile
from pathlib import Path

from tests.grading.classes import hand_in_for

PATTERN = r".*/(?P<student_id>[a-z]+)_(?P<file_id>[a-z]+)\.ipynb"
"""Of the names of files that were downloaded: `ada_toy.ipynb`."""

SECONDS = itertools.count()


def know_downloads(course: Path) -> None:
    """Write the pattern into the course's settings, as the documents say."""
    with (course / "nbgrader_config.py").open("a", encoding="utf-8") as settings:
        settings.write(f"\nc.FileNameCollectorPlugin.named_regexp = {PATTERN!r}\n")


def notebook(course: Path, desk: Path, student: str, answer: str) -> bytes:
    """Return the notebook of a student, made on a desk outside of the course."""
    if not desk.exists():
        for folder in ("solutions", "course"):
            shutil.copytree(course / folder, desk / folder)
    return hand_in_for(desk, student, {"add": answer}).read_bytes()


def inbound(course: Path) -> Path:
    """Return the folder into which the exchange's students hand in."""
    folder = course / "exchange" / "rcnn_course" / "inbound"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def submit(course: Path, student: str, content: bytes, *, secret: str = "s3cret") -> Path:
    """Do what `nbgrader submit` does, in its order; each call is a second later."""
    minutes, seconds = divmod(next(SECONDS), 60)
    time = f"2026-01-01 10:{minutes:02}:{seconds:02}.000000 UTC"
    folder = inbound(course) / f"{student}+toy+{time}+{minutes}{seconds}"
    folder.mkdir()
    (folder / "toy.ipynb").write_bytes(content)
    (folder / "timestamp.txt").write_text(time)
    (folder / "submission_secret.txt").write_text(secret)
    return folder


def download(course: Path, name: str, content: bytes | dict[str, bytes]) -> Path:
    """Put a file, or an archive of some, where downloads belong."""
    folder = course / "downloaded" / "toy" / "archive"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        with zipfile.ZipFile(path, "w") as file:
            for member, data in content.items():
                file.writestr(member, data)
    return path
