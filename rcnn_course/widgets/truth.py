"""The truth beside what is shown: white boxes, and whom no box covers any more.

Letters: `R` boxes, `G` ground truths.
"""

from torch import Tensor
from torchvision import ops

from rcnn_course.scene import Box, Shape

FOUND = 0.5
"""IoU from which a box has found an object."""


def true_boxes(boxes: Tensor | None) -> list[Shape]:
    """Return the boxes [G, 4] of the truth, if there is one."""
    if boxes is None:
        return []
    return [
        Box(
            id=f"truth {number}",
            meaning="truth",
            xyxy=(x1, y1, x2, y2),
            tip=f"object {number}: {x2 - x1:.0f} × {y2 - y1:.0f} pixels",
        )
        for number, (x1, y1, x2, y2) in enumerate(boxes.tolist(), start=1)
    ]


def say_covered(boxes: Tensor, truth: Tensor) -> str:
    """Say how many objects [G, 4] one of the boxes [R, 4] covers with an IoU of 0.5 or more.

    Example:
        >>> from rcnn_course.widgets.truth import say_covered
        >>> truth = torch.tensor([[0.0, 0, 10, 10], [50, 50, 60, 60]])
        >>> say_covered(truth[:1] + 1, truth)
        ' A box covers (IoU of 0.5 or more) 1 of 2 objects. White: the truth.'
    """
    covered = int((ops.box_iou(truth, boxes) >= FOUND).any(dim=1).sum())
    return (
        f" A box covers (IoU of 0.5 or more) {covered} of {len(truth)} objects. White: the truth."
    )
