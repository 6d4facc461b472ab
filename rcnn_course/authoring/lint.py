"""Checks of a notebook in `solutions/` and of what nbgrader releases from it.

nbgrader hands to students whatever its markers do not enclose, and does so without a word where
a marker is mistyped. So every line that looks like a marker has to be one.
"""

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution, is_task

from rcnn_course.authoring.course import UNSEEN

REGIONS = {"SOLUTION": is_solution, "HIDDEN TESTS": is_grade, "MARK SCHEME": is_task}
"""What markers enclose, and the kind of cell in which nbgrader expects it."""

MARKERS = [f"### {edge} {region}" for region in REGIONS for edge in ("BEGIN", "END")]
PICTURES = {".gif", ".jpeg", ".jpg", ".png", ".svg"}
WHEN_GRADED, NOT_WHEN_GRADED = DECLARATIONS = ("run-when-graded", "not-run-when-graded")
"""Tags by which a given cell says whether points depend on it, where nobody can find that out."""

NO_IDS = "so each release would differ; save it in JupyterLab, or with nbformat 4.5"


def source_problems(folder: Path, *, for_release: bool = True) -> list[str]:
    """Return what must be mended before the assignment in `folder` can be used.

    Args:
        folder: `solutions/<name>`, which holds `<name>.ipynb`.
        for_release: name also what hinders a release alone: what running the notebook has left in
            it, and other files.
    """
    path = folder / f"{folder.name}.ipynb"
    if not path.is_file():
        return [f"{folder}: {path.name} is missing; folder and notebook have the same name"]
    try:
        text = path.read_text(encoding="utf-8")
        if re.search("^<<<<<<< ", text, re.MULTILINE):
            return [f"{path}: holds both sides of a merge that Git could not finish ('<<<<<<<')"]
        if for_release and not all("id" in cell for cell in json.loads(text)["cells"]):
            return [f"{path}: cells without ids, {NO_IDS}"]
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except (ValueError, TypeError, KeyError, AttributeError, nbformat.ValidationError) as error:
        return [f"{path}: not a valid notebook: {type(error).__name__}: {_first_line(error)}"]
    return [
        *(f"{path}{problem}" for problem in _notebook_problems(notebook, for_release)),
        *(_file_problems(folder, notebook) if for_release else ()),
    ]


def leaks(source: NotebookNode, released: NotebookNode) -> list[str]:
    """Return what a released notebook shows that students must not see.

    Args:
        source: the notebook in `solutions/`.
        released: the notebook that nbgrader made of it.
    """
    secrets = list(_secrets(source))
    found = []
    for number, cell in enumerate(released.cells, start=1):
        lines = _bare_lines(cell.source)
        where = _where(number, cell)
        if any(_looks_like_marker(line, cell.cell_type) for line in lines):
            found.append(f"{where}: a marker stands in the release")
        for region, secret in secrets:
            if _contains(lines, secret):
                found.append(f"{where}: shows a part that is marked {region}: {secret[0]!r}")
    return found


def _notebook_problems(notebook: NotebookNode, for_release: bool) -> Iterator[str]:
    uses = Counter(grade_id for cell in notebook.cells if (grade_id := _grade_id(cell)))
    for number, cell in enumerate(notebook.cells, start=1):
        where = _where(number, cell)
        state = _state_problems(cell) if for_release else ()
        problems = (*_marker_problems(cell), *_settings_problems(cell), *_tag_problems(cell))
        for problem in (*problems, *state):
            yield f"{where}{problem}"
        if uses[_grade_id(cell)] > 1:
            yield f"{where}: another cell has the same grade_id; give each cell its own"


def _marker_problems(cell: NotebookNode) -> Iterator[str]:
    """Yield mistyped, unbalanced and misplaced markers of one cell."""
    opened = ""
    regions = set()
    for number, line in enumerate(cell.source.splitlines(), start=1):
        text = line.strip()
        if text not in MARKERS:
            if _looks_like_marker(text, cell.cell_type):
                yield (
                    f", line {number}: {text!r} is not a marker; write it exactly as one of "
                    f"{', '.join(MARKERS)}, alone on its line, and keep ### in code for markers"
                )
            continue
        _, edge, region = text.split(" ", 2)
        if edge == "BEGIN" and opened:
            yield f", line {number}: {text!r} inside {opened}; end that one first"
        if edge == "END" and opened != region:
            yield f", line {number}: {text!r} ends nothing; put '### BEGIN {region}' above it"
        opened = region if edge == "BEGIN" else ""
        regions.add(region)
    if opened:
        yield f": '### BEGIN {opened}' is never ended; add '### END {opened}'"
    for region in sorted(regions):
        if not REGIONS[region](cell):
            yield (
                f": {region} markers in a cell of another kind; set the kind of the cell in "
                "JupyterLab's nbgrader panel (solution, autograder tests or manually graded task)"
            )
    if is_solution(cell) and cell.cell_type == "code" and "SOLUTION" not in regions:
        yield (
            ": a solution cell without markers, so students would get nothing of it; put the "
            "answer between '### BEGIN SOLUTION' and '### END SOLUTION'"
        )


def _state_problems(cell: NotebookNode) -> Iterator[str]:
    """Yield what running or editing the notebook has left in one cell."""
    if cell.get("outputs") or cell.get("execution_count") is not None:
        yield ": has been run; in JupyterLab use Edit > Clear Outputs of All Cells and save"
    if "execution" in cell.metadata:
        yield ": has execution times in its metadata; delete 'execution' there"


def _settings_problems(cell: NotebookNode) -> Iterator[str]:
    """Yield what nbgrader needs to know of one cell, and is not told."""
    if (is_grade(cell) or is_solution(cell) or is_task(cell)) and not _grade_id(cell):
        yield ": has no grade_id; set one in JupyterLab's nbgrader panel"
    if is_grade(cell) and not cell.metadata.nbgrader.get("points"):
        yield ": is graded but has no points; set them in JupyterLab's nbgrader panel"


def _tag_problems(cell: NotebookNode) -> Iterator[str]:
    """Yield what is wrong with the declaration whether points depend on one cell."""
    tags = [tag for tag in cell.metadata.get("tags", ()) if "grad" in tag]
    either = " or ".join(map(repr, DECLARATIONS))
    for tag in tags:
        if tag not in DECLARATIONS:
            yield f": the tag {tag!r} means nothing; write {either}"
    if len(tags) > 1:
        yield f": has the tags {' and '.join(map(repr, tags))}; keep one"
    if tags and (cell.cell_type != "code" or _grade_id(cell)):
        yield f": only a code cell that is given, without a grade_id, can be tagged {either}"


def _file_problems(folder: Path, notebook: NotebookNode) -> Iterator[str]:
    text = "\n".join(cell.source for cell in notebook.cells)
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or UNSEEN.intersection(path.relative_to(folder).parts):
            continue
        if path == folder / f"{folder.name}.ipynb":
            continue
        if path.suffix.lower() not in PICTURES:
            yield f"{path}: would go to students; only the notebook and its pictures belong here"
        elif path.relative_to(folder).as_posix() not in text:
            yield f"{path}: no cell of the notebook shows this picture; show it or remove it"


def _looks_like_marker(line: str, cell_type: str) -> bool:
    """Tell whether nbgrader takes the line for a marker, or a reader would."""
    if cell_type == "code" and "###" in line:
        return True
    phrases = [marker.removeprefix("### ") for marker in MARKERS]
    if any(phrase in line for phrase in phrases):
        return True
    words = " ".join(re.findall("[A-Z]+", line.upper()))
    comment = line.lstrip().startswith("#")
    return comment and bool(difflib.get_close_matches(words, phrases, n=1, cutoff=0.9))


def _secrets(source: NotebookNode) -> Iterator[tuple[str, list[str]]]:
    """Yield the lines that each pair of markers encloses, unless they say too little."""
    for cell in source.cells:
        for region in REGIONS:
            pattern = rf"^\s*### BEGIN {region}\s*$(.*?)^\s*### END {region}\s*$"
            for match in re.finditer(pattern, cell.source, re.MULTILINE | re.DOTALL):
                lines = _bare_lines(match[1])
                telling = len(lines) > 1 or len("".join(lines)) >= 40
                if lines and (telling or region == "HIDDEN TESTS"):
                    yield region, lines


def _contains(lines: list[str], block: list[str]) -> bool:
    size = len(block)
    return any(lines[i : i + size] == block for i in range(len(lines) - size + 1))


def _bare_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _grade_id(cell: NotebookNode) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def _where(number: int, cell: NotebookNode) -> str:
    return f", cell {number} ({_grade_id(cell) or repr(_first_line(cell.source))})"


def _first_line(text: object) -> str:
    return next(iter(str(text).strip().splitlines()), "")[:80]
