"""Bring up to date what documents say in numbers: `python -m scripts.exercises.numbers`.

The points of an exercise are those of its checks, its minutes stand in its heading, and its
difficulty and importance in the line below that; the order of the cells is that of the exercises.
The minutes of reading follow from the words of the text. Stretch goals have no points, and neither
they nor their text count in the minutes. All that follows from these is written anew: the numbers
of headings, their points and dots, the table at the beginning of each notebook and the one in the
README. The command prints an overview with the seed of each hidden check; a test compares, and
writes nothing.
"""

import re
import sys
from argparse import ArgumentParser, RawTextHelpFormatter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from rcnn_course.authoring.course import assignments
from scripts.exercises.cells import QUESTION, ROOT, notebook_file, points, read, seeds

SECTION = re.compile(r"^## \d+ · (?P<title>.+?)(?P<points> · \d+ points)?$", re.MULTILINE)
RATED = (
    r", about (?P<minutes>\d+) minutes\n\n"
    r"Difficulty (?P<difficulty>[1-5]) of 5 ?[●○]* · "
    r"importance (?P<importance>[1-5]) of 5 ?[●○]*$"
)
EXERCISE = re.compile(rf"^### Exercise \d+: `(?P<name>\w+)` · \d+ points{RATED}", re.MULTILINE)
STRETCH = re.compile(rf"^### Stretch goal: `(?P<name>\w+)` · no points{RATED}", re.MULTILINE)
ROW = re.compile(r"^\| \d+ \| (?P<task>.+) \| \d+ \| (?P<minutes>\d+) \|$", re.MULTILINE)
READING = re.compile(r"^\| \| reading \| \| (?P<minutes>\d+) \|$", re.MULTILINE)
WORD = re.compile(r"\S*\w\S*")
WORDS_A_MINUTE = 200
ALL = slice(None)
TOTAL = re.compile(
    r"^\| \| \*\*total\*\* \| \*\*(?P<points>\d+)\*\* \| \*\*(?P<minutes>\d+)\*\* \|$",
    re.MULTILINE,
)
SITTINGS = re.compile(
    r"^It takes two sittings: \d+ minutes up to `(?P<name>\w+)`, then \d+\.$", re.MULTILINE
)
"""Says of a long notebook where to stop for a while."""
SCHEME = re.compile(r"\(\d+ points:")
"""Begins what a person who grades the question reads."""

README_ROW = re.compile(
    r"^\| `(?P<name>\d\d_\w+)` \| (?P<build>.+) \| \d+ \| \d+ \|$", re.MULTILINE
)


@dataclass(frozen=True)
class Totals:
    """What a notebook is worth, and how long it takes."""

    points: int
    minutes: int


def renumber(notebook: NotebookNode) -> Totals:
    """Write the numbers of a notebook anew, in place.

    Raises:
        ValueError: If a heading or a row of the table is missing, left over or out of order.
    """
    reading = minutes_of_reading(notebook)
    worth = points(notebook)
    texts = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    headings = [match for cell in texts for match in EXERCISE.finditer(cell.source)]
    exercises = [name for name in worth if name != QUESTION]
    _require_same("the headings '### Exercise …'", [h["name"] for h in headings], exercises)
    minutes = {heading["name"]: int(heading["minutes"]) for heading in headings}
    tables = [cell for cell in texts if TOTAL.search(cell.source)]
    if len(tables) != 1:
        raise ValueError(f"{len(tables)} tables end with '**total**', expected one")
    totals = _renumber_table(tables[0], worth, minutes, reading)
    if sittings := SITTINGS.search(tables[0].source):
        line = _sittings(notebook, sittings["name"], minutes, totals)
        tables[0].source = SITTINGS.sub(line, tables[0].source)
    sections = count(1)
    for cell in texts:
        cell.source = SECTION.sub(lambda m: _section(m, next(sections), worth), cell.source)
        cell.source = EXERCISE.sub(lambda m: _heading(m, worth), cell.source)
        cell.source = STRETCH.sub(_stretch_heading, cell.source)
        if cell.metadata.get("nbgrader", {}).get("grade_id") == QUESTION:
            cell.source = SCHEME.sub(f"({worth[QUESTION]} points:", cell.source)
    if next(sections) != len(worth) + 1:
        raise ValueError(
            f"expected {len(worth)} headings '## 1 · …', one for each row of the table"
        )
    return totals


def minutes_of_reading(notebook: NotebookNode, cells: slice = ALL) -> int:
    """Return how long the text for students takes at 200 words a minute, a minute at least."""
    texts = (
        cell.source
        for cell in notebook.cells[cells]
        if cell.cell_type == "markdown"
        and cell.metadata.get("nbgrader", {}).get("grade_id") != QUESTION
        and not STRETCH.search(cell.source)
    )
    words = sum(len(WORD.findall(text)) for text in texts)
    return max(1, round(words / WORDS_A_MINUTE))


def wrong_lines(notebook: NotebookNode) -> list[tuple[str, str]]:
    """Return the lines whose numbers the cells contradict, each with what it should be.

    Raises:
        ValueError: If a heading or a row is missing, as for `renumber`.
    """
    right = nbformat.from_dict(notebook)
    renumber(right)
    return [
        (line, other)
        for cell, mended in zip(notebook.cells, right.cells, strict=True)
        for line, other in zip(cell.source.splitlines(), mended.source.splitlines(), strict=True)
        if line != other
    ]


def renumber_readme(text: str, totals: Mapping[str, Totals]) -> str:
    """Return the README with the points and minutes of each notebook.

    Raises:
        ValueError: If its table names other notebooks.
    """
    _require_same("the README's rows", [row["name"] for row in README_ROW.finditer(text)], totals)

    def row(found: re.Match) -> str:
        total = totals[found["name"]]
        return f"| `{found['name']}` | {found['build']} | {total.points} | {total.minutes} |"

    return README_ROW.sub(row, text)


def _renumber_table(
    cell: NotebookNode, worth: Mapping[str, int], minutes: Mapping[str, int], reading: int
) -> Totals:
    rows = list(ROW.finditer(cell.source))
    _require_same("the table's rows", map(_task_name, rows), worth)

    def row(found: re.Match) -> str:
        name = _task_name(found)
        numbers = f"{worth[name]} | {minutes.get(name, found['minutes'])}"
        return f"| {[*worth].index(name) + 1} | {found['task']} | {numbers} |"

    cell.source, rows_of_reading = READING.subn(f"| | reading | | {reading} |", cell.source)
    if rows_of_reading != 1:
        raise ValueError(f"{rows_of_reading} rows '| | reading | | 10 |', expected one")
    cell.source = ROW.sub(row, cell.source)
    spent = sum(int(row["minutes"]) for row in ROW.finditer(cell.source))
    totals = Totals(sum(worth.values()), spent + reading)
    last = f"| | **total** | **{totals.points}** | **{totals.minutes}** |"
    cell.source = TOTAL.sub(last, cell.source)
    return totals


def _sittings(notebook: NotebookNode, last: str, minutes: Mapping[str, int], totals: Totals) -> str:
    """Return the minutes of both sittings, of which the first ends with the section of `last`."""
    if last not in minutes:
        raise ValueError(f"the first sitting ends with {last!r}, and the cells have {[*minutes]}")
    names = list(minutes)
    until = names.index(last) + 1
    sections = [i for i, cell in enumerate(notebook.cells) if SECTION.search(cell.source)]
    first = minutes_of_reading(notebook, slice(sections[until]))
    first += sum(minutes[name] for name in names[:until])
    rest = totals.minutes - first
    return f"It takes two sittings: {first} minutes up to `{last}`, then {rest}."


def _task_name(row: re.Match) -> str:
    name = re.match(r"`(\w+)`", row["task"])
    return name[1] if name else QUESTION


def _section(found: re.Match, number: int, worth: Mapping[str, int]) -> str:
    suffix = f" · {worth[QUESTION]} points" if found["points"] else ""
    return f"## {number} · {found['title']}{suffix}"


def _heading(found: re.Match, worth: Mapping[str, int]) -> str:
    name = found["name"]
    title = f"Exercise {[*worth].index(name) + 1}: `{name}` · {worth[name]} points"
    return _rated(title, found)


def _stretch_heading(found: re.Match) -> str:
    return _rated(f"Stretch goal: `{found['name']}` · no points", found)


def _rated(title: str, found: re.Match) -> str:
    rated = (f"{what} {_rating(int(found[what]))}" for what in ("difficulty", "importance"))
    return f"### {title}, about {found['minutes']} minutes\n\n{' · '.join(rated).capitalize()}"


def _rating(number: int) -> str:
    """Return a number from 1 to 5 in words, for those who hear it, and in dots."""
    return f"{number} of 5 {'●' * number}{'○' * (5 - number)}"


def _require_same(what: str, found: object, expected: object) -> None:
    if list(found) != list(expected):
        raise ValueError(f"{what} name {list(found)}, and the cells have {list(expected)}")


def bring_up_to_date(root: Path) -> dict[str, Totals]:
    """Write the numbers of all notebooks and of the README anew.

    Raises:
        ValueError: If a notebook or the README lacks a heading or a row.
    """
    totals = {}
    for name in assignments(root):
        notebook = read(root, name)
        try:
            totals[name] = renumber(notebook)
        except ValueError as error:
            raise ValueError(f"{notebook_file(root, name)}: {error}") from error
        nbformat.write(notebook, notebook_file(root, name))
    readme = root / "README.md"
    readme.write_text(renumber_readme(readme.read_text("utf-8"), totals), "utf-8")
    return totals


def main(root: Path = ROOT) -> None:
    """Write the numbers anew, and print what the notebooks have."""
    try:
        totals = bring_up_to_date(root)
    except ValueError as error:
        sys.exit(str(error))
    for name, total in totals.items():
        notebook = read(root, name)
        used = dict(seeds(notebook))
        print(f"{name}: {total.points} points, {total.minutes} minutes")
        for task, worth in points(notebook).items():
            print(f"  {task:28}{worth:3} points   seed {used.get(task, '-')}")


if __name__ == "__main__":
    ArgumentParser(description=__doc__, formatter_class=RawTextHelpFormatter).parse_args()
    main()
