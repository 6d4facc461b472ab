"""Take what torchvision returns as it returns it, and say what is wrong with anything else."""

import numpy as np
import torch
from torch import Tensor


def require_tensor(name: str, value: object, shape: tuple[int | str, ...]) -> Tensor:
    """Return `value` detached on the CPU where it is a tensor of this shape.

    Args:
        name (str): the argument's name, for the message.
        value (object): what the caller passed.
        shape (tuple): sizes that are required; a letter stands for any size.

    Raises:
        TypeError: where `value` is not a tensor.
        ValueError: where its shape differs.
    """
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{name} must be a torch.Tensor, got {type(value).__name__}; "
            "torch.as_tensor(…) makes one"
        )
    fits = value.ndim == len(shape) and all(
        isinstance(wanted, str) or wanted == size
        for wanted, size in zip(shape, value.shape, strict=True)
    )
    if not fits:
        wanted = ", ".join(map(str, shape))
        raise ValueError(f"{name} must have shape [{wanted}], got {list(value.shape)}")
    return value.detach().cpu()


def require_boxes(name: str, boxes: object) -> np.ndarray:
    """Return boxes as a float array [R, 4] (xyxy, pixels); raise where they are not boxes."""
    boxes = require_tensor(name, boxes, ("R", 4)).float()
    if not torch.isfinite(boxes).all():
        raise ValueError(f"{name} must be finite, got NaN or infinity")
    bad = ((boxes[:, 2] < boxes[:, 0]) | (boxes[:, 3] < boxes[:, 1])).nonzero()
    if len(bad):
        row = int(bad[0])
        raise ValueError(
            f"{name} must be xyxy with x1 <= x2 and y1 <= y2, got {boxes[row].tolist()} "
            f"in row {row}; from xywh, use torchvision.ops.box_convert"
        )
    return boxes.numpy()


def require_length(name: str, values: object, count: int, of: str) -> None:
    """Raise where `values` has not one entry for each of the `count` rows of `of`."""
    if len(values) != count:
        raise ValueError(f"{name} must have one entry for each of {of}: {count}, got {len(values)}")
