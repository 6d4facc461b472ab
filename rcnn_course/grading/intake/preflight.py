"""Preflight: read one submission before anything of it runs, mend what is beyond doubt, or refuse.

A submission can be anything: a notebook that an editor saved in another encoding, a web page, a
file that a full disk cut off, a link to somebody else's work. What is read here is turned into a
notebook of fresh cells that nbgrader accepts; the submitted file itself is never changed.
"""

import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Literal

from nbformat import NotebookNode

from rcnn_course.authoring.course import UNSEEN
from rcnn_course.grading.intake.cells import Notes, Unfit, grade_ids
from rcnn_course.grading.intake.document import read_cells
from rcnn_course.grading.intake.misplaced_words import bring_files
from rcnn_course.grading.intake.rebuild import has_work, rebuild
from rcnn_course.grading.intake.submissions import (
    LARGEST_FILE,
    Entry,
    can_be_opened,
    is_of_a_system,
    shown,
    walk,
)
from rcnn_course.grading.intake.timestamps import read_time
from rcnn_course.grading.outcome import Doubt

NOTEBOOK_ENDINGS = (".ipynb", ".ipynb.txt", ".ipynb.json", ".json")
"""What browsers make of a notebook's name when they download it."""

ARCHIVE_ENDINGS = (".zip", ".gz", ".tgz", ".tar")
"""What a notebook may be packed into."""

DOCUMENT_ENDINGS = (
    *(".txt", ".md", ".rtf", ".doc", ".docx", ".odt", ".pdf"),
    *(".png", ".jpg", ".jpeg", ".heic"),
)
"""Files in which an answer in words may stand."""

MOST_NOTEBOOKS = 20
"""Notebooks of one submission that are read; others are not looked at."""

MOST_MODULES = 100
"""Python files beside the notebook that are read for what they define."""

LARGEST_MODULE = 200_000
"""Bytes of a Python file beside the notebook that is read for what it defines."""


@dataclass(frozen=True)
class Fitness:
    """What came of looking at one submission.

    Attributes:
        notebook: what to grade, with every graded cell of the release once, or None where the
            submission cannot be graded.
        mended: a sentence for each thing that was put right.
        refusal: why there is no notebook, in a sentence, or ''.
        submitted_at: when it was handed in (UTC, without a time zone, as nbgrader has it), or
            None where no time is known.
        doubts: what only a person can decide.
        folder: where it lies in the folder that was handed in, with what goes beside it.
    """

    notebook: NotebookNode | None
    mended: tuple[str, ...] = ()
    refusal: str = ""
    submitted_at: datetime | None = None
    doubts: tuple[Doubt, ...] = ()
    folder: str = "."


@dataclass(frozen=True)
class _Reading:
    """What one file of a submission gave: a notebook or a refusal, and what was noted."""

    name: str
    notes: Notes
    notebook: NotebookNode | None = None
    refusal: str = ""
    has_work: bool = False

    @property
    def is_older(self) -> bool:
        """Whether it is what JupyterLab keeps of the last time that a notebook was saved."""
        return bool(UNSEEN.intersection(self.name.split("/")))

    def doubt(self, kind: Literal["file", "beside"], about: str, *others: "_Reading") -> None:
        """Ask a person about other files."""
        names = tuple(shown(other.name) for other in others)
        self.notes.doubts.append(Doubt(kind, about, names))


def inspect(submitted: Path, released: NotebookNode) -> Fitness:
    """Look at one submission; runs nothing of it, and writes nothing.

    Args:
        submitted: where the notebook should be, `submitted/<student>/<name>/<name>.ipynb`. Where
            nothing is there, or nothing that anybody has worked on, a notebook of this assignment
            under another name in this folder is taken if only one has work in it.
        released: the notebook as students get it, without answers and hidden tests.
    """
    notes = Notes()
    submitted_at = _read_timestamp(submitted.parent / "timestamp.txt", notes)
    try:
        folder = _Folder(submitted, released)
        found = _choose(folder)
        if found.notebook is not None:
            bring_files(folder.documents(), found.notebook, released, found.notes)
    except Unfit as unfit:
        found = _Reading(submitted.name, Notes(), refusal=str(unfit))
    return Fitness(
        found.notebook,
        tuple(map(shown, (*notes.sentences(), *found.notes.sentences()))),
        shown(found.refusal),
        submitted_at,
        tuple(found.notes.doubts),
        "." if found.is_older else str(PurePosixPath(found.name).parent),
    )


def _read_timestamp(path: Path, notes: Notes) -> datetime | None:
    """Read when the exchange took the submission in."""
    try:
        path.lstat()
    except OSError:
        return None
    try:
        held = "something else"
        text = _read(path)[:200].decode("utf-8-sig").strip()
        held = repr(text) if text else "nothing"
        time = read_time(text)
    except Exception:  # whatever a library makes of a text that is no time
        time = None
    if time is None or time > datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1):
        notes.say(
            "timestamp.txt should hold a time that has passed, such as 2026-11-01 18:00 UTC, but "
            f"holds {held}; nobody can tell whether this is late, so it counts as "
            "in time."
        )
        return None
    return time


def _choose(folder: "_Folder") -> _Reading:
    """Read the notebook of a submission, which may have another name."""
    if not folder.has_expected:
        return folder.only_one()
    expected = folder.read(folder.expected)
    others = folder.others(with_archives=not expected.has_work)
    others = [r for r in others if r.has_work and r.notebook != expected.notebook]
    kept = [r for r in others if not r.is_older]
    if expected.has_work:
        if kept:
            expected.notes.say(
                f"Beside {folder.expected} lies other work on this assignment, which does not "
                f"count: {_listed(r.name for r in kept)}."
            )
            expected.doubt("beside", folder.expected, *kept)
        return expected
    others = kept or others
    if not others:
        return expected
    state = expected.refusal or f"In {folder.expected} nothing is answered."
    if len(others) > 1:
        raise Unfit(
            f"{state} Several other notebooks have answers in them: "
            f"{_listed(r.name for r in others)}. Give the one that counts the name "
            f"{folder.expected}."
        )
    (other,) = others
    other.notes.say(f"{state} The work in {shown(other.name)} was graded instead.")
    other.doubt("file", folder.expected, other)
    return other


class _Folder:
    """What lies in the folder of one submission."""

    def __init__(self, submitted: Path, released: NotebookNode):
        self.expected = submitted.name
        self.released = released
        if not can_be_opened(submitted.parent):
            raise Unfit("The folder of the submission cannot be opened: see its name and rights.")
        self.entries = {entry.name: entry for entry in walk(submitted.parent)}
        expected = Entry.of(submitted, submitted.name)
        self.has_expected = expected.status is not None
        if self.has_expected:
            self.entries[self.expected] = expected
        self.modules = self._modules()

    def read(self, name: str) -> _Reading:
        """Read one file."""
        notes = Notes()
        try:
            raw = _read(self.entries[name].path)
            cells = read_cells(raw, self.expected, self.modules, notes)
            notebook = rebuild(cells, self.released, notes)
        except Unfit as unfit:
            return _Reading(name, notes, refusal=str(unfit))
        return _Reading(name, notes, notebook, has_work=has_work(notebook, self.released, notes))

    def others(self, *, with_archives: bool) -> list[_Reading]:
        """Read the other notebooks of this assignment."""
        found = [name for name in self._notebooks() if self._names_graded_cells(name)]
        found += self._archives() if with_archives else []
        return [self.read(name) for name in found if name != self.expected]

    def only_one(self) -> _Reading:
        """Read the notebook where none has the right name."""
        files = [e.name for e in self.entries.values() if e.is_file and not _is_hidden(e)]
        found = [name for name in self._notebooks() if not _is_hidden(self.entries[name])]
        found = found or self._archives() or self._notebooks()
        if len(found) > 1:
            found = [name for name in found if self._names_graded_cells(name)] or found
        names = _listed(found or files)
        if not found:
            holds = f"the folder holds {names}" if files else "the folder is empty"
            raise Unfit(f"There is no {self.expected}: {holds}.")
        readings = [self.read(name) for name in found]
        worked_on = [reading for reading in readings if reading.has_work]
        if len(readings) > 1 and len(worked_on) != 1:
            raise Unfit(
                f"There is no {self.expected}, and several notebooks could be meant: {names}."
            )
        reading = (worked_on or readings)[0]
        reading.notes.say(f"The file is called {shown(reading.name)} instead of {self.expected}.")
        if len(readings) > 1 or reading.is_older:
            reading.doubt("file", self.expected, reading)
        return reading

    def _notebooks(self) -> list[str]:
        """Return the names of files that may be notebooks."""
        return [
            entry.name
            for entry in self.entries.values()
            if entry.name.lower().rstrip(" .").endswith(NOTEBOOK_ENDINGS)
            and entry.is_file
            and not any(map(is_of_a_system, entry.name.split("/")))
        ][:MOST_NOTEBOOKS]

    def _archives(self) -> list[str]:
        """Return the names of files into which a notebook may be packed."""
        return [
            entry.name
            for entry in self.entries.values()
            if entry.name.lower().endswith(ARCHIVE_ENDINGS)
            and entry.is_file
            and not _is_hidden(entry)
        ][:MOST_NOTEBOOKS]

    def _names_graded_cells(self, name: str) -> bool:
        try:
            raw = _read(self.entries[name].path)
        except Unfit:
            return False
        return any(f'"{grade_id}"'.encode() in raw for grade_id in grade_ids(self.released))

    def _modules(self) -> Mapping[str, str]:
        """Return the text of the Python modules beside the notebook, by their dotted names."""
        found: dict[str, str] = {}
        for name, entry in self.entries.items():
            is_module = name.endswith(".py") and entry.is_file
            if is_module and entry.size <= LARGEST_MODULE and len(found) < MOST_MODULES:
                module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
                with suppress(Unfit):
                    found[module] = _read(entry.path).decode(errors="replace")
        return found

    def documents(self) -> Sequence[str]:
        """Return the files in which an answer in words may stand."""
        given = {"timestamp.txt", "submission_secret.txt", "requirements.txt", "readme.md"}
        return [
            entry.name
            for entry in self.entries.values()
            if entry.is_file and not _is_hidden(entry)
            if entry.name.lower().endswith(DOCUMENT_ENDINGS) and entry.name.lower() not in given
            if entry.name not in self._notebooks()
        ]


def _is_hidden(entry: Entry) -> bool:
    """Tell whether an editor or a system, and no person, has put a file where it is."""
    parts = entry.name.split("/")
    return any(part in UNSEEN or is_of_a_system(part) for part in parts)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(shown(name) for name in list(names)[:5])


def _read(path: Path) -> bytes:
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            raise Unfit(f"{path.name} is a link to another file, not a file of its own.")
        if not stat.S_ISREG(status.st_mode):
            raise Unfit(f"{path.name} is not a file but a folder, a pipe or a device.")
        if status.st_size > LARGEST_FILE:
            raise Unfit(
                f"{path.name} has {status.st_size / 1e6:.0f} MB; at most "
                f"{LARGEST_FILE / 1e6:.0f} MB are read. Ask for a copy without outputs."
            )
        return path.read_bytes()
    except OSError as error:
        raise Unfit(f"{path.name} cannot be read: {error.strerror}.") from error
