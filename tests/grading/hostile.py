"""Generates a class of honest, broken and running submissions, and what should come of each.

The assignment has two exercises of the course, `box_area` and `bilinear_sample`, of 5 points each.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from tests.grading.made import (
    RIGHT,
    Make,
    answers,
    cell,
    edited,
    runs,
    save,
    within,
    written,
)

WRONG = "def box_area(boxes):\n    return boxes[:, 2] * 0"
C_LOOP = "from collections import deque; from itertools import repeat; deque(repeat(0), 0)"
SWALLOWS = """import time
    while True:
        try: time.sleep(9)
        except KeyboardInterrupt: pass"""


@dataclass(frozen=True)
class Row:
    """A submission and what should come of it.

    Attributes:
        make: writes it into the folder of the student, from the right notebook.
        points: of the two exercises together, or None where it should fail to run.
        says: words of the reason or of what was wrong.
        mended: words of what was put right.
        look: words of a suspicion.
        reach: key of what it reaches for, in `levels.REACHES`, where it says BREACH if it gets it.
    """

    make: Make
    points: int | None = 10
    says: str = ""
    mended: str = ""
    look: str = ""
    reach: str = ""


def _flags(notebook: NotebookNode) -> None:
    cell(notebook, "check_box_area").metadata.nbgrader.update(grade=False, locked=False)


def _points(notebook: NotebookNode) -> None:
    cell(notebook, "check_box_area").metadata.nbgrader["points"] = 1000


def _kernel(notebook: NotebookNode) -> None:
    notebook.metadata.kernelspec = {"name": "julia", "display_name": "Julia", "language": "julia"}


def _without_mark(notebook: NotebookNode) -> None:
    del cell(notebook, "check_box_area").metadata["nbgrader"]


def _link(folder: Path, notebook: NotebookNode) -> None:
    os.symlink(folder.parents[1] / "right" / "class" / "class.ipynb", folder / "class.ipynb")


def _extra(folder: Path, notebook: NotebookNode) -> None:
    save(folder, notebook)
    nbformat.write(new_notebook(cells=[new_code_cell("1 / 0")]), folder / "scratch.ipynb")


def _timestamp(folder: Path, notebook: NotebookNode) -> None:
    save(folder, notebook)
    (folder / "timestamp.txt").write_text("last Tuesday, I think")


HONEST = {
    "right": Row(edited(lambda nb: None)),
    "wrong": Row(answers(box_area=WRONG), 5, "incorrect: "),
    "untouched": Row(
        answers(**{n: f"def {n}(*a):\n    raise NotImplementedError" for n in RIGHT}),
        0,
        "not attempted",
    ),
    "no_python": Row(answers(box_area="def box_area(boxes"), 5, "SyntaxError"),
    "many_warnings": Row(answers(box_area=within("import warnings; warnings.warn('slow')"))),
}

BROKEN = {
    "not_json": Row(written(lambda text: b"Dear teacher,"), None, "not a notebook"),
    "empty": Row(written(lambda text: b""), None, "The file is empty"),
    "cut_off": Row(written(lambda text: text[:900].encode()), None, "breaks off"),
    "web_page": Row(written(lambda text: b"<!DOCTYPE html><html>"), None, "a web page"),
    "bom": Row(written(lambda text: text.encode("utf-8-sig"))),
    "utf16": Row(written(lambda text: text.encode("utf-16")), mended="UTF-16"),
    "latin_1": Row(
        written(lambda text: text.replace("# Further", "# après le café").encode("latin-1")),
        mended="not UTF-8",
    ),
    "merge": Row(
        written(lambda text: b"{\n<<<<<<< HEAD\n" + text.encode()), None, "both sides of a merge"
    ),
    "renamed": Row(written(str.encode, "class (1).ipynb"), mended="The file is called"),
    "format_5": Row(edited(lambda nb: nb.update(nbformat=5)), mended="format is 5"),
    "no_notebook": Row(lambda folder, nb: None, None, "the folder is empty"),
    "other_notebook": Row(
        lambda folder, nb: save(folder, new_notebook(cells=[new_code_cell("1")])),
        None,
        "another notebook",
    ),
    "folder": Row(lambda folder, nb: (folder / "class.ipynb").mkdir(), None, "not a file"),
    "link": Row(_link, None, "a link to another file"),
    "huge_cell": Row(runs("x = '" + "x" * 300_000 + "'"), None, "at most"),
    "copied": Row(
        edited(lambda nb: nb.cells.append(nb.cells[2].copy())), mended="More than one copy"
    ),
    "deleted": Row(edited(lambda nb: nb.cells.pop(2)), mended="Deleted, and put back"),
    "without_mark": Row(edited(_without_mark), mended="Without its mark"),
    "flags": Row(edited(_flags), mended="put back"),
    "points": Row(edited(_points), mended="put back"),
    "edited_test": Row(
        edited(lambda nb: cell(nb, "check_box_area").update(source="2")), mended="Edited"
    ),
    "timestamp": Row(_timestamp, mended="timestamp.txt"),
    "extra": Row(_extra),
    "kernel": Row(edited(_kernel)),
}

RUNNING = {
    "sleeps": Row(answers(box_area=within("import time; time.sleep(10**6)")), 5, "longer"),
    "sys_exit": Row(answers(box_area=within("raise SystemExit")), 5, "SystemExit"),
    "asks": Row(answers(box_area=within("input()")), 5, "StdinNotImplemented"),
    "os_exit": Row(answers(box_area=within("import os; os._exit(3)")), None, "exit code 3"),
    "segfault": Row(
        answers(box_area=within("import ctypes; ctypes.string_at(0)")), None, "crashed"
    ),
    "kills_itself": Row(
        answers(box_area=within("import os; os.kill(os.getpid(), 9)")), None, "Killed"
    ),
    "c_loop": Row(answers(box_area=within(C_LOOP)), None, "could not be interrupted"),
    "swallows": Row(answers(box_area=within(SWALLOWS)), None, "could not be interrupted"),
    "fork_bomb": Row(
        answers(box_area=within("import os\n    while True: os.fork()")), None, "more than"
    ),
    "floods": Row(runs("for _ in range(70): print('x' * 10**6)")),
    "thread": Row(
        runs("import threading, time\n"
             "threading.Thread(target=time.sleep, args=(10**6,), daemon=True).start()"),
        look="Left running: thread",
    ),
}  # fmt: skip
