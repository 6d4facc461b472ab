"""Mistakes that are made with losses of more than one notebook.

Their calls take the rows of all images in one tensor, image after image, or a list with a tensor
for each image.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from rcnn_course.checks.engine.exercise import Call


def averaged_over_images(call: Call, rows: Sequence[str], lists: Sequence[str]) -> Any:
    """Take the losses of each image on its own, then their mean.

    Args:
        call: the call.
        rows: names of the arguments that hold the rows of all images.
        lists: names of the arguments that hold a list; the first has an entry for each row.
    """
    counts = [len(of_image) for of_image in getattr(call, lists[0])]
    split = [getattr(call, name).split(counts) for name in rows]
    apart = [[[of_image] for of_image in getattr(call, name)] for name in lists]
    images = zip(*split, *apart, strict=True)
    each = [call(**dict(zip([*rows, *lists], image, strict=True))) for image in images]
    return pytree.tree_map(lambda *losses: torch.stack(losses).mean(), *each)


def bent_elsewhere(call: Call, deltas: str, factor: float, power: int = 1) -> tuple[Tensor, Tensor]:
    """Take another beta in the smooth L1 of the second loss.

    The differences are scaled, and the loss is scaled back.

    Args:
        call: the call; it has `regression_targets` too.
        deltas: name of the argument that holds the predicted deltas.
        factor: of the differences; beta becomes 1 / 9 / `factor`.
        power: 1 where most differences lie beyond beta, 2 where they lie below.
    """
    targets = [of_image.double() * factor for of_image in call.regression_targets]
    predicted = getattr(call, deltas).double() * factor
    loss, box_loss = call()
    bent = call(**{deltas: predicted, "regression_targets": targets})[1] / factor**power
    return loss, bent.to(box_loss.dtype)
