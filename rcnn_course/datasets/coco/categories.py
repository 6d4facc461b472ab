"""The categories of a COCO file: labels for a detector, names, keypoints and their skeleton.

Label 0 is the background's. A label is its category's id, as with torchvision's COCO weights;
where a file counts from 0, each label is one more, so that no object becomes background.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rcnn_course.datasets.coco.objects import RefusedError, shown, whole

LARGEST_ID = 99_999
UNUSED = "N/A"
"""The name of a label that no category has, as in torchvision's."""


@dataclass(frozen=True)
class Categories:
    """What a file says of its categories.

    Attributes:
        labels (dict[int, int]): by the id of a category.
        names (list[str]): by label, with "__background__" for 0 and "N/A" for unused ones.
        keypoint_names (tuple[str, ...]): in the order of the tensors; empty where it has none.
        skeleton (tuple[tuple[int, int], ...]): bones, as pairs of indices from 0.
        refused (RefusedError | None): why keypoints have no one meaning, if they do not.
    """

    labels: dict[int, int]
    names: list[str]
    keypoint_names: tuple[str, ...] = ()
    skeleton: tuple[tuple[int, int], ...] = ()
    refused: RefusedError | None = None


def read_categories(records: list[dict[str, Any]]) -> Categories:
    """Read the categories of a file.

    Raises:
        RefusedError: If ids or names have no one meaning.
    """
    names: dict[int, str] = {}
    for record in records:
        number = whole(record.get("id"), "the id of a category")
        if not 0 <= number <= LARGEST_ID:
            raise RefusedError(
                "category id out of range",
                f"the id of a category must be from 0 to {LARGEST_ID}, got {number}",
            )
        if number in names:
            raise RefusedError(
                "category id twice",
                f"each category must have an id of its own, but {number} is {names[number]!r} and "
                f"{record.get('name')!r}",
            )
        names[number] = str(record.get("name") or f"category {number}")
    labels = _labelled(names)
    try:
        return Categories(*labels, *_keypoints(records))
    except RefusedError as error:
        return Categories(*labels, refused=error)


def used_categories(category_ids: Iterable[int]) -> Categories:
    """Make categories of the ids that annotations use, for a file that names none.

    Raises:
        RefusedError: If one is 0 or less: without categories nobody knows whether ids begin at 0.
    """
    names = {number: f"category {number}" for number in sorted(set(category_ids))}
    outside = [number for number in names if not 1 <= number <= LARGEST_ID]
    if outside:
        raise RefusedError(
            "category id out of range",
            "without categories, each category_id must be a label of 1 or more, since 0 is the "
            f"background, got {outside[0]}",
        )
    return Categories(*_labelled(names))


def _labelled(names: dict[int, str]) -> tuple[dict[int, int], list[str]]:
    shift = int(0 in names)
    labels = {number: number + shift for number in names}
    by_label = {labels[number]: name for number, name in names.items()}
    last = max(by_label, default=0)
    return labels, [
        "__background__",
        *(by_label.get(label, UNUSED) for label in range(1, last + 1)),
    ]


def _keypoints(
    records: list[dict[str, Any]],
) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    """Read the keypoints' names, which all categories that have any must share."""
    having = [record for record in records if record.get("keypoints")]
    if not having:
        return (), ()
    first, *others = having
    names = first["keypoints"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise RefusedError(
            "keypoint names of another form",
            f"the keypoints of category {first.get('name')!r} must be a list of names, "
            f"got {shown(names)}",
        )
    for other in others:
        if other["keypoints"] != names:
            raise RefusedError(
                "categories with other keypoints",
                "a detector has one list of keypoints for all categories, but "
                f"{first.get('name')!r} has {shown(names)} and {other.get('name')!r} "
                f"{shown(other['keypoints'])}",
            )
    return tuple(names), _skeleton(first.get("skeleton"), len(names))


def _skeleton(value: Any, count: int) -> tuple[tuple[int, int], ...]:
    if not value:
        return ()
    bones = value if isinstance(value, list) else [value]
    for bone in bones:
        is_pair = isinstance(bone, list) and len(bone) == 2
        if not is_pair or not all(type(end) is int and 1 <= end <= count for end in bone):
            raise RefusedError(
                "skeleton of another form",
                f"a skeleton must hold pairs of keypoints, counted from 1 to {count}, "
                f"got {shown(bone)}",
            )
    return tuple((start - 1, end - 1) for start, end in bones)
