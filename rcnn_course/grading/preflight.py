"""Preflight: read one submission before anything of it runs, mend what is beyond doubt, or refuse.

A submission can be anything: a notebook that an editor saved in another encoding, a web page, a
file that a full disk cut off, a link to somebody else's work. What is read here is turned into a
notebook of fresh cells that nbgrader accepts; the submitted file itself is never changed.
"""

import json
import re
import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import parse_utc

from rcnn_course.grading.restore import Cell, Notes, Unfit, grade_ids, restore
from rcnn_course.grading.sources import UNSEEN

LARGEST_FILE = 100_000_000
"""Bytes. A notebook full of pictures has a tenth of it."""

NOTEBOOK_ENDINGS = (".ipynb", ".ipynb.txt", ".ipynb.json", ".json")
"""What browsers make of a notebook's name when they download it."""

OTHER_FILES = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    b"<": "a web page",
    b"version https://git-lfs": "a Git LFS pointer, not the file that it points to",
    b"import ": "Python source",
    b"from ": "Python source",
    b"#": "Python source or a text",
}
"""How files begin that are handed in instead of a notebook."""


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
    """

    notebook: NotebookNode | None
    mended: tuple[str, ...] = ()
    refusal: str = ""
    submitted_at: datetime | None = None


def inspect(submitted: Path, released: NotebookNode) -> Fitness:
    """Look at one submission; runs nothing of it, and writes nothing.

    Args:
        submitted: where the notebook should be, `submitted/<student>/<name>/<name>.ipynb`. Where
            it is not, a notebook under another name in this folder is taken if only one fits.
        released: the notebook as students get it, without answers and hidden tests.
    """
    notes = Notes()
    submitted_at = _read_timestamp(submitted.parent / "timestamp.txt", notes)
    try:
        path = _find(submitted, released, notes)
        document = _parse(_decode(_read(path), notes))
        notebook = restore(_cells(document, notes), released, notes)
    except Unfit as unfit:
        return Fitness(None, notes.sentences(), str(unfit), submitted_at)
    return Fitness(notebook, notes.sentences(), "", submitted_at)


def _read_timestamp(path: Path, notes: Notes) -> datetime | None:
    """Read when the exchange took the submission in."""
    if not path.is_symlink() and not path.exists():
        return None
    try:
        text = _read(path)[:200].decode("utf-8-sig").strip()
        # nbgrader takes a space before +0200 to mean 200 seconds.
        time = parse_utc(re.sub(r" ([+-]\d{4})$", r"\1", text)) if text else None
    except (Unfit, ValueError, OverflowError, TypeError):
        text, time = "something else", None
    if time is None or time > datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1):
        notes.say(
            f"timestamp.txt should hold a time that has passed, but holds {text or 'nothing'!r}; "
            "nobody can tell whether this is late, so it counts as in time."
        )
        return None
    return time


def _find(submitted: Path, released: NotebookNode, notes: Notes) -> Path:
    """Return the file to read, which may lie under another name in the same folder."""
    if submitted.is_symlink() or submitted.exists():
        return submitted
    files = sorted(
        path
        for path in submitted.parent.rglob("*")
        if not UNSEEN.intersection(path.relative_to(submitted.parent).parts) and path.is_file()
    )
    found = [path for path in files if path.name.lower().endswith(NOTEBOOK_ENDINGS)]
    if len(found) > 1:
        found = [path for path in found if _names_graded_cells(path, released)] or found
    names = ", ".join(str(path.relative_to(submitted.parent)) for path in (found or files)[:5])
    if not found:
        holds = f"the folder holds {names}" if files else "the folder is empty"
        raise Unfit(f"There is no {submitted.name}: {holds}.")
    if len(found) > 1:
        raise Unfit(f"There is no {submitted.name}, and several notebooks could be meant: {names}.")
    notes.say(f"The file is called {names} instead of {submitted.name}.")
    return found[0]


def _names_graded_cells(path: Path, released: NotebookNode) -> bool:
    try:
        raw = _read(path)
    except Unfit:
        return False
    return any(f'"{grade_id}"'.encode() in raw for grade_id in grade_ids(released))


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


def _decode(raw: bytes, notes: Notes) -> str:
    """Return the text, whatever encoding an editor has used."""
    if not raw.strip():
        raise Unfit("The file is empty.")
    if not raw.strip(b"\0"):
        raise Unfit("The file holds nothing but zeros, as after a crash or on a full disk.")
    encoding = json.detect_encoding(raw)
    if encoding == "utf-8-sig":
        notes.say("The file begins with a byte order mark, which was skipped.")
    elif encoding != "utf-8":
        notes.say(f"The file is saved as {encoding.upper()} instead of UTF-8.")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        is_damaged = not raw.decode(encoding, "ignore").isascii()
        encoding = encoding if is_damaged else "cp1252"
        notes.say(f"The file is not UTF-8; it was read as {encoding}, so letters may be wrong.")
        return raw.decode(encoding, "replace")


def _parse(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except RecursionError:
        raise Unfit("The file is nested so deeply that it cannot be a notebook.") from None
    except ValueError as error:
        raise Unfit(_why_not_json(text, error)) from None
    if not isinstance(document, dict) or "nbformat" not in document:
        raise Unfit("The file is JSON, but not a notebook.")
    return document


def _why_not_json(text: str, error: ValueError) -> str:
    start = text.lstrip().encode("utf-8", "replace")
    for beginning, kind in OTHER_FILES.items():
        if start.startswith(beginning):
            return f"The file is not a notebook but {kind}."
    if re.search("^<<<<<<< ", text, re.MULTILINE):
        return "The file holds both sides of a merge that Git could not finish ('<<<<<<<')."
    if not start.startswith(b"{"):
        return f"The file is not a notebook; it begins with {text.strip()[:40]!r}."
    line = getattr(error, "lineno", "?")
    if not text.rstrip().endswith("}") or getattr(error, "pos", 0) >= len(text.rstrip()):
        return f"The file breaks off in line {line}: the end of the notebook is missing."
    return f"The file is damaged in line {line}, where its JSON cannot be read."


def _cells(document: dict[str, Any], notes: Notes) -> list[Cell]:
    """Return the cells of a notebook of any version."""
    version = document["nbformat"]
    if version in (1, 2, 3):
        try:
            document = nbformat.convert(nbformat.from_dict(document), 4)
        except (nbformat.ValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise Unfit(f"The notebook is in format {version} and cannot be read.") from error
        notes.say(f"The notebook is in the old format {version} and was converted.")
    elif version != 4:
        notes.say(f"The notebook says that its format is {version!r}; it was read as format 4.")
    cells = document.get("cells")
    if not isinstance(cells, list):
        raise Unfit("The notebook has no list of cells.")
    return [_cell(number, cell, notes) for number, cell in enumerate(cells, start=1)]


def _cell(number: int, cell: Any, notes: Notes) -> Cell:
    """Take from one cell what counts: its kind, text, pictures, and what nbgrader says of it."""
    if not isinstance(cell, dict):
        raise Unfit(f"Cell {number} is not a cell but {json.dumps(cell)[:40]}.")
    kind, source, metadata = (cell.get(key) for key in ("cell_type", "source", "metadata"))
    metadata = metadata if isinstance(metadata, dict) else {}
    if source is None:
        notes.say(f"Cell {number} has no text and counts as empty.")
        source = ""
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise Unfit(f"The text of cell {number} is not text but {json.dumps(source)[:40]}.")
    if kind not in ("code", "markdown", "raw"):
        notes.say(f"Cell {number} is of the unknown kind {kind!r} and does not run.")
        kind = "raw"
    nbgrader = metadata.get("nbgrader")
    return Cell(
        number=number,
        kind=kind,
        source=source.replace("\r\n", "\n").encode("utf-8", "replace").decode(),
        id=cell.get("id"),
        nbgrader=nbgrader if isinstance(nbgrader, dict) else {},
        tags=metadata.get("tags"),
        attachments=cell.get("attachments"),
    )
