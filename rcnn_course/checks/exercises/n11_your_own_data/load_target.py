"""Exercise `load_target`: from the annotations of a COCO file to torchvision's target.

Source: https://cocodataset.org/#format-data; torchvision `references/detection/coco_utils.py`.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from pycocotools import mask as run_length
from torch import Tensor
from torchvision.ops import box_convert

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake
from rcnn_course.checks.exercises import works
from rcnn_course.reference.own_data import load_target

_HEIGHT, _WIDTH, _KEYPOINTS = 40, 56, 5
_IMAGE = {"id": 12, "file_name": "meadow.jpg", "height": _HEIGHT, "width": _WIDTH}
_NAMES = ["head", "left_wing", "right_wing", "left_tail", "right_tail"]
_MOTH = {"id": 7, "name": "moth", "keypoints": _NAMES}
_CATEGORIES = [_MOTH, {"id": 3, "name": "beetle", "keypoints": _NAMES}]


def _use(subject: Callable, annotations: list[dict], image: Mapping, categories: list[dict]) -> Any:
    """Load a target, whose entries may stand in any order."""
    target = subject(annotations, image, categories)
    return dict(sorted(target.items())) if isinstance(target, Mapping) else target


def _cases(_: Draw, uniform: Draw) -> Cases:
    def polygon(box: list[float], corners: int = 7) -> list[float]:
        """Return a polygon round about the middle of a box, as x, y of each corner."""
        x, y, width, height = box
        reach = uniform(corners, low=0.6).tolist()
        turns = [2 * math.pi * corner / corners for corner in range(corners)]
        return [
            coordinate
            for turn, part in zip(turns, reach, strict=True)
            for coordinate in (
                x + width / 2 * (1 + part * math.cos(turn)),
                y + height / 2 * (1 + part * math.sin(turn)),
            )
        ]

    def runs() -> dict[str, Any]:
        """Return the mask of one half of the picture's pixels, as lengths of runs."""
        mask = uniform(_WIDTH, _HEIGHT).flatten() < 0.5
        ends = torch.cat([torch.tensor([0]), 1 + mask.diff().nonzero().flatten()])
        counts = torch.cat([ends, torch.tensor([len(mask)])]).diff().tolist()
        return {"size": [_HEIGHT, _WIDTH], "counts": [0, *counts] if mask[0] else counts}

    def annotation(category: int = 3, box: list[float] | None = None) -> dict[str, Any]:
        if box is None:
            corner, sides = uniform(2, low=2, high=16), uniform(2, low=8, high=20)
            box = [round(value, 2) for value in (*corner.tolist(), *sides.tolist())]
        points = uniform(_KEYPOINTS, 2, low=1, high=38).tolist()
        visible = (uniform(_KEYPOINTS) * 3).long().tolist()
        pairs = zip(points, visible, strict=True)
        triples = [(x, y, v) if v else (0, 0, 0) for (x, y), v in pairs]
        return {
            "image_id": _IMAGE["id"],
            "category_id": category,
            "bbox": box,
            "segmentation": [polygon(box)],
            "keypoints": [number for triple in triples for number in triple],
            "iscrowd": 0,
        }

    def case(what: str, *annotations: dict, hint: str = "", **changes: Any) -> Case:
        image, categories = changes.get("image", _IMAGE), changes.get("categories", _CATEGORIES)
        return Case(what, ([*annotations], image, categories), hint=hint)

    yield case(
        "three objects with polygons",
        *(annotation(category) for category in (3, 7, 3)),
        hint="bbox is x, y, width, height; labels count the category ids from 1.",
    )
    parts = [polygon([4, 6, 12, 14]), polygon([30, 10, 18, 22])]
    yield case(
        "an object in two parts",
        {**annotation(), "segmentation": parts},
        hint="an object that something hides in the middle has several polygons: all are it.",
    )
    packed = run_length.encode(np.asfortranarray(uniform(_HEIGHT, _WIDTH).numpy() < 0.5, np.uint8))
    text = {**packed, "counts": packed["counts"].decode()}
    yield case(
        "masks as run lengths, in a list and packed in a text",
        {**annotation(), "segmentation": runs()},
        {**annotation(7), "segmentation": text},
        annotation(7),
        hint="pycocotools.mask: frPyObjects for polygons and lists of run lengths, decode for all.",
    )
    yield case(
        "a crowd between other objects",
        annotation(7),
        {**annotation(), "segmentation": runs(), "iscrowd": 1},
        annotation(),
        hint="a crowd is no single object: training leaves it out.",
    )
    plain = annotation()
    del plain["iscrowd"]
    yield case(
        "annotations without iscrowd",
        plain,
        annotation(7),
        hint="many tools leave iscrowd out where it is 0.",
    )
    yield case(
        "boxes that reach over the border",
        annotation(3, [-6.5, 10, 20, 15]),
        annotation(7, [40, 22.5, 30, 40]),
        annotation(3, [45, -4.5, 8, 15]),
        hint="what lies outside of the picture is cut off, from boxes too.",
    )
    yield case(
        "a picture that is higher than wide",
        annotation(3, [6, 45.5, 20, 8]),
        annotation(7, [8, 30, 25.5, 40]),
        image={**_IMAGE, "height": _WIDTH, "width": _HEIGHT},
        hint="x is cut at the width, y at the height.",
    )
    points = [number for k in range(_KEYPOINTS) for number in (4 + k, 20 - k, 2)]
    yield case(
        "boxes and keypoints in whole numbers",
        *({**annotation(i, [3, 4 + i, 20, 12]), "keypoints": points} for i in (3, 7)),
        hint="boxes and keypoints are float32, whatever numbers the file has.",
    )
    yield case(
        "boxes without width or height, or outside",
        annotation(3, [20, 10, 0, 12]),
        annotation(7),
        annotation(3, [20, 10, 12, 0]),
        annotation(7, [-20, 4, 12, 12]),
        annotation(7, [4, -20, 12, 12]),
        annotation(3, [20, 10, 0.5, 12]),
        annotation(7, [20, 10, 0.75, 0.5]),
        hint="torchvision's detectors stop at a box without an area: leave such objects out, with "
        "everything that belongs to them.",
    )
    leaf = {"id": 9, "name": "leaf"}
    for place, categories in {"last": [_MOTH, leaf], "first": [leaf, _MOTH]}.items():
        yield case(
            f"a kind of object that has no keypoints, {place} in the file",
            annotation(7),
            {k: v for k, v in annotation(9).items() if k != "keypoints"},
            {**annotation(9), "keypoints": []},
            categories=categories,
            hint="where an annotation has no keypoints, all of them are 0, 0, 0: not labelled.",
        )
    yield case(
        "a file without keypoints",
        *({k: v for k, v in annotation(i).items() if k != "keypoints"} for i in (11, 30)),
        categories=[{"id": 30, "name": "cup"}, {"id": 11, "name": "plate"}],
        hint="then K is 0, and keypoints have the shape [N, 0, 3].",
    )
    yield case(
        "a category with the id 0",
        annotation(0),
        annotation(4),
        categories=[{"id": number, "name": "", "keypoints": _NAMES} for number in (0, 4)],
        hint="label 0 is the background's: the smallest id gets label 1, whatever it is.",
    )
    yield case(
        "a picture without objects",
        hint="then every entry has 0 rows: boxes [0, 4], masks [0, H, W], keypoints [0, K, 3].",
    )


def _changed(name: str, change: Callable[[Tensor, Call], Tensor]) -> Callable[[Call], Any]:
    """Make the mistake of another value in one entry of the target."""

    def wrong(call: Call) -> Any:
        target = call()
        return {**target, name: change(target[name], call)}

    return wrong


def _annotated(change: Callable[[dict], dict]) -> Callable[[Call], Any]:
    """Make the mistake of reading each annotation in another way."""
    return lambda call: call(annotations=[change(dict(a)) for a in call.annotations])


def _first_polygon(annotation: dict) -> dict:
    segmentation = annotation["segmentation"]
    cut = segmentation[:1] if isinstance(segmentation, list) else segmentation
    return {**annotation, "segmentation": cut}


def _ids_for_labels(order: Callable[[list[int]], list[int]]) -> Callable[[Tensor, Call], Tensor]:
    """Write for each label what `order` gives for the sorted ids in its place."""

    def change(labels: Tensor, call: Call) -> Tensor:
        ids = [category["id"] for category in call.categories]
        return torch.tensor(order(ids))[labels - 1]

    return change


LOAD_TARGET = Exercise(
    name="load_target",
    reference=load_target,
    source="pycocotools' COCO.annToMask and torchvision.ops.box_convert",
    own_cases=_cases,
    use=_use,
    refused=(works.COCO_READING,),
    steps=(
        "Leave out the crowds first: annotation.get('iscrowd') is true for them. Everything else "
        "is a list with an entry for each annotation that stays.",
        "Boxes: torch.tensor([...]).reshape(-1, 4), so that no boxes are [0, 4]. x2 is x + width. "
        "Then clamp x to 0 … width and y to 0 … height.",
        "Labels: sort the ids of the categories; the label is the place in that list, plus 1.",
        "Masks: a list of polygons, and a dictionary whose counts are a list, go through "
        "frPyObjects(segmentation, height, width); several polygons are merged; decode makes "
        "pixels.",
        "Last, keep the rows whose box has width and height, in all entries at once.",
    ),
    mistakes={
        "xywh_kept": Mistake(
            "the boxes are still x, y, width, height",
            _changed("boxes", lambda boxes, _: box_convert(boxes, "xyxy", "xywh")),
            "torchvision wants both corners.",
        ),
        "ids_as_labels": Mistake(
            "the labels are the ids of the file",
            _changed("labels", _ids_for_labels(sorted)),
            "a detector has as many classes as there are: labels run from 1 without a gap.",
        ),
        "labels_from_zero": Mistake(
            "the labels begin with 0",
            _changed("labels", lambda labels, _: labels - 1),
            "label 0 is the background; an object that has it is learned as nothing at all.",
        ),
        "order_of_the_file": Mistake(
            "the labels follow the order of the file",
            _changed(
                "labels",
                _ids_for_labels(lambda ids: [1 + ids.index(number) for number in sorted(ids)]),
            ),
            "two files of one set may list their categories in another order: count by id.",
        ),
        "crowds_kept": Mistake(
            "crowds are taken for objects",
            _annotated(lambda annotation: {**annotation, "iscrowd": 0}),
            "a crowd is a region with an unknown number of objects; training leaves it out.",
        ),
        "not_cut": Mistake(
            "boxes reach over the border of the picture",
            lambda call: call.by(partial(load_target, cut=False)),
            "cut them off at 0, at the width and at the height.",
        ),
        "no_area_kept": Mistake(
            "boxes without an area are still there",
            lambda call: call.by(partial(load_target, least_side=-1.0)),
            "torchvision's detectors stop at a box without width or height.",
        ),
        "first_polygon_alone": Mistake(
            "only the first polygon of an object is painted",
            _annotated(_first_polygon),
            "an object can be in several parts, and all of them are its mask.",
        ),
        "keypoints_in_blocks": Mistake(
            "the keypoints are read as all x, then all y, then all v",
            _changed(
                "keypoints",
                lambda points, _: points.reshape(len(points), 3, points.shape[1]).transpose(1, 2),
            ),
            "the list goes x, y, v of the first keypoint, then x, y, v of the next.",
        ),
        "keypoints_flat": Mistake(
            "the keypoints are still one flat list",
            _changed("keypoints", lambda points, _: points.flatten(1)),
            "a row for each keypoint: [N, K, 3].",
        ),
    },
)
