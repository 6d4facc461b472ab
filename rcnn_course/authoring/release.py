"""Regenerate `course/` and the model answers from `solutions/`, or say where they differ."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbgrader.apps.api import NbGraderAPI
from traitlets import TraitError

from rcnn_course.authoring.answers_shown import ModelAnswers
from rcnn_course.authoring.course import CONFIG_FILE, UNSEEN, assignments, load_config
from rcnn_course.authoring.hint_steps import HintSteps
from rcnn_course.authoring.lint import leaks, source_problems
from rcnn_course.authoring.model_answers import collect
from rcnn_course.authoring.term_seeds import TermSeeds
from rcnn_course.model_answers.book import pack

BOOK = Path("rcnn_course", "model_answers", "answers.bin")
"""The model answers, in a checkout of the library; a course elsewhere has none of its own."""


class ReleaseError(Exception):
    """Nothing was released; the text has a line for each problem."""


def release(root: Path, *, check: bool = False) -> list[str]:
    """Bring `course/` and, in a checkout of the library, its model answers up to date.

    nbgrader generates every assignment in a temporary folder. Only when all of them are right
    are the files that differ put in place, so an error changes nothing. The same sources give
    the same bytes each time.

    Args:
        root: folder of the course.
        check: only compare, and write nothing.

    Returns:
        The files that were written, or that differ where `check` is true.

    Raises:
        ReleaseError: If a source is not fit for release, an answer or a hidden test would
            reach students, or `course/` has a file that no source makes.
    """
    names = assignments(root)
    _raise_if_any(p for name in names for p in source_problems(root / "solutions" / name))
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch, "course")
        _generate(root, names, fresh)
        _raise_if_any(_leaks(root, names, fresh))
        made = {path.relative_to(fresh) for path in _files(fresh)}
        kept = {path.relative_to(root / "course") for path in _files(root / "course")}
        _raise_if_any(
            f"course/{path.as_posix()}: nothing in solutions/ makes it; remove it"
            for path in sorted(kept - made)
        )
        places = {Path("course", path): fresh / path for path in sorted(made)}
        if (root / BOOK).parent.is_dir():
            places[BOOK] = Path(scratch, "answers")
            places[BOOK].write_bytes(_book(root, names))
        changed = {path: new for path, new in places.items() if not _same(new, root / path)}
        if not check:
            for path, new in changed.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(new, root / path)
    return [path.as_posix() for path in changed]


def main(root: Path, *, check: bool = False) -> int:
    """Run `release`, print what was done, and return the exit status."""
    try:
        changed = release(root, check=check)
    except ReleaseError as error:
        print(error)
        print("Nothing was released; course/ is as it was.")
        return 1
    for path in changed:
        print(f"{path}: {'differs from solutions/; run make course' if check else 'written'}")
    if not changed:
        print("course/ is up to date with solutions/.")
    return 1 if check and changed else 0


def _generate(root: Path, names: list[str], fresh: Path) -> None:
    """Have nbgrader release copies: it takes brackets in the path of a course for a pattern."""
    config = load_config(root)
    try:
        for settings in (TermSeeds, HintSteps, ModelAnswers):
            settings(config=config)
    except TraitError as error:
        raise ReleaseError(f"{root / CONFIG_FILE}: {error}") from error
    config.CourseDirectory.root = str(fresh.parent)
    for name in names:
        shutil.copytree(root / "solutions" / name, fresh.parent / "solutions" / name)
    config.CourseDirectory.release_directory = str(fresh)
    config.GenerateAssignment.no_database = True
    config.SaveCells.enabled = False
    api = NbGraderAPI(config=config)
    for name in names:
        result = api.generate_assignment(name)
        if not result["success"]:
            said = result.get("log") or result.get("error")  # no log where a setting is wrong
            raise ReleaseError(f"solutions/{name}: nbgrader could not release it:\n{said}")


def _book(root: Path, names: list[str]) -> bytes:
    try:
        return pack(collect(root, names))
    except (ValueError, SyntaxError) as error:
        raise ReleaseError(str(error)) from error


def _leaks(root: Path, names: list[str], fresh: Path) -> Iterator[str]:
    for name in names:
        file = Path(name, f"{name}.ipynb")
        source = nbformat.read(root / "solutions" / file, as_version=4)
        for leak in leaks(source, nbformat.read(fresh / file, as_version=4)):
            yield f"course/{file.as_posix()}{leak}"


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and not UNSEEN.intersection(path.parts):
            yield path


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()


def _raise_if_any(problems: Iterator[str]) -> None:
    lines = list(problems)
    if lines:
        raise ReleaseError("\n".join(lines))
