"""COCO's average precision of a detector on pictures with truth."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from rcnn_course.datasets.scores import Evaluation

Pictures = Sequence[tuple[Tensor, dict[str, Tensor]]]
"""Images (float Tensor[3, H, W], 0..1) and their targets, by index: a list, or a data set."""


def measure(
    model: nn.Module,
    pictures: Pictures,
    *,
    categories: Sequence[str] | None = None,
    device: torch.device | str | None = None,
) -> Evaluation:
    """Measure COCO AP on pictures; the model stays in the mode that it was in.

    Args:
        model (nn.Module): a detector.
        pictures: with their truth in torchvision's format.
        categories: names by label.
        device: on which to detect; the GPU by default, where there is one.

    Returns:
        Evaluation: AP of boxes, and of masks and keypoints where model and truth have them.
    """
