"""Export: a data set of detection as a folder with pictures and COCO's JSON.

The folder holds `images/`, PNG files, and `annotations.json`, which `pycocotools.COCO` and
`rcnn_course.datasets.CocoPictures` load. Boxes are written as xywh, masks run-length encoded.

Source: https://cocodataset.org/#format-data.
"""

import json
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor
from torchvision.transforms.functional import to_pil_image

from rcnn_course.datasets.coco.records import annotations
from rcnn_course.datasets.keypoints import KEYPOINT_NAMES, SKELETON_INDICES
from rcnn_course.datasets.people import CATEGORIES


def export_coco(
    dataset: Iterable[tuple[Tensor, dict[str, Tensor]]],
    folder: str | Path,
    *,
    categories: Sequence[str] = CATEGORIES,
) -> Path:
    """Write a data set as pictures and COCO annotations.

    Everything is written beside `folder` and moved there when it is complete, so a folder that
    exists is whole. Reading it back gives the same targets; the pictures too, where they hold
    values of 8 bits, as generated ones do.

    Args:
        dataset (Iterable[tuple[Tensor, dict[str, Tensor]]]): float images [3, H, W] in 0..1 with
            targets in torchvision's format; each needs an `image_id` of its own.
        folder (str | Path): to make; it may be there when it is empty.
        categories (Sequence[str]): names by label, the first of them for the background. COCO's
            keypoints belong to the one that is called "person".

    Returns:
        Path: of the JSON file.

    Raises:
        FileExistsError: If `folder` is there and holds something.
        ValueError: If two pictures have the same `image_id`, or a label has no name.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     file = export_coco(GeneratedPeople(3), folder)
        ...     file.name, len(CocoPictures(folder, file))
        ('annotations.json', 3)
    """
    folder = Path(folder)
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"folder must be new or empty, but {folder} holds something already")
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write(dataset, unfinished, categories)
        unfinished.chmod(0o755)  # a temporary folder is private
        if folder.exists():
            folder.rmdir()
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished)
        raise
    return folder / "annotations.json"


def _write(
    dataset: Iterable[tuple[Tensor, dict[str, Tensor]]], folder: Path, categories: Sequence[str]
) -> None:
    (folder / "images").mkdir()
    images: dict[int, dict[str, Any]] = {}
    objects: list[dict[str, Any]] = []
    for image, target in dataset:
        image_id = int(target["image_id"])
        if image_id in images:
            raise ValueError(
                f"dataset must give each picture its own image_id; {image_id} is twice"
            )
        _check_labels(target["labels"], image_id, categories)
        name = f"images/{image_id:012d}.png"
        height, width = image.shape[-2:]
        images[image_id] = {"id": image_id, "file_name": name, "height": height, "width": width}
        to_pil_image((image * 255).round().byte()).save(folder / name)
        objects += annotations(target, image_id)
    for number, annotation in enumerate(objects, start=1):  # COCOeval takes the id 0 for "none"
        annotation["id"] = number
        if "segmentation" in annotation:
            annotation["segmentation"]["counts"] = annotation["segmentation"]["counts"].decode()
    content = {
        "images": list(images.values()),
        "annotations": objects,
        "categories": [_category(label, categories[label]) for label in range(1, len(categories))],
    }
    (folder / "annotations.json").write_text(json.dumps(content), encoding="utf-8")


def _check_labels(labels: Tensor, image_id: int, categories: Sequence[str]) -> None:
    unnamed = [label for label in labels.tolist() if not 1 <= label < len(categories)]
    if unnamed:
        raise ValueError(
            f"labels must be 1 to {len(categories) - 1}, the names in categories, "
            f"but picture {image_id} has {unnamed[0]}"
        )


def _category(label: int, name: str) -> dict[str, Any]:
    category: dict[str, Any] = {"id": label, "name": name, "supercategory": name}
    if name == "person":
        category["keypoints"] = list(KEYPOINT_NAMES)
        category["skeleton"] = [[start + 1, end + 1] for start, end in SKELETON_INDICES]
    return category
