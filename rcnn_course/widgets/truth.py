"""The truth beside what is shown: white boxes, and whom no box covers any more.

Letters: `R` boxes, `G` ground truths.
"""

from matplotlib.figure import Figure
from torch import Tensor
from torchvision import ops

from rcnn_course import draw
from rcnn_course.draw.base import style
from rcnn_course.scene import Box, Shape

FOUND = 0.5
"""IoU from which a box has found an object."""


def draw_truth(figure: Figure, boxes: Tensor) -> None:
    """Draw thin white boxes [G, 4] on the picture that a figure shows first."""
    thin: style.Look = {"color": style.PAPER, "linewidth": style.THIN}
    draw.draw_boxes(boxes, ax=figure.axes[0], **thin)


def true_boxes(boxes: Tensor | None) -> list[Shape]:
    """Return the boxes [G, 4] of the truth, if there is one."""
    if boxes is None:
        return []
    return [
        Box(id=f"truth {number}", meaning="truth", xyxy=tuple(box), tip=f"truth {number}")
        for number, box in enumerate(boxes.tolist(), start=1)
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
