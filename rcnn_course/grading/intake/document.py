"""Read the bytes of a handed-in file as the cells of a notebook, whatever has become of the file.

Editors save in other encodings, platforms pack, disks cut off or fill up with zeros. What was meant
is read where that is beyond doubt; anything else is refused in a sentence.
"""

import io
import json
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import IO, Any

from rcnn_course.grading.intake.cells import Cell, Notes, Unfit
from rcnn_course.grading.intake.code import bindings
from rcnn_course.grading.intake.submissions import LARGEST_FILE, is_of_a_system, shown

MOST_BRACKETS = 5_000_000
"""Lists and objects in a notebook; each takes far more memory than its two characters."""

OTHER_FILES = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\xd0\xcf\x11\xe0": "an old Word document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"<": "a web page",
    b"version https://git-lfs": "a Git LFS pointer, not the file that it points to",
    b"import ": "Python source",
    b"from ": "Python source",
    b"#": "Python source or a text",
}
"""How files begin that are handed in instead of a notebook."""


def read_cells(raw: bytes, name: str, modules: Mapping[str, str], notes: Notes) -> list[Cell]:
    """Return the cells of a notebook.

    Args:
        raw: the content of the file.
        name: what the notebook should be called, to find it in an archive.
        modules: maps the names of Python modules beside the notebook to their text.
        notes: takes what was put right.

    Raises:
        Unfit: If it is not a notebook, or it is unclear which.
    """
    document = _parse(_decode(_unpacked(raw, name, notes), notes), notes)
    try:
        return _cells(document, modules, notes)
    except RecursionError:
        raise Unfit("The file is nested so deeply that it cannot be a notebook.") from None


def _unpacked(raw: bytes, name: str, notes: Notes) -> bytes:
    """Return the one notebook in an archive; other files as they are."""
    kind = "a gzip archive" if raw.startswith(b"\x1f\x8b") else "a ZIP archive"
    try:
        if kind == "a gzip archive":
            raw = zlib.decompressobj(31).decompress(raw, LARGEST_FILE + 1)
            notes.say("The file is packed with gzip, and was unpacked.")
        if len(raw) > LARGEST_FILE:
            raise Unfit(f"Unpacked, the file has more than {LARGEST_FILE / 1e6:.0f} MB.")
        if raw.startswith(b"PK\x03\x04") or raw[257:262] == b"ustar":
            return _only_notebook(dict(_members(raw)), name, notes)
    except Unfit:
        raise
    except Exception:  # whatever a damaged, locked or hostile archive makes a library raise
        raise Unfit(f"The file is not a notebook but {kind} that cannot be unpacked.") from None
    return raw


def _members(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents of the notebooks in an archive."""
    left = LARGEST_FILE
    for name, file in _files_in_zip(raw) if raw.startswith(b"PK") else _files_in_tar(raw):
        with file:
            content = file.read(left + 1)
        left -= len(content)
        if left < 0:
            raise Unfit(f"Unpacked, the file has more than {LARGEST_FILE / 1e6:.0f} MB.")
        yield name, content


def _files_in_zip(raw: bytes) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        for member in archive.infolist():
            if _is_notebook(member.filename):
                yield member.filename, archive.open(member)


def _files_in_tar(raw: bytes) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        for member in archive:
            is_wanted = member.isfile() and _is_notebook(member.name)
            if is_wanted and (file := archive.extractfile(member)):
                yield member.name, file


def _is_notebook(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() == ".ipynb" and not any(map(is_of_a_system, path.parts))


def _only_notebook(members: Mapping[str, bytes], name: str, notes: Notes) -> bytes:
    named = [member for member in members if PurePosixPath(member).name == name]
    found = named if len(named) == 1 else list(members)
    if not found:
        raise Unfit(
            "The file is not a notebook but an archive, or a document of an office program, and no "
            "notebook is in it."
        )
    if len(found) > 1:
        names = ", ".join(map(shown, found[:5]))
        raise Unfit(f"The file is an archive with several notebooks: {names}.")
    notes.say(f"The file is an archive; {shown(found[0])} was taken out of it.")
    return members[found[0]]


def _decode(raw: bytes, notes: Notes) -> str:
    """Return the text, whatever encoding an editor has used."""
    if not raw.strip():
        raise Unfit("The file is empty.")
    if not raw.strip(b"\0"):
        raise Unfit("The file holds nothing but zeros, as after a crash or on a full disk.")
    if raw.startswith(bytes(4)):  # no encoding of "{" has as many
        raw = raw.lstrip(b"\0")
        notes.say("Before the notebook stand zeros, which were skipped.")
    encoding: str = json.detect_encoding(raw)
    if encoding == "utf-8-sig":
        notes.say("The file begins with a byte order mark, which was skipped.")
    elif encoding != "utf-8":
        notes.say(f"The file is saved as {encoding.upper()} instead of UTF-8.")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        is_utf8 = encoding.startswith("utf-8")
        if is_utf8 and raw.decode(encoding, "ignore").isascii():
            encoding = "cp1252"
        reason = "is not UTF-8" if is_utf8 else "is damaged"
        notes.say(f"The file {reason}; it was read as {encoding}, so letters may be wrong.")
        return raw.decode(encoding, "replace")


def _parse(text: str, notes: Notes) -> dict[str, Any]:
    if text.endswith("\0"):
        notes.say("Behind the notebook stand zeros, which were skipped.")
    text = text.strip("\0 \t\r\n\ufeff")
    if text.count("[") + text.count("{") > MOST_BRACKETS:
        raise Unfit("The file holds millions of lists, so it cannot be a notebook.")
    try:
        document, end = _DECODER.raw_decode(text)
        if text[end:].strip():
            notes.say("Behind the end of the notebook stands something else, which was skipped.")
    except RecursionError:
        raise Unfit("The file is nested so deeply that it cannot be a notebook.") from None
    except ValueError as error:
        document = _without_trailing_commas(text)
        if document is None:
            raise Unfit(_why_not_json(text, error)) from None
        notes.say("Its JSON has commas too many, which were skipped.")
    if not isinstance(document, dict) or not ("nbformat" in document or document.get("cells")):
        raise Unfit("The file is JSON, but not a notebook.")
    return document


_DECODER = json.JSONDecoder(
    strict=False,
    # Python reads no numbers of thousands of digits, and nothing that counts here is one.
    parse_int=lambda digits: int(digits) if len(digits) < 20 else digits,
)


def _without_trailing_commas(text: str) -> Any:
    """Return what JSON means that has a comma before a closing bracket, or None."""
    tidy = re.sub(r'("(?:[^"\\]|\\.)*+"?)|,(?=\s*[\]}])', lambda m: m[1] or "", text, flags=re.S)
    try:
        return _DECODER.decode(tidy) if tidy != text else None
    except (ValueError, RecursionError):
        return None


def _why_not_json(text: str, error: ValueError) -> str:
    start = text.lstrip().encode("latin-1", "replace")
    for beginning, kind in OTHER_FILES.items():
        if start.startswith(beginning):
            is_export = "In[" in text or "jp-Notebook" in text or "# %%" in text
            hint = " made from it; hand in the notebook itself" if is_export else ""
            return f"The file is not a notebook but {kind}{hint}."
    if re.search("^<<<<<<< ", text, re.MULTILINE):
        return "The file holds both sides of a merge that Git could not finish ('<<<<<<<')."
    if not start.startswith(b"{"):
        return f"The file is not a notebook; it begins with {text.strip()[:40]!r}."
    line = getattr(error, "lineno", "?")
    if not text.rstrip().endswith("}") or getattr(error, "pos", 0) >= len(text.rstrip()):
        return f"The file breaks off in line {line}: the end of the notebook is missing."
    return f"The file is damaged in line {line}, where its JSON cannot be read."


def _cells(document: dict[str, Any], modules: Mapping[str, str], notes: Notes) -> list[Cell]:
    """Return the cells of a notebook of any version."""
    version = document.get("nbformat")
    cells, sheets = document.get("cells"), document.get("worksheets")
    if cells is None and isinstance(sheets, list):
        lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        cells = [cell for some in lists if isinstance(some, list) for cell in some]
    if version in (1, 2, 3):
        if not cells:
            raise Unfit(f"The notebook is in format {version} and cannot be read.")
        notes.say(f"The notebook is in the old format {version} and was converted.")
    elif version != 4:
        format_ = _excerpt(version)
        notes.say(f"The notebook says that its format is {format_}; it was read as format 4.")
    if not isinstance(cells, list):
        raise Unfit("The notebook has no list of cells.")
    return [_cell(number, cell, modules, notes) for number, cell in enumerate(cells, start=1)]


def _cell(number: int, cell: Any, modules: Mapping[str, str], notes: Notes) -> Cell:
    """Take from one cell what counts: its kind, text, pictures, and what nbgrader says of it."""
    if not isinstance(cell, dict):
        raise Unfit(f"Cell {number} is not a cell but {_excerpt(cell)}.")
    metadata = _dict(cell.get("metadata"))
    source = _source(number, cell.get("source", cell.get("input")), notes)
    outputs = cell.get("outputs")
    outputs = map(_dict, outputs if isinstance(outputs, list) else [])
    ran = cell.get("execution_count", cell.get("prompt_number"))
    return Cell(
        number=number,
        kind=_kind(number, cell, notes),
        source=source,
        id=cell.get("id"),
        nbgrader=_dict(metadata.get("nbgrader")),
        tags=metadata.get("tags"),
        attachments=_attachments(cell.get("attachments")),
        bindings=bindings(source, modules),
        ran=ran if isinstance(ran, int) else 0,
        has_failed=any(output.get("output_type") in ("error", "pyerr") for output in outputs),
    )


def _source(number: int, source: Any, notes: Notes) -> str:
    if source is None:
        notes.say(f"Cell {number} has no text and counts as empty.")
        source = ""
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise Unfit(f"The text of cell {number} is not text but {_excerpt(source)}.")
    if re.search("[\ud800-\udfff]", source):
        notes.say(f"Cell {number} holds half a character, which no file can hold; it became '?'.")
    return _clean(source)


def _kind(number: int, cell: dict[str, Any], notes: Notes) -> str:
    kind = cell.get("cell_type")
    if kind is None and ("outputs" in cell or "execution_count" in cell):
        notes.say(f"Cell {number} does not say what it is, but has been run, so it counts as code.")
        return "code"
    if kind not in ("code", "markdown", "raw"):
        notes.say(f"Cell {number} is of the unknown kind {_excerpt(kind)} and does not run.")
        return "raw"
    return kind


def _attachments(value: Any) -> dict[str, dict[str, str]]:
    """Return the pictures of a cell, as far as they are pictures."""
    found: dict[str, dict[str, str]] = {}
    for name, bundle in _dict(value).items():
        for kind, data in _dict(bundle).items():
            if isinstance(data, list) and all(isinstance(line, str) for line in data):
                data = "".join(data)
            if isinstance(data, str):
                found.setdefault(_clean(name), {})[_clean(kind)] = _clean(data)
    return found


def _dict(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def _clean(text: str) -> str:
    """Return a text as Python reads it, without what no file can hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return text.encode("utf-8", "replace").decode()


def _excerpt(value: Any) -> str:
    """Return the beginning of a value, to be shown."""
    return shown(repr(value)[:40] if isinstance(value, str) else json.dumps(value)[:40])
