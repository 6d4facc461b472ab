"""A COCO file as a whole: its records, each with one meaning, and what is odd about it.

Whatever is well-defined is read. What is not is kept as an `Oddity` that says what was found and
what was expected; nothing is guessed.

Source: https://cocodataset.org/#format-data.
"""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rcnn_course.datasets.coco.categories import Categories, read_categories, used_categories
from rcnn_course.datasets.coco.objects import (
    RefusedError,
    has_outline,
    read_object,
    shown,
    whole,
)

_LONGEST = 2**16 - 1  # pixels: JPEG's limit, and pycocotools fails where areas need over 32 bits


@dataclass(frozen=True)
class Oddity:
    """Something odd in a labelled set.

    Attributes:
        kind: in a few words, the same for all of its kind.
        text: what was found, and what was expected.
        image_id: of the picture, where there is one.
        annotation_id: of the object, where there is one.
    """

    kind: str
    text: str
    image_id: object = None
    annotation_id: object = None

    def __str__(self) -> str:
        places = (("picture", self.image_id), ("annotation", self.annotation_id))
        where = ", ".join(f"{name} {number}" for name, number in places if number is not None)
        return f"{where}: {self.text}" if where else self.text


@dataclass
class CocoContent:
    """The records of a COCO file.

    Attributes:
        file: the annotation file.
        categories: labels, names, keypoints.
        images: by id; each has `id`, `file_name`, `width` and `height`.
        objects: annotations by the id of their picture, as `read_object` gives them, with `id`,
            `image_id` and `category_id`.
        has_outlines: whether any annotation has a segmentation.
        keypoint_count: of an object; 0 where no annotation has any.
        refused: what has no one meaning; it is in none of the above.
    """

    file: Path
    categories: Categories = field(default_factory=lambda: Categories({}, []))
    images: dict[int, dict[str, Any]] = field(default_factory=dict)
    objects: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    has_outlines: bool = False
    keypoint_count: int = 0
    refused: list[Oddity] = field(default_factory=list)

    def every_object(self) -> list[dict[str, Any]]:
        """Return the annotations of all pictures."""
        return [annotation for here in self.objects.values() for annotation in here]


def read_content(
    file: Path,
    size_of: Callable[[str], tuple[int, int]],
    *,
    image_ids: Collection[int] | None = None,
) -> CocoContent:
    """Read a COCO file.

    Args:
        file: JSON in COCO's format for instances or keypoints.
        size_of: gives (width, height) of a picture by its file name, for those without; raises
            ValueError or OSError where it cannot.
        image_ids: pictures whose annotations are looked at; all by default.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not JSON of COCO's form.
    """
    raw = _load(file)
    content = CocoContent(file)
    for record in raw["images"]:
        _tried(content, record.get("id"), None, lambda r=record: _add_image(content, r, size_of))
    content.objects = {number: [] for number in content.images}
    content.has_outlines = any(has_outline(r.get("segmentation")) for r in raw["annotations"])
    wanted = set(content.images) if image_ids is None else set(image_ids)
    _tried(content, None, None, lambda: _add_categories(content, raw))
    content.keypoint_count = _keypoint_count(content.categories, raw["annotations"])
    seen: set[object] = set()
    for record in raw["annotations"]:
        _tried(
            content,
            record.get("image_id"),
            record.get("id"),
            lambda r=record: _add_object(content, r, seen, wanted),
        )
    return content


def _tried(content: CocoContent, image_id: object, annotation_id: object, read: Callable) -> None:
    try:
        read()
    except RefusedError as error:
        content.refused.append(Oddity(error.kind, str(error), image_id, annotation_id))


def _load(file: Path) -> dict[str, Any]:
    """Load JSON of COCO's outer form: lists of records for images, annotations and categories."""
    try:
        raw = json.loads(file.read_bytes())  # in UTF-8, 16 or 32, as its first bytes say
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file} is not JSON: {error}") from None
    if not isinstance(raw, dict):
        raise ValueError(
            f"{file} must hold COCO's images, annotations and categories, "
            f"but it is a {type(raw).__name__}"
        )
    raw.setdefault("categories", [])
    for name in ("images", "annotations", "categories"):
        records = raw.get(name)
        if not isinstance(records, list) or not all(isinstance(r, dict) for r in records):
            found = "there are none" if name not in raw else f"it has {shown(records)}"
            raise ValueError(f"{file} must hold a list of records named {name!r}, but {found}")
    return raw


def _add_image(
    content: CocoContent, record: dict[str, Any], size_of: Callable[[str], tuple[int, int]]
) -> None:
    number = whole(record.get("id"), "the id of a picture")
    name = record.get("file_name")
    if not isinstance(name, str) or not name:
        raise RefusedError(
            "picture without a file name",
            f"file_name must be the name of a file, got {shown(name)}",
        )
    if number in content.images:
        raise RefusedError(
            "picture id twice",
            f"each picture must have an id of its own, but {number} is "
            f"{content.images[number]['file_name']!r} and {name!r}",
        )
    sides = {side: record.get(side) for side in ("width", "height")}
    if None in sides.values():
        try:
            found = size_of(name)
        except (OSError, ValueError) as error:
            raise RefusedError(
                "picture without a size", f"width and height are missing, and {error}"
            ) from None
        sides = dict(zip(sides, found, strict=True))
    sizes = {side: whole(value, side) for side, value in sides.items()}
    if not all(1 <= value <= _LONGEST for value in sizes.values()):
        raise RefusedError(
            "picture of no size", f"width and height must be 1 to {_LONGEST} pixels, got {sizes}"
        )
    content.images[number] = {**record, "id": number, **sizes}


def _add_categories(content: CocoContent, raw: dict[str, Any]) -> None:
    if raw["categories"]:
        content.categories = read_categories(raw["categories"])
    else:
        content.categories = used_categories(_category_ids(raw["annotations"]))


def _category_ids(annotations: Iterable[dict[str, Any]]) -> list[int]:
    """Return those that are whole numbers; what the others are is said of their annotation."""
    numbers = []
    for annotation in annotations:
        try:
            numbers.append(whole(annotation.get("category_id"), "category_id"))
        except RefusedError:
            continue
    return numbers


def _keypoint_count(categories: Categories, annotations: Sequence[dict[str, Any]]) -> int:
    """Return the number of keypoints: that of the names, or else of the first that there are."""
    found = [a["keypoints"] for a in annotations if a.get("keypoints")]
    if annotations and not found:
        return 0
    if categories.keypoint_names:
        return len(categories.keypoint_names)
    return len(found[0]) // 3 if found and isinstance(found[0], list) else 0


def _add_object(
    content: CocoContent, record: dict[str, Any], seen: set[object], wanted: set[int]
) -> None:
    number, image_id = record.get("id"), whole(record.get("image_id"), "image_id")
    if number is None or isinstance(number, list | dict):
        raise RefusedError(
            "annotation without an id",
            f"the id of an annotation must be a number, got {shown(number)}",
        )
    if number in seen:
        raise RefusedError(
            "annotation id twice", f"each annotation must have an id of its own, got {number} again"
        )
    seen.add(number)
    if image_id not in content.images:
        raise RefusedError(
            "annotation of no picture",
            f"image_id must be the id of one of the {len(content.images)} pictures, got {image_id}",
        )
    if image_id not in wanted:
        return
    category_id = whole(record.get("category_id"), "category_id")
    labels = content.categories.labels  # none, where they were refused themselves
    if labels and category_id not in labels:
        raise RefusedError(
            "category id that no category has",
            f"category_id must be one of {shown(sorted(labels))}, got {category_id}",
        )
    image = content.images[image_id]
    read = read_object(record, image["width"], image["height"])
    ids = {"id": number, "image_id": image_id, "category_id": category_id}
    content.objects[image_id].append({**record, **ids, **read})
