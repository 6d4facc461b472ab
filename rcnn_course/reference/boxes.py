"""Boxes and what belongs to them: which detections stay.

Letters: `R` detections.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

Detections = dict[str, Tensor]


def select_detections(
    detections: Detections, score_threshold: float, labels: Sequence[int] | None = None
) -> Detections:
    """Keep the detections that are sure enough and of a wanted category.

    No single function of torchvision does it.

    Args:
        detections (dict[str, Tensor[R, ...]]): what a detector returns for one picture: `scores`,
            `labels` and further entries with as many rows.
        score_threshold: least score of a detection that stays.
        labels: which of them may stay; all where it is None, none where it is empty.

    Returns:
        dict[str, Tensor]: the rows that stay of every entry, in the order in which they came.
    """
    stays = detections["scores"].ge(score_threshold)
    if labels is not None:
        wanted = torch.tensor(labels, dtype=torch.int64)
        stays = stays.logical_and(torch.isin(detections["labels"], wanted))
    rows = stays.nonzero()[:, 0]
    return {name: values.index_select(0, rows) for name, values in detections.items()}
