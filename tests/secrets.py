"""What of `solutions/` must be found nowhere else: lines of answers, and hidden tests."""

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]

LONG = 30
"""Characters of a line that is searched for; a shorter one may stand anywhere."""

ALSO_ELSEWHERE = {
    "self.extra_blocks = extra_blocks",
    "for name, loss in losses.items():",
    "history.setdefault(name, []).append(loss.item())",
    "detections = branch(model, features, detections, sizes)",
    "logits, deltas = concat_box_prediction_layers(logits, deltas)",
    "logits = heads.mask_predictor(heads.mask_head(rois))",
}
"""Lines of answers that the library or a text for students has for something else."""


def answer_lines() -> set[str]:
    """Return the long lines of all answers that no released notebook has."""
    answers = set(_lines("solutions/*/*.ipynb", "SOLUTION")) - set(_lines("course/*/*.ipynb"))
    return {line for line in answers - ALSO_ELSEWHERE if len(line) > LONG}


def hidden_lines() -> set[str]:
    """Return the lines of all hidden tests."""
    return set(_lines("solutions/*/*.ipynb", "HIDDEN TESTS"))


def _lines(pattern: str, region: str = "") -> Iterator[str]:
    """Yield the lines of notebooks; with a region, those between its markers alone."""
    for path in ROOT.glob(pattern):
        for cell in nbformat.read(path, as_version=4).cells:
            marked = re.findall(rf"### BEGIN {region}\n(.*?)### END", cell.source, re.DOTALL)
            for text in marked if region else [cell.source]:
                yield from map(str.strip, text.splitlines())
