"""Export: a data set of detection as a folder with pictures and COCO's JSON.

The folder holds `images/`, PNG files, and `annotations.json`, which `pycocotools.COCO` and
`rcnn_course.datasets.CocoPictures` load. Boxes are written as xywh, masks run-length encoded.

Source: https://cocodataset.org/#format-data.
"""

import json
import math
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torchvision.transforms.functional import to_pil_image

from rcnn_course.datasets.coco.categories import UNUSED
from rcnn_course.datasets.coco.records import annotations
from rcnn_course.datasets.coco.writable import OPTIONAL, writable_image, writable_target
from rcnn_course.datasets.keypoints import KEYPOINT_NAMES, SKELETON_INDICES
from rcnn_course.datasets.people import CATEGORIES


def export_coco(
    dataset: Iterable[tuple[Tensor, dict[str, Tensor]]],
    folder: str | Path,
    *,
    categories: Sequence[str] | None = None,
    keypoint_names: Sequence[str] | None = None,
    skeleton: Sequence[tuple[int, int]] | None = None,
) -> Path:
    """Write a data set as pictures and COCO annotations.

    Everything is written beside `folder` and moved there when it is complete, so a folder that
    exists is whole. Reading it back gives the same targets; the pictures too, where they hold
    values of 8 bits, as generated ones do. What would be read back as something else is refused.

    Args:
        dataset (Iterable[tuple[Tensor, dict[str, Tensor]]]): float images [3, H, W] in 0..1 with
            targets in torchvision's format; each needs an `image_id` of its own.
        folder (str | Path): to make; it may be there when it is empty.
        categories (Sequence[str]): names by label, the first of them for the background. By
            default the data set's own `categories`, or else those of generated people.
        keypoint_names (Sequence[str]): one for each keypoint. By default the data set's own, or
            else COCO's, of a person. They go to the categories of which objects have keypoints.
        skeleton (Sequence[tuple[int, int]]): bones, as pairs of indices from 0; by default as for
            the names.

    Returns:
        Path: of the JSON file.

    Raises:
        FileExistsError: If `folder` is there and holds something.
        ValueError: If two pictures have the same `image_id`, a label or a keypoint has no name, or
            values are none that COCO's format holds: an image out of 0..1, a box that is turned or
            outside, a mask of another size. It names the picture.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     file = export_coco(GeneratedPeople(3), folder)
        ...     file.name, len(CocoPictures(folder, file))
        ('annotations.json', 3)
    """
    names = _names(dataset, categories, keypoint_names, skeleton)
    folder = Path(folder)
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"folder must be new or empty, but {folder} holds something already")
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write(dataset, unfinished, names)
        unfinished.chmod(0o755)  # a temporary folder is private
        if folder.exists():
            folder.rmdir()
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished)
        raise
    return folder / "annotations.json"


@dataclass(frozen=True)
class _Names:
    """What labels and keypoints are called."""

    categories: Sequence[str]
    keypoints: Sequence[str]
    skeleton: Sequence[tuple[int, int]]


def _names(
    dataset: object,
    categories: Sequence[str] | None,
    keypoints: Sequence[str] | None,
    skeleton: Sequence[tuple[int, int]] | None,
) -> _Names:
    """Take what is given, or the data set's own, or what generated people have."""
    source = getattr(dataset, "dataset", dataset)  # of torch's Subset
    if categories is None:
        categories = getattr(source, "categories", CATEGORIES)
    if keypoints is None:
        keypoints = getattr(source, "keypoint_names", ()) or KEYPOINT_NAMES
        skeleton = getattr(source, "skeleton", None) if skeleton is None else skeleton
    if skeleton is None:
        skeleton = SKELETON_INDICES if tuple(keypoints) == KEYPOINT_NAMES else ()
    return _Names(categories, keypoints, skeleton)


def _write(
    dataset: Iterable[tuple[Tensor, dict[str, Tensor]]], folder: Path, names: _Names
) -> None:
    (folder / "images").mkdir()
    images: dict[int, dict[str, Any]] = {}
    objects: list[dict[str, Any]] = []
    entries: set[str] | None = None
    for image, target in dataset:
        image_id = _image_id(target, images)
        entries = _require_same_entries(target, entries, image_id)
        where = f"picture {image_id}"
        pixels = writable_image(image, where)
        height, width = pixels.shape[1:]
        known = {"categories": names.categories, "keypoint_names": names.keypoints}
        objects += annotations(writable_target(target, (height, width), where, **known), image_id)
        name = f"images/{image_id:012d}.png"
        images[image_id] = {"id": image_id, "file_name": name, "height": height, "width": width}
        to_pil_image(pixels).save(folder / name)
    for number, annotation in enumerate(objects, start=1):  # COCOeval takes the id 0 for "none"
        annotation["id"] = number
        if "segmentation" in annotation:
            annotation["segmentation"]["counts"] = annotation["segmentation"]["counts"].decode()
    content = {
        "images": list(images.values()),
        "annotations": objects,
        "categories": _categories(names, objects),
    }
    (folder / "annotations.json").write_text(json.dumps(content), encoding="utf-8")


def _image_id(target: dict[str, Tensor], images: Mapping[int, object]) -> int:
    value = torch.as_tensor(target.get("image_id", math.nan))
    if value.numel() != 1 or value.item() % 1 != 0:
        raise ValueError(
            f"each target must have an image_id, a whole number, but number {len(images)} has "
            f"{target.get('image_id')}"
        )
    if int(value) in images:
        raise ValueError(f"dataset must give each picture its own image_id; {int(value)} is twice")
    return int(value)


def _require_same_entries(
    target: dict[str, Tensor], entries: set[str] | None, image_id: int
) -> set[str]:
    """Return the entries that a target may leave out and has; all targets have the same."""
    here = {key for key in OPTIONAL if key in target}
    if entries is not None and here != entries:
        raise ValueError(
            f"all targets must have the same entries, but picture {image_id} has {sorted(here)}, "
            f"and those before have {sorted(entries)}"
        )
    return here


def _categories(names: _Names, objects: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Name the categories; keypoints go to those that have any, or to all where none has."""
    used = {annotation["category_id"] for annotation in objects}
    having = {a["category_id"] for a in objects if a.get("num_keypoints")}
    if not having and any("keypoints" in annotation for annotation in objects):
        having = set(range(len(names.categories)))
    records = []
    for label, name in enumerate(names.categories):
        if label == 0 or (name == UNUSED and label not in used):
            continue
        record: dict[str, Any] = {"id": label, "name": name, "supercategory": name}
        if label in having:
            record["keypoints"] = list(names.keypoints)
            record["skeleton"] = [[start + 1, end + 1] for start, end in names.skeleton]
        records.append(record)
    return records
