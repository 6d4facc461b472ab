"""What COCO's format can hold, so that reading it back gives the same: the rest is refused."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from rcnn_course.datasets.coco.records import checked_tensors

OPTIONAL = ("masks", "keypoints", "area", "iscrowd")
"""Keys of a target that a data set has for all pictures, or for none."""


def writable_image(image: Tensor, where: str) -> Tensor:
    """Return an image [3, H, W] with 8 bits a value.

    Raises:
        ValueError: If it is not float, of another shape, or has values outside 0..1.
    """
    if not isinstance(image, Tensor) or not image.is_floating_point():
        found = image.dtype if isinstance(image, Tensor) else type(image).__name__
        raise ValueError(f"the image of {where} must be float from 0 to 1, got {found}")
    if image.ndim != 3 or len(image) != 3 or not image.numel():
        raise ValueError(f"the image of {where} must have shape [3, H, W], got {list(image.shape)}")
    if not image.isfinite().all() or image.min() < 0 or image.max() > 1:
        raise ValueError(
            f"the image of {where} must have values from 0 to 1, got {image.min():.3g} to "
            f"{image.max():.3g}"
        )
    return (image * 255).round().byte()


def writable_target(
    target: Mapping[str, Tensor],
    size: tuple[int, int],
    where: str,
    *,
    categories: Sequence[str],
    keypoint_names: Sequence[str],
) -> dict[str, Tensor]:
    """Return the tensors of a target that are written.

    Args:
        target: in torchvision's format.
        size: height and width of its picture.
        where: how an error names the picture.
        categories: names by label.
        keypoint_names: one for each keypoint.

    Raises:
        ValueError: If a value is none that is read back as it is.
    """
    if "keypoints" in target and target["keypoints"].shape[1:2] != (len(keypoint_names),):
        raise ValueError(
            f"keypoint_names must name each keypoint, got {len(keypoint_names)} names for "
            f"keypoints of shape {list(target['keypoints'].shape)} of {where}"
        )
    keys = ["labels", "boxes", *(key for key in OPTIONAL if key in target)]
    tensors = checked_tensors(target, keys, where, keypoints=len(keypoint_names))
    _require_labels(tensors["labels"], where, categories)
    _require_boxes(tensors["boxes"], size, where)
    if "masks" in tensors and tensors["masks"].shape[1:] != size:
        raise ValueError(
            f"the masks of {where} must be as large as its image, {list(size)}, "
            f"got {list(tensors['masks'].shape[1:])}"
        )
    _require_one_of(tensors.get("masks"), (0, 1), f"the masks of {where}")
    _require_one_of(tensors.get("iscrowd"), (0, 1), f"iscrowd of {where}")
    flags = tensors["keypoints"][..., 2] if "keypoints" in tensors else None
    _require_one_of(flags, (0, 1, 2), f"the visibility of keypoints of {where}")
    if "area" in tensors and (tensors["area"] < 0).any():
        raise ValueError(f"area of {where} must be 0 or more, got {tensors['area'].min():g}")
    return tensors


def _require_labels(labels: Tensor, where: str, categories: Sequence[str]) -> None:
    unnamed = [label for label in labels.tolist() if label not in range(1, len(categories))]
    if unnamed:
        raise ValueError(
            f"labels must be 1 to {len(categories) - 1}, the names in categories, "
            f"but {where} has {unnamed[0]}"
        )


def _require_boxes(boxes: Tensor, size: tuple[int, int], where: str) -> None:
    height, width = size
    for x1, y1, x2, y2 in boxes.tolist():
        if not (0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height):
            raise ValueError(
                f"boxes of {where} must be [x1, y1, x2, y2] in its image, {width} × {height} "
                f"pixels, with x1 < x2 and y1 < y2, got {[x1, y1, x2, y2]}"
            )


def _require_one_of(values: Tensor | None, allowed: Sequence[int], name: str) -> None:
    if values is None:
        return
    others = values[~torch.isin(values.float(), torch.tensor(allowed, dtype=torch.float32))]
    if others.numel():
        raise ValueError(f"{name} must be one of {list(allowed)}, got {others[0].item():g}")
