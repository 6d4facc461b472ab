"""Take what torchvision returns as it returns it, and say what is wrong with anything else."""

from collections.abc import Sequence, Sized

import numpy as np
from torch import Tensor


def require_tensor(name: str, value: object, *shapes: Sequence[int | str]) -> Tensor:
    """Return `value` detached and on the CPU where it is a tensor of one of these shapes.

    Args:
        name (str): the argument's name, for the message.
        value (object): what the caller passed.
        *shapes (sequence of int or str): sizes that are required; a letter stands for any size.

    Raises:
        TypeError: If `value` is not a tensor.
        ValueError: If its shape is another one.
    """
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{name} must be a torch.Tensor, got {type(value).__name__}; "
            "torch.as_tensor(…) makes one"
        )
    if not any(_fits(value, shape) for shape in shapes):
        wanted = " or ".join(f"[{', '.join(map(str, shape))}]" for shape in shapes)
        raise ValueError(f"{name} must have shape {wanted}, got {list(value.shape)}")
    return value.detach().cpu()


def require_values(name: str, value: object, *shapes: Sequence[int | str]) -> np.ndarray:
    """Return a tensor of one of these shapes as a float array; raise where it is not finite."""
    values = require_tensor(name, value, *shapes).float().numpy()
    if not np.isfinite(values).all():
        raise ValueError(f"{name} must be finite, got NaN or infinity")
    return values


def require_boxes(name: str, boxes: object) -> np.ndarray:
    """Return boxes as a float array [R, 4] (xyxy, pixels); raise where they are not boxes.

    Example:
        >>> from rcnn_course.draw.base.inputs import require_boxes
        >>> require_boxes("boxes", torch.tensor([[10.0, 10, 5, 20]]))
        Traceback (most recent call last):
            ...
        ValueError: boxes must be xyxy with x1 <= x2 and y1 <= y2, got [10.0, 10.0, 5.0, 20.0] ...
    """
    corners = require_values(name, boxes, ("R", 4))
    bad = np.flatnonzero((corners[:, 2:] < corners[:, :2]).any(axis=1))
    if len(bad):
        raise ValueError(
            f"{name} must be xyxy with x1 <= x2 and y1 <= y2, got {corners[bad[0]].tolist()} "
            f"in row {bad[0]}; torchvision.ops.box_convert makes xyxy from xywh"
        )
    return corners


def require_length(name: str, values: Sized, count: int, of: str) -> None:
    """Raise where `values` has not one entry for each of the `count` rows of `of`."""
    if len(values) != count:
        raise ValueError(f"{name} must have one entry for each of {count} {of}, got {len(values)}")


def _fits(value: Tensor, shape: Sequence[int | str]) -> bool:
    return value.ndim == len(shape) and all(
        isinstance(wanted, str) or wanted == size
        for wanted, size in zip(shape, value.shape, strict=True)
    )
