"""What is well-defined in a COCO file, and yet odd enough to look at before training."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from pycocotools import mask as rle
from torchvision import ops

from rcnn_course.datasets.coco.content import CocoContent, Oddity
from rcnn_course.datasets.coco.objects import encode, shown

_SLACK = 1.0  # pixels by which a tool's rounding may go over the border
_SAME_BOX = 0.5  # IoU from which a box and its outline are taken to be of one object


def remarks(content: CocoContent) -> list[Oddity]:
    """Find what is read, but odd: of each object, each picture and each category."""
    found = [
        Oddity(kind, text, annotation["image_id"], annotation["id"])
        for annotation in content.every_object()
        for kind, text in _of_object(annotation, content.images[annotation["image_id"]])
    ]
    return [*found, *_twice(content), *_of_pictures(content), *_of_categories(content)]


def _of_object(
    annotation: Mapping[str, Any], image: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    width, height = image["width"], image["height"]
    x, y, across, down = annotation["bbox"]
    if not across or not down:
        yield "box without width or height: left out", f"bbox is {shown(annotation['bbox'])}"
    elif min(x, y) < -_SLACK or x + across > width + _SLACK or y + down > height + _SLACK:
        text = f"bbox is {shown(annotation['bbox'])}, the picture {width} × {height}"
        yield "box over the border: cut there", text
    if annotation["segmentation"] is not None:
        yield from _of_outline(annotation, width, height)
    if annotation["area"] == 0 and across * down:
        yield "area of 0: small in all AP, and any miss of a keypoint is fatal", "area is 0"
    if annotation["keypoints"] is not None:
        yield from _of_keypoints(annotation, width, height)
    if annotation["id"] == 0:
        yield "annotation id 0: COCOeval takes it for no match", "use `evaluate_detections`"
    yield from _of_tool(annotation)
    if annotation["iscrowd"]:
        yield "crowd: left out of training", "iscrowd is 1"


def _of_tool(annotation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Find fields that labelling tools add to COCO's, and that change what a box means."""
    if annotation.get("score") is not None:
        yield "score: a detection rather than truth?", f"score is {shown(annotation['score'])}"
    added = annotation.get("attributes")
    for fields in (annotation, added if isinstance(added, dict) else {}):
        if fields.get("rotation"):
            text = f"rotation is {shown(fields['rotation'])}"
            yield "rotated box: read as if it were upright", text


def _of_outline(
    annotation: Mapping[str, Any], width: int, height: int
) -> Iterator[tuple[str, str]]:
    encoded = encode(annotation["segmentation"], width, height)
    if not rle.area(encoded):
        yield "outline that covers no pixel", f"segmentation is {shown(annotation['segmentation'])}"
        return
    boxes = torch.tensor([annotation["bbox"], rle.toBbox(encoded).tolist()])
    overlap = ops.box_iou(*(ops.box_convert(boxes[[k]], "xywh", "xyxy") for k in (0, 1)))
    if overlap.item() < _SAME_BOX:
        text = f"bbox is {shown(annotation['bbox'])}, the outline's is {boxes[1].tolist()}"
        yield "box and outline of different places", text


def _of_keypoints(
    annotation: Mapping[str, Any], width: int, height: int
) -> Iterator[tuple[str, str]]:
    numbers = annotation["keypoints"]
    points = list(zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True))
    labelled = [(x, y) for x, y, flag in points if flag]
    outside = [(x, y) for x, y in labelled if not (0 <= x <= width and 0 <= y <= height)]
    if outside:
        yield "keypoint outside its picture", f"{outside[0]}, the picture {width} × {height}"
    said = annotation.get("num_keypoints")
    if said is not None and said != len(labelled):
        text = f"num_keypoints is {shown(said)}, but {len(labelled)} have a visibility above 0"
        yield "num_keypoints that is another: not used", text


def _twice(content: CocoContent) -> Iterator[Oddity]:
    for image_id, here in content.objects.items():
        seen: dict[tuple, object] = {}
        for annotation in here:
            key = (annotation["category_id"], *annotation["bbox"])
            if key in seen:
                text = f"the same box and category as annotation {seen[key]}"
                yield Oddity("object twice", text, image_id, annotation["id"])
            seen.setdefault(key, annotation["id"])


def _of_pictures(content: CocoContent) -> Iterator[Oddity]:
    names = Counter(image["file_name"] for image in content.images.values())
    with_faults = {oddity.image_id for oddity in content.refused}
    for image_id, image in content.images.items():
        if not content.objects[image_id] and image_id not in with_faults:
            yield Oddity("picture without objects: background", image["file_name"], image_id)
        if names[image["file_name"]] > 1:
            yield Oddity("picture file of several ids", image["file_name"], image_id)


def _of_categories(content: CocoContent) -> Iterator[Oddity]:
    categories = content.categories
    used = {annotation["category_id"] for annotation in content.every_object()}
    names = Counter(categories.names[label] for label in categories.labels.values())
    for number, label in categories.labels.items():
        name = categories.names[label]
        if number not in used:
            yield Oddity("category without objects", f"{name!r}, id {number}")
        if names[name] > 1:
            yield Oddity("category name twice", f"{name!r}, id {number}")
