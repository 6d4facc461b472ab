"""The cells of a submission, as they were handed in, and what is noted about them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from nbformat import NotebookNode

from rcnn_course.grading.intake.code import bindings
from rcnn_course.grading.outcome import Doubt


class Unfit(Exception):
    """The submission cannot be graded; the text says why."""


class Notes:
    """What was put right, as sentences and as cells to which it was done, and what is in doubt."""

    def __init__(self) -> None:
        self.doubts: list[Doubt] = []
        self._sentences: list[str] = []
        self._cells: defaultdict[str, list[str]] = defaultdict(list)

    def say(self, sentence: str) -> None:
        """Add a sentence."""
        self._sentences.append(sentence)

    def add(self, what: str, cell: str) -> None:
        """Add a cell to those to which this was done."""
        if cell not in self._cells[what]:
            self._cells[what].append(cell)

    def sentences(self) -> tuple[str, ...]:
        """Return all sentences; one for all cells to which the same was done."""
        return (
            *self._sentences,
            *(f"{what}: {', '.join(cells)}." for what, cells in self._cells.items()),
        )


@dataclass(eq=False)
class Cell:
    """What is taken from a cell of a submission.

    Attributes:
        number: its place, counted from 1.
        kind: 'code', 'markdown' or 'raw'.
        source: its text.
        id: what the file gives as its id.
        nbgrader: nbgrader's metadata, as far as it is a dictionary.
        tags: what the file gives as its tags.
        attachments: its pictures, by name and by kind.
        bindings: what `code.bindings` says of its text.
        ran: its place in the order in which the cells were run last, or 0 where it was not run.
        has_failed: whether it shows an error.
        released: the cell of the release that it stands for, or None.
    """

    number: int
    kind: str
    source: str
    id: Any = None
    nbgrader: dict = field(default_factory=dict)
    tags: Any = None
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    bindings: Mapping[str, bool] = field(default_factory=dict)
    ran: int = 0
    has_failed: bool = False
    released: NotebookNode | None = None

    @property
    def claim(self) -> str | None:
        """The graded cell that it says it is."""
        claim = self.nbgrader.get("grade_id")
        return claim if isinstance(claim, str) else None

    @classmethod
    def like(cls, released: NotebookNode) -> Self:
        """Return a cell of the release as if it had been handed in."""
        source = released.source
        return cls(0, released.cell_type, source, bindings=bindings(source))

    def plain(self) -> Self:
        """Return a copy that does not say that it is a graded cell."""
        return replace(self, nbgrader={}, id=None)

    def is_untouched(self, released: NotebookNode) -> bool:
        """Tell whether its text is that of a cell of the release."""
        return self.source.strip() == released.source.strip()


def marked(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """Yield the cells that nbgrader knows, in notebook order."""
    return (cell for cell in notebook.cells if name_of(cell))


def name_of(cell: NotebookNode) -> str:
    """Return the name under which nbgrader knows a cell, or ''."""
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def grade_ids(notebook: NotebookNode) -> list[str]:
    """Return the names of the cells that nbgrader knows, in notebook order."""
    return [name_of(cell) for cell in marked(notebook)]
