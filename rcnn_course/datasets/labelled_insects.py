"""A labelled set of insects on disk, as a labelling tool leaves it: with gaps, and with faults.

Source: https://cocodataset.org/#format-data.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from contourpy import contour_generator
from pycocotools import mask as run_length
from torch import Tensor
from torchvision.transforms.functional import to_pil_image

from rcnn_course.datasets.insects import (
    INSECT_KEYPOINTS,
    INSECT_SKELETON,
    INSECTS,
    GeneratedInsects,
)

IDS = {"dragonfly": 9, "butterfly": 4}
"""Ids of the categories in the file, in its order; whatever was labelled as 1 to 3 is deleted."""

CUT_OFF, UNKNOWN_CATEGORY, TURNED_BOX = 12, 31, 47
"""Ids of the pictures with a fault: half a file, a deleted category, a box from right to left."""

_DELETED_CATEGORY = 2
_LEAST_CORNERS = 8


def write_labelled_insects(
    folder: str | Path, *, count: int = 60, seed: int = 7, size: int = 128
) -> Path:
    """Write pictures of insects and a COCO file, three of them with a fault.

    Masks are polygons for every picture with an odd id and run lengths for the others; areas are
    left out, and the categories' ids have gaps and no order.

    Args:
        folder: to write into; it is made where it is not there.
        count: number of pictures; 48 or more, so that every fault has one.
        seed: of the pictures.
        size: of a picture, in pixels a side.

    Returns:
        Path: of the JSON file; the names of the pictures begin at its folder.

    Raises:
        ValueError: If there are fewer than 48 pictures.

    Example:
        >>> import json
        >>> from tempfile import TemporaryDirectory
        >>> from rcnn_course.datasets.labelled_insects import write_labelled_insects
        >>> with TemporaryDirectory() as folder:
        ...     content = json.loads(write_labelled_insects(folder).read_text("utf-8"))
        >>> [category["name"] for category in content["categories"]], len(content["images"])
        (['dragonfly', 'butterfly'], 60)
    """
    if count <= TURNED_BOX:
        raise ValueError(f"count must be {TURNED_BOX + 1} or more, but got {count}")
    folder = Path(folder)
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    pictures = GeneratedInsects(count, seed=seed, size=size)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, (image, target) in enumerate(map(pictures.__getitem__, range(count)), start=1):
        name = f"pictures/IMG_{2000 + 3 * image_id}.png"
        to_pil_image((image * 255).round().byte()).save(folder / name)
        images.append({"id": image_id, "file_name": name, "width": size, "height": size})
        annotations += _annotations(target, image_id)
    for number, annotation in enumerate(annotations, start=1):
        annotation["id"] = 100 + number
    _spoil(annotations, folder / images[CUT_OFF - 1]["file_name"])
    content = {"images": images, "categories": _categories(), "annotations": annotations}
    file = folder / "labels.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def _categories() -> list[dict[str, Any]]:
    skeleton = [[start + 1, end + 1] for start, end in INSECT_SKELETON]
    return [
        {"id": number, "name": name, "keypoints": [*INSECT_KEYPOINTS], "skeleton": skeleton}
        for name, number in IDS.items()
    ]


def _annotations(target: dict[str, Tensor], image_id: int) -> list[dict[str, Any]]:
    """Write the insects of one picture down, without ids."""
    annotations = []
    for row, label in enumerate(target["labels"].tolist()):
        x1, y1, x2, y2 = target["boxes"][row].tolist()
        mask = target["masks"][row].numpy()
        points = target["keypoints"][row]
        annotations.append(
            {
                "image_id": image_id,
                "category_id": IDS[INSECTS[label]],
                "bbox": [x1, y1, x2 - x1, y2 - y1],
                "segmentation": _polygons(mask) if image_id % 2 else _run_lengths(mask),
                "keypoints": points.flatten().tolist(),
                "num_keypoints": int((points[:, 2] > 0).sum()),
                "iscrowd": 0,
            }
        )
    return annotations


def _polygons(mask: np.ndarray) -> list[list[float]]:
    """Follow the border of a mask (uint8 [H, W]), in pixels."""
    lines: Any = contour_generator(z=np.pad(mask, 1)).lines(0.5)
    corners = [(line - 0.5).round(1).flatten().tolist() for line in lines]
    return [polygon for polygon in corners if len(polygon) >= 2 * _LEAST_CORNERS]


def _run_lengths(mask: np.ndarray) -> dict[str, Any]:
    packed = run_length.encode(np.asfortranarray(mask))
    return {"size": packed["size"], "counts": packed["counts"].decode()}


def _spoil(annotations: list[dict[str, Any]], picture: Path) -> None:
    """Make three mistakes that people and tools make, each in another picture."""
    first = {annotation["image_id"]: annotation for annotation in reversed(annotations)}
    first[UNKNOWN_CATEGORY]["category_id"] = _DELETED_CATEGORY
    x, y, width, height = first[TURNED_BOX]["bbox"]
    first[TURNED_BOX]["bbox"] = [x + width, y, -width, height]
    whole = picture.read_bytes()
    picture.write_bytes(whole[: len(whole) // 2])
