"""Boxes that go through several heads (Cai & Vasconcelos 2018, Cascade R-CNN, section 4.1).

Letters: `R` boxes, `S` stages.
"""

from collections.abc import Callable, Sequence

from torch import Tensor
from torchvision import ops
from torchvision.models.detection._utils import BoxCoder

Stage = Callable[[Tensor], Tensor]
Weights = tuple[float, float, float, float]

_BoxCoder, _clip = BoxCoder, ops.clip_boxes_to_image


def cascade_boxes(
    proposals: Tensor,
    stages: Sequence[Stage],
    weights: Sequence[Weights],
    size: tuple[int, int],
    *,
    is_chained: bool = True,
    clips: str = "always",
) -> Tensor:
    """Move boxes by one stage after another.

    No function of torchvision does it.

    Args:
        proposals (Tensor[R, 4]): xyxy in pixels.
        stages: S heads, each of which takes boxes Tensor[R, 4] and returns deltas Tensor[R, 4].
        weights: by which each stage has scaled its deltas.
        size: (height, width) of the picture in pixels.
        is_chained: whether a stage is asked about the boxes of the one before, and moves those.
        clips: 'always' behind every stage, 'last' behind the last one alone, or 'never'.

    Returns:
        Tensor[R, 4]: xyxy in pixels.
    """
    boxes = proposals
    for head, scales in zip(stages, weights, strict=True):
        start = boxes if is_chained else proposals
        boxes = _BoxCoder(scales).decode_single(head(start), start)
        if clips == "always":
            boxes = _clip(boxes, size)
    return _clip(boxes, size) if clips == "last" else boxes
