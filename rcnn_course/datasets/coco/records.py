"""COCO's records of a picture, from torchvision's dictionaries of tensors.

An *annotation* is a ground truth and a *result* is a detection, both as the COCO formats write
them (https://cocodataset.org/#format-data, #format-results): boxes are xywh pixels, masks are
run-length encoded, keypoints are one flat list x1, y1, v1, x2, ….

Shapes: `N` objects of one picture, `H` × `W` its size, `K` keypoints.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from pycocotools import mask as rle
from torch import Tensor

MASK_THRESHOLD = 0.5

_SHAPES = {"boxes": (4,), "masks": ("H", "W")}  # after the number of objects


def checked_tensors(
    picture: Mapping[str, Tensor], keys: Sequence[str], where: str, *, keypoints: int = 17
) -> dict[str, Tensor]:
    """Take the named tensors of one picture to the CPU, once their shapes are seen to fit.

    Args:
        picture: a target or an output in torchvision's format; masks may be [N, 1, H, W].
        keys: the names that must be there, "labels" among them.
        where: how an error names the picture, such as "targets[3]".
        keypoints: how many an object has.

    Returns:
        The tensors by name, masks as [N, H, W].

    Raises:
        ValueError: If a key is missing, a shape does not fit or a number is not finite.
    """
    missing = [key for key in keys if key not in picture]
    if missing:
        raise ValueError(f"{where} has no {missing[0]!r}, only {sorted(picture)}")
    tensors = {key: torch.as_tensor(picture[key]).detach().cpu() for key in keys}
    if "masks" in tensors and tensors["masks"].ndim == 4 and tensors["masks"].shape[1] == 1:
        tensors["masks"] = tensors["masks"].squeeze(1)
    count = len(tensors["labels"]) if tensors["labels"].ndim else 0
    shapes = {**_SHAPES, "keypoints": (keypoints, 3)}
    for key, tensor in tensors.items():
        _check_shape(tensor, (count, *shapes.get(key, ())), f"{where}[{key!r}]")
        if key != "masks" and not tensor.isfinite().all():
            raise ValueError(f"{where}[{key!r}] must be finite, but it has NaN or infinite values")
    return tensors


def _check_shape(tensor: Tensor, expected: tuple[int | str, ...], where: str) -> None:
    fits = tensor.ndim == len(expected) and all(
        wanted in ("H", "W", size) for wanted, size in zip(expected, tensor.shape, strict=True)
    )
    if not fits:
        shape = ", ".join(map(str, expected))
        raise ValueError(f"{where} must have shape [{shape}], but got {list(tensor.shape)}")


def annotations(target: Mapping[str, Tensor], image_id: int) -> list[dict[str, Any]]:
    """Write the ground truths of one picture as COCO annotations, without their ids.

    Args:
        target: boxes ([N, 4], xyxy pixels), labels ([N]) and, where there are, masks ([N, H, W]),
            keypoints ([N, K, 3]), area ([N]) and iscrowd ([N]). Without `area`, it is that of the
            mask, or else of the box.
        image_id: of the picture.
    """
    boxes = _xywh(target["boxes"])
    columns = {
        "image_id": [image_id] * len(boxes),
        "category_id": target["labels"].tolist(),
        "bbox": boxes,
        "area": [width * height for _, _, width, height in boxes],
        "iscrowd": [0] * len(boxes),
    }
    if "iscrowd" in target:
        columns["iscrowd"] = target["iscrowd"].int().tolist()
    if "masks" in target:
        columns["segmentation"] = encode_masks(target["masks"])
        columns["area"] = [float(rle.area(mask)) for mask in columns["segmentation"]]
    if "area" in target:
        columns["area"] = target["area"].tolist()
    if "keypoints" in target:
        columns["keypoints"] = target["keypoints"].double().flatten(1).numpy().tolist()
        columns["num_keypoints"] = (target["keypoints"][..., 2] > 0).sum(1).tolist()
    return _rows(columns)


def results(output: Mapping[str, Tensor], image_id: int) -> list[dict[str, Any]]:
    """Write the detections of one picture as COCO results.

    Args:
        output: boxes ([N, 4], xyxy pixels), labels ([N]), scores ([N]) and, where there are, masks
            ([N, H, W]) and keypoints ([N, K, 3]). The box's score ranks masks and keypoints too,
            as in torchvision's references.
        image_id: of the picture.
    """
    columns = {
        "image_id": [image_id] * len(output["boxes"]),
        "category_id": output["labels"].tolist(),
        "score": output["scores"].tolist(),
        "bbox": _xywh(output["boxes"]),
    }
    if "masks" in output:
        columns["segmentation"] = encode_masks(output["masks"])
    if "keypoints" in output:
        columns["keypoints"] = output["keypoints"].double().flatten(1).numpy().tolist()
    return _rows(columns)


def encode_masks(masks: Tensor) -> list[dict[str, Any]]:
    """Cut masks ([N, H, W], soft or binary) above 0.5 and run-length encode each."""
    binary = (masks > MASK_THRESHOLD).byte().permute(1, 2, 0).numpy()
    return rle.encode(np.asfortranarray(binary))


def _xywh(boxes: Tensor) -> list[list[float]]:
    boxes = boxes.double()
    return torch.cat([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], dim=1).tolist()


def _rows(columns: dict[str, list]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
