"""Detections in the order in which COCO's average precision walks through them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from rcnn_course.reference.evaluation import Pictures, evaluation_at


class Ranked(NamedTuple):
    """The detections of one class, the surest first.

    Attributes:
        hits (bool[D]): which of them find a true box.
        scores (float[D]): of them.
        truths (int): the number of true boxes.
    """

    hits: np.ndarray
    scores: np.ndarray
    truths: int

    @property
    def recall(self) -> np.ndarray:
        """Recall after each detection (float[D])."""
        return self.hits.cumsum() / self.truths

    @property
    def precision(self) -> np.ndarray:
        """Precision after each detection (float[D])."""
        return self.hits.cumsum() / np.arange(1, len(self.hits) + 1)

    def at_101_recalls(self, values: np.ndarray) -> np.ndarray:
        """Read values (float[D]) at the recalls 0, 0.01, …, 1; 0 where none is reached."""
        places = np.searchsorted(self.recall, np.linspace(0, 1, 101))
        return np.append(values, 0)[places]

    def best_from_here(self) -> np.ndarray:
        """Make the precision monotone: the best that is reached here or later (float[D])."""
        return np.maximum.accumulate(self.precision[::-1])[::-1]


def ranked(targets: Pictures, outputs: Pictures, iou_threshold: float) -> Iterator[Ranked]:
    """Yield the detections of each class of the truth, by increasing label."""
    evaluation = evaluation_at(targets, outputs, iou_threshold)
    chosen = [e for e in evaluation.evalImgs if e and e["aRng"] == evaluation.params.areaRng[0]]
    for label in evaluation.params.catIds:
        of_label = [e for e in chosen if e["category_id"] == label]
        scores = np.concatenate([e["dtScores"] for e in of_label])
        hits = np.concatenate([e["dtMatches"][0] > 0 for e in of_label])
        order = np.argsort(-scores, kind="stable")
        yield Ranked(hits[order], scores[order], sum(len(e["gtIds"]) for e in of_label))
