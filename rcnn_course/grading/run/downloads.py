"""Archives and notebooks that are dropped into `downloaded/<assignment>/archive`.

nbgrader's `zip_collect` reads them; what it makes of them is put in its place here, one student
after another, so that whoever is killed leaves nothing half done. It is asked for one archive at a
time, the oldest first, since of two files of one student the newer one counts.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from nbgrader.apps.zipcollectapp import ZipCollectApp
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from rcnn_course.grading import faults
from rcnn_course.grading.gradebook.folders import put_in_place, scratch_folder
from rcnn_course.grading.intake.submissions import (
    folder_of,
    is_of_a_system,
    shown,
    students_with_submission,
)
from rcnn_course.grading.run.saying import saying
from rcnn_course.grading.run.settling import Settling, files_in, is_whole, state_of

TAKEN = "taken_in.json"
"""Beside the archives: maps each to its students, and those to a hash of what was taken in."""

BEFORE = ""
"""In the place of an archive: maps each student to the time of what was there at first."""

LOOSE = "*"
"""What all files that are no archives are called together."""


class Downloads:
    """What was downloaded for one assignment of a course."""

    def __init__(self, config: Config, assignment: str, say: Callable[[str], None]):
        """Look into the folder of a course.

        Args:
            config: nbgrader's configuration of the course.
            assignment: name of the assignment.
            say: is told, in a sentence, what cannot be taken in.
        """
        self._config = config
        self._assignment = assignment
        self._say = say
        self._coursedir = CourseDirectory(config=config)
        self._root = Path(self._coursedir.root)
        app = self._app(self._coursedir)
        self._folder = Path(app._format_collect_path(app.archive_directory))
        self._archives = tuple(app.extractor_plugin(parent=app).zip_ext)

    def take_in(self, settling: Settling) -> None:
        """Put into `submitted/` what has been downloaded since.

        What was taken in before stays as somebody may have mended it in `submitted/`, and so does
        what `nbgrader zip_collect` has put there before anything was taken in here.

        Args:
            settling: knows what has been taken.
        """
        for source, paths in self._sources():
            name = f"downloads/{source}"
            if not settling.is_ready(name, state_of(*paths), partial(is_whole, paths)):
                continue
            try:
                self._take_in(source, paths)
            except (Exception, SystemExit) as error:  # it can be any file, and nbgrader exits
                if faults.is_of_machine(error):
                    raise
                names = ", ".join(shown(path.name) for path in paths)
                self._say(f"{names}: nbgrader zip_collect cannot read this ({shown(error)})")
            settling.take(name)

    def _sources(self) -> Iterator[tuple[str, list[Path]]]:
        """Yield archives by name, and all other files together, the oldest first."""
        found: dict[str, list[Path]] = {}
        for path in files_in(self._folder):
            if not (is_of_a_system(path.name) or path.name.startswith(".") or _is_partial(path)):
                is_archive = path.suffix in self._archives
                name = path.relative_to(self._folder).as_posix() if is_archive else LOOSE
                found.setdefault(name, []).append(path)
        newest = {name: max(map(_modified, paths)) for name, paths in found.items()}
        yield from sorted(found.items(), key=lambda item: newest[item[0]])

    def _take_in(self, source: str, paths: list[Path]) -> None:
        record = self._record()
        known = record.setdefault(source, {})
        newest = max(map(_modified, paths))
        with scratch_folder(self._root) as scratch:
            for student, files in self._collected(scratch, paths):
                digest = _digest(files)
                if known.get(student) == digest:
                    continue
                if int(record[BEFORE].get(student, 0)) < newest:
                    put_in_place(self._submitted(student), files, self._root)
                known[student] = digest
        self._write(record)

    def _record(self) -> dict[str, dict[str, str]]:
        """Return what was taken in; at first, put down what is there already, before it grows."""
        try:
            return json.loads((self._folder.parent / TAKEN).read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            there = {
                student: str(max(map(_modified, files_in(self._submitted(student))), default=0))
                for student in students_with_submission(self._coursedir, self._assignment)
            }
            self._write({BEFORE: there})
            return {BEFORE: there}

    def _write(self, record: Mapping[str, Mapping[str, str]]) -> None:
        with scratch_folder(self._root) as scratch:
            (scratch / TAKEN).write_text(json.dumps(record, indent=1), "utf-8")
            os.replace(scratch / TAKEN, self._folder.parent / TAKEN)

    def _submitted(self, student: str) -> Path:
        step = self._coursedir.submitted_directory
        return folder_of(self._coursedir, step, student, self._assignment)

    def _collected(
        self, scratch: Path, paths: list[Path]
    ) -> Iterator[tuple[str, dict[str, bytes]]]:
        """Have nbgrader read archives or files in a folder of scratch, and yield who has what."""
        coursedir = CourseDirectory(config=self._config)
        release = coursedir.format_path(coursedir.release_directory, ".", self._assignment)
        coursedir.root = str(scratch)
        app = self._app(coursedir)
        copies = Path(app._format_collect_path(app.archive_directory))
        for path in paths:
            copy = copies / path.relative_to(self._folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        known = coursedir.format_path(coursedir.release_directory, ".", self._assignment)
        if Path(release).is_dir():
            shutil.copytree(release, known)  # nbgrader warns of notebooks with other names
        app.init_plugins()
        app.extract_archive_files()
        app.process_extracted_files()
        for student in students_with_submission(coursedir, self._assignment):
            folder = folder_of(coursedir, coursedir.submitted_directory, student, self._assignment)
            paths = files_in(folder)
            yield (
                student,
                {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths},
            )

    def _app(self, coursedir: CourseDirectory) -> ZipCollectApp:
        scratch = str(coursedir.root)

        def say(text: str) -> None:
            self._say(text.replace(scratch, str(self._root)))  # where the file is, and stays

        app = _ZipCollect(config=self._config, log=saying(say))
        coursedir.assignment_id = self._assignment
        app.coursedir = coursedir
        return app


class _ZipCollect(ZipCollectApp):
    """nbgrader's command, which does not say that folders of scratch are new."""

    def _mkdirs_if_missing(self, path: str) -> None:
        os.makedirs(path, exist_ok=True)


def _is_partial(path: Path) -> bool:
    """Tell whether a browser still writes to a file."""
    return path.suffix in (".part", ".crdownload", ".download")


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # it has just gone
        return 0


def _digest(files: Mapping[str, bytes]) -> str:
    total = hashlib.sha256()
    for name, content in sorted(files.items()):
        for part in (os.fsencode(name), content):
            total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()
