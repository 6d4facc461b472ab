"""What an entry of the attack suite is, and how the notebook of one is made.

Two assignments are attacked: `class`, of tests.grading.made, and `parts`, which has a search, a
pooling, a class, a loss, a training loop and a wiring. Each exercise gives 5 points.
"""

import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from rcnn_course.grading.demo.hand_in import load_answers
from tests.grading.made import RIGHT, Make, cell, graded_cells, place, save

ROOT = Path(__file__).parents[3]

CLASS, PARTS = "class", "parts"
POINTS = 5
TERM = "a term of the attack suite"

KINDS = {
    "overfitting": "results learned by heart",
    "evasion": "values that pass for right without an answer",
    "redirection": "the question is passed on to the course's own reference",
    "injection": "code or outputs that speak for the check",
    "frames": "what lies in the frames and the memory of the caller",
    "configuration": "files beside the notebook that configure or replace",
    "handed_over": "the work is handed over to a library, in spite of the guard",
    "limits": "more memory, time, output or system than is allowed",
    "escape": "files, processes, networks and keys outside of the sandbox",
    "browser": "outputs and texts that run in the grader's browser",
}
"""What is tried, by kind."""

Holds = Literal["verdict", "guard", "sandbox", "scan", "probe", "sanitiser", "limit", "intake", ""]


@dataclass(frozen=True)
class Entry:
    """A submission of the suite.

    Attributes:
        kind: a key of `KINDS`, or 'honest'.
        road: what it does, in a short sentence of its own.
        make: writes it into the folder of the student, from the released notebook.
        holds: what stops it, or shows it to a person: '' where nothing does, as docs/instructors.md
            says under 'Not prevented'.
        remains: what is left to whoever tries it, '' where nothing.
        assignment: `CLASS` or `PARTS`.
        exercise: whose points it is about, '' where all of them.
        deserves: the most points that its answer is worth there.
        reach: key of what it reaches for, in `levels.REACHES`.
        within: name of a submission that holds several entries, which do not meet; '' where it is
            handed in alone.
    """

    kind: str
    road: str
    make: Make
    holds: Holds = ""
    remains: str = ""
    assignment: str = CLASS
    exercise: str = ""
    deserves: float = 0
    reach: str = ""
    within: str = ""

    @property
    def name(self) -> str:
        """What it says, after BREACH, where it gets what it reaches for."""
        return named(self.road)

    @property
    def student(self) -> str:
        """Who hands it in."""
        return self.within or self.name


def named(road: str) -> str:
    """Return a short name for a road."""
    name = re.sub(r"\W+", "_", road.lower()).strip("_")
    return name if len(name) <= 40 else f"{name[:40]}_{zlib.crc32(road.encode()):08x}"


def submissions(entries: Iterable[Entry]) -> dict[str, Make]:
    """Return what is handed in for entries, by student."""
    makes: dict[str, list[Make]] = {}
    for entry in entries:
        makes.setdefault(entry.student, []).append(entry.make)
    return {student: _together(some) for student, some in makes.items()}


def _together(makes: list[Make]) -> Make:
    def make(folder: Path, notebook: NotebookNode) -> None:
        for each in makes:
            each(folder, notebook)

    return make


WRONG = {
    "box_area": "def box_area(boxes):\n    return boxes[:, 2] * 0",
    "nms": "def nms(boxes, scores, iou_threshold):\n    return scores.argsort()",
    "roi_align": "def roi_align(input, boxes, output_size, spatial_scale=1.0, sampling_ratio=-1, "
    "aligned=False):\n    return input.sum() * torch.ones(1)",
    "FrozenBatchNorm2d": "class FrozenBatchNorm2d(torch.nn.Module):\n"
    "    def __init__(self, num_features, eps=1e-5):\n        super().__init__()\n"
    "    def forward(self, x):\n        return x",
    "fastrcnn_loss": "def fastrcnn_loss(class_logits, box_regression, labels, "
    "regression_targets):\n    return class_logits.sum() * 0, box_regression.sum() * 0",
    "train_one_epoch": "def train_one_epoch(model, optimizer, batches, scheduler=None):\n"
    "    return {}",
    "wire_faster_rcnn": "def wire_faster_rcnn(model, images, branches=()):\n"
    "    return [{} for _ in images]",
}
"""Answers that are attempts, and wrong."""

NOTEBOOKS = {
    "nms": "01_detect_people",
    "roi_align": "06_roi_align",
    "FrozenBatchNorm2d": "02_backbone",
    "fastrcnn_loss": "07_box_head",
    "train_one_epoch": "10_assemble",
    "wire_faster_rcnn": "10_assemble",
}
"""The exercises of `parts`, and the notebooks that they are from."""

SETUP = """import math
import torch
import torch.nn.functional as F
import torchvision
from torch import nn
from torchvision import ops
from torchvision.models.detection.rpn import concat_box_prediction_layers
from rcnn_course import check"""


@cache
def right(exercise: str) -> str:
    """Return a right answer to an exercise."""
    if exercise in RIGHT:
        return RIGHT[exercise]
    answers = load_answers(ROOT, NOTEBOOKS[exercise])
    return next(iter(answers.RIGHT[exercise].values()))


def source(make_cell: Callable[..., NotebookNode]) -> NotebookNode:
    """Return `parts` as instructors have it."""
    cells = [make_cell("setup", SETUP)]
    for exercise in NOTEBOOKS:
        cells += graded_cells(make_cell, exercise, WRONG[exercise])
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def handed_in(
    exercise: str, answer: str, *others: str, files: Mapping[str, bytes | str] | None = None
) -> Make:
    """Hand in one answer.

    Args:
        exercise: which is answered.
        answer: the source of its cell.
        others: cells that stand after the one that imports.
        files: what lies beside the notebook.
    """

    def make(folder: Path, notebook: NotebookNode) -> None:
        cell(notebook, exercise).source = answer
        start = place(notebook, "setup") + 1
        notebook.cells[start:start] = map(new_code_cell, others)
        save(folder, notebook, f"{assignment_of(exercise)}.ipynb")
        for name, content in (files or {}).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    return make


def attack(
    kind: str,
    road: str,
    holds: Holds,
    exercise: str,
    answer: str,
    *others: str,
    files: Mapping[str, bytes | str] | None = None,
    remains: str = "",
    earns: float = 0,
) -> Entry:
    """Return an attack on the points of one exercise.

    Args:
        kind: of the attack.
        road: what it does.
        holds: what stops it or shows it.
        exercise: which is attacked.
        answer: the source of its cell, '' for a wrong one.
        others: cells that stand after the one that imports.
        files: what lies beside the notebook.
        remains: what is left to whoever tries it.
        earns: points that the answer deserves all the same.
    """
    make = handed_in(exercise, answer or WRONG[exercise], *others, files=files)
    return Entry(
        kind,
        f"{road} ({exercise})",
        make,
        holds,
        remains,
        assignment_of(exercise),
        exercise,
        earns,
    )


def assignment_of(exercise: str) -> str:
    """Return in which assignment an exercise is."""
    return CLASS if exercise in RIGHT else PARTS
