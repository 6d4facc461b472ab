"""What the objects of a COCO file must agree in, for all to be read in one way."""

from collections.abc import Mapping
from typing import Any

from rcnn_course.datasets.coco.content import CocoContent, Oddity
from rcnn_course.datasets.coco.objects import shown

_SLACK = 1.0  # pixels by which a tool's rounding may go over the border
_SEVERAL = 3  # boxes, from which it is no chance that all look like corners


def require_agreement(content: CocoContent, *, masks: bool, keypoints: bool) -> None:
    """Raise where a file cannot be read.

    Raises:
        ValueError: If something was refused, or objects do not agree in their boxes or in what is
            asked for. It names the first, and how many more there are.
    """
    refused = [
        *content.refused,
        *box_oddities(content),
        *(mask_oddities(content) if masks else []),
        *(keypoint_oddities(content) if keypoints else []),
    ]
    if refused:
        more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
        raise ValueError(
            f"{content.file}: {refused[0]}{more}. `rcnn-course data {content.file}` lists all"
        )


def mask_oddities(content: CocoContent) -> list[Oddity]:
    """Find objects without an outline in a file where others have one.

    No mask is not an empty one, which a mask head would learn.
    """
    text = (
        "it has no segmentation, but others have: give it one, or read boxes alone "
        "with `masks=False`"
    )
    return [
        _of_object(annotation, "no outline, but others have", text)
        for annotation in content.every_object()
        if content.has_outlines and annotation["segmentation"] is None
    ]


def keypoint_oddities(content: CocoContent) -> list[Oddity]:
    """Find keypoints that no head learns.

    That is so where all of a file have a place and none is labelled, and where an object has
    another number than the categories, or the first object, have.
    """
    refused, count = content.categories.refused, content.keypoint_count
    if refused is not None:
        return [Oddity(refused.kind, str(refused))]
    every = [a["keypoints"] for a in content.every_object() if a["keypoints"] is not None]
    if any(map(any, every)) and not any(any(numbers[2::3]) for numbers in every):
        text = (
            "keypoints must have a visibility of 1 or 2 to be learned, but all have 0, not "
            "labelled; `keypoints=False` reads boxes alone"
        )
        return [Oddity("keypoints of which none is labelled", text)]
    return [
        _of_object(
            annotation,
            "other number of keypoints",
            f"keypoints must be {count}, as for the rest of the file, with three numbers each, "
            f"got {len(annotation['keypoints'])} numbers; `keypoints=False` reads boxes alone",
        )
        for annotation in content.every_object()
        if annotation["keypoints"] is not None and len(annotation["keypoints"]) != 3 * count
    ]


def box_oddities(content: CocoContent) -> list[Oddity]:
    """Find that all boxes fit another convention than x, y, width, height in pixels.

    That is so if all boxes lie within one pixel, as shares of a picture do; or if all fit their
    pictures as two corners, which several boxes of x, y, width, height hardly ever do, and some
    would go over the border otherwise.
    """
    boxes = [
        (annotation["bbox"], content.images[annotation["image_id"]])
        for annotation in content.every_object()
        if min(annotation["bbox"][2:]) > 0
    ]
    if not boxes:
        return []
    example = shown(boxes[0][0])
    if all(x + across <= 1 and y + down <= 1 for (x, y, across, down), _ in boxes):
        text = (
            "bbox must be in pixels, but all boxes lie within one pixel, as shares of a picture "
            f"from 0 to 1 would, such as {example}"
        )
        return [Oddity("boxes as shares of a picture", text)]
    over = sum(_goes_over(x + across, y + down, image) for (x, y, across, down), image in boxes)
    are_corners = all(
        0 <= x1 < x2 and 0 <= y1 < y2 and not _goes_over(x2, y2, image)
        for (x1, y1, x2, y2), image in boxes
    )
    if not are_corners or over < (1 if len(boxes) >= _SEVERAL else len(boxes)):
        return []
    text = (
        f"bbox must be [x, y, width, height], but {over} of {len(boxes)} boxes go over the border "
        f"so, and all lie within it as [x1, y1, x2, y2], such as {example}"
    )
    return [Oddity("boxes as two corners", text)]


def _goes_over(x2: float, y2: float, image: Mapping[str, Any]) -> bool:
    return x2 > image["width"] + _SLACK or y2 > image["height"] + _SLACK


def _of_object(annotation: Mapping[str, Any], kind: str, text: str) -> Oddity:
    return Oddity(kind, text, annotation["image_id"], annotation["id"])
