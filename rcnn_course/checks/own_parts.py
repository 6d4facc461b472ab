"""Find what a student has written in other notebooks, and keep what passes its visible checks.

Of another notebook only imports and definitions run, and the cells of its exercises: no pictures,
no checks, no training.
"""

import ast
import json
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from rcnn_course import threads
from rcnn_course.checks.checking import examine
from rcnn_course.reports import WIDTH

_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class OwnParts:
    """The parts that were found, and what has become of the others.

    Attributes:
        parts: functions and classes that pass their visible checks, by name.
        missing: for each other name, why it is missing.
        notebooks: for each name, the notebook that asks for it.
    """

    parts: Mapping[str, Callable]
    missing: Mapping[str, str]
    notebooks: Mapping[str, str]

    def __str__(self) -> str:
        """Say for each notebook which parts are the student's own and which are torchvision's."""
        lines = []
        for notebook in dict.fromkeys(self.notebooks.values()):
            names = [name for name in self.notebooks if self.notebooks[name] == notebook]
            own = [name for name in names if name in self.parts]
            groups = {"yours": own} if own else {}
            for name in names:
                if name in self.missing:
                    groups.setdefault(f"torchvision's ({self.missing[name]})", []).append(name)
            lines.append(notebook)
            for who, listed in groups.items():
                lines += textwrap.wrap(
                    f"{who}: {', '.join(listed)}",
                    WIDTH,
                    initial_indent="  ",
                    subsequent_indent="      ",
                )
        return "\n".join([*lines, f"{len(self.parts)} of {len(self.notebooks)} parts are yours."])


def find_own_parts(wanted: Mapping[str, Sequence[str]], folder: str | Path = "..") -> OwnParts:
    """Look for a student's parts in the notebooks of a folder.

    Args:
        wanted (dict): for each notebook, such as "05_rpn", the names of the parts to look for.
        folder: has a folder for each notebook, as in `course/`.

    Returns:
        OwnParts: those parts that are there and pass their visible checks. Nothing is raised for
        a notebook that is not there or cannot be read: its parts are missing, with the reason.
    """
    parts: dict[str, Callable] = {}
    missing: dict[str, str] = {}
    for notebook, names in wanted.items():
        file = Path(folder) / notebook / f"{notebook}.ipynb"
        try:
            written = _definitions(file)
        except FileNotFoundError:
            missing |= dict.fromkeys(names, "notebook not found")
            continue
        except (OSError, ValueError, KeyError, TypeError):
            missing |= dict.fromkeys(names, "notebook cannot be read")
            continue
        for name in names:
            reason = _why_missing(name, written)
            if reason:
                missing[name] = reason
            else:
                parts[name] = written[name]
    return OwnParts(parts, missing, {name: n for n, names in wanted.items() for name in names})


def _why_missing(name: str, written: Mapping[str, Any]) -> str:
    """Return '' where a part passes its visible checks."""
    if not callable(written.get(name)):
        return "not written"
    try:
        outcome = examine(written[name], locating=False).outcome
    except (TypeError, ValueError):  # no such exercise, or no function or class
        return "not written"
    return {"correct": "", "not attempted": "not written"}.get(outcome, "fails its check")


def _definitions(file: Path) -> dict[str, Any]:
    """Run the imports, definitions and exercise cells of a notebook; return what they define."""
    names: dict[str, Any] = {"__name__": "__main__"}
    cells = json.loads(file.read_text("utf-8"))["cells"]
    with threads.collected("stdout", "stderr", "warnings"):
        for cell in cells:
            for statement in _statements(cell):
                try:
                    exec(compile(ast.Module([statement], []), str(file), "exec"), names)
                except (Exception, SystemExit):  # what it would define is missing then
                    continue
    return names


def _statements(cell: Mapping[str, Any]) -> Iterator[ast.stmt]:
    """Yield the statements of a cell that are run, one by one."""
    if cell["cell_type"] != "code":
        return
    try:
        source = TransformerManager().transform_cell("".join(cell["source"]))
        statements = ast.parse(source).body
    except (SyntaxError, ValueError, RuntimeError, MemoryError):
        return  # what cannot run defines nothing
    exercise = cell["metadata"].get("nbgrader", {}).get("solution", False)
    yield from (s for s in statements if exercise or isinstance(s, _DEFINITIONS))
