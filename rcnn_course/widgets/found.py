"""What was found in a picture: boxes, masks and people, each in a colour of its own.

Letters: `R` detections, `K` keypoints, `H` and `W` the height and width of the picture in pixels.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from rcnn_course.datasets.keypoints import SKELETON_INDICES
from rcnn_course.draw.base.inputs import require_boxes, require_values
from rcnn_course.draw.base.tags import describe
from rcnn_course.draw.overlays.masks import rim, surroundings
from rcnn_course.scene import Box, Picture, Scene, Shape
from rcnn_course.scene.pictures import painted
from rcnn_course.scene.shapes import OBJECTS, XYXY
from rcnn_course.scene.tags import tags
from rcnn_course.scene.tones import TONES, tones
from rcnn_course.widgets.skeleton import NAMES, skeleton

_CLOSE = 0.01  # up to which two coordinates, or two scores, are the same
_TINT = 115  # opacity of a mask, from 0 to 255
_RIM = 300  # the rim of a mask is a pixel wide for so many of the picture's longer side


class Found(NamedTuple):
    """What was found in a picture.

    Attributes:
        boxes (Tensor[R, 4]): xyxy in pixels.
        labels (Tensor[R]): of the categories.
        scores (Tensor[R]): from 0 to 1.
    """

    boxes: Tensor
    labels: Tensor
    scores: Tensor


def found_boxes(
    found: Found, categories: Sequence[str], page: Scene, *, meaning: str = ""
) -> list[Shape]:
    """Return boxes with names and scores; small ones lie on top, for the mouse.

    Args:
        found: what is drawn.
        categories: names by label.
        page: on whose canvas they are.
        meaning: of all; without it, each has a colour of its own.
    """
    corners, words = _corners(found.boxes), _words(found, categories)
    drawn = [
        Box(
            id=f"detection {number}",
            meaning=meaning or OBJECTS[tone],
            xyxy=box,
            tip=f"{text}: {box[2] - box[0]:.0f} × {box[3] - box[1]:.0f} pixels",
        )
        for number, (box, text, tone) in enumerate(
            zip(corners, words, tones(corners), strict=True), start=1
        )
    ]
    drawn.sort(key=_area, reverse=True)
    named = [
        (f"name {number}", text, box)
        for number, (text, box) in enumerate(zip(words, corners, strict=True), start=1)
    ]
    return [*drawn, *tags(named, page)]


def found_masks(masks: Tensor, boxes: Tensor, threshold: float) -> list[Shape]:
    """Return a tinted picture for each mask [R, 1, H, W] from 0 to 1, the first on top."""
    soft = require_values("masks", masks, (len(boxes), 1, "H", "W"))
    chosen = tones(_corners(boxes))
    thickness = max(1, round(max(soft.shape[-2:]) / _RIM))
    pictures = [
        _tinted(f"mask {number}", mask[0] >= threshold, TONES[tone], thickness)
        for number, (mask, tone) in enumerate(zip(soft, chosen, strict=True), start=1)
    ]
    return [*reversed(pictures)]


def found_keypoints(
    keypoints: Tensor,
    scores: Tensor | None,
    threshold: float,
    page: Scene,
    names: Sequence[str],
) -> list[Shape]:
    """Return skeletons [R, K, 3], of keypoints that reach a score, a logit.

    Bones are drawn between the keypoints of people, which alone have known ones.
    """
    count = len(names)
    points = require_values("keypoints", keypoints, ("R", count, 3))
    shapes: list[Shape] = []
    for number, person in enumerate(keypoints):
        sure = [threshold] * count if scores is None else scores[number].tolist()
        drawn = [
            score >= threshold and seen > 0
            for score, seen in zip(sure, points[number, :, 2], strict=True)
        ]
        height = page.zoom * np.ptp(points[number, :, 1])
        shapes += skeleton(
            person[:, :2],
            drawn,
            ["a keypoint" if scores is None else f"score {score:.1f}" for score in sure],
            names=names,
            bones=SKELETON_INDICES if [*names] == NAMES else (),
            owner=f"{number + 1}, ",
            radius=round(float(np.clip(0.02 * height, 1.5, 4.5)), 1),
        )
    return shapes


def apart(boxes: Tensor, others: Tensor) -> Tensor:
    """Return by how much boxes [R, 4] differ from others [S, 4] in any coordinate: [R, S]."""
    return torch.cdist(boxes.double(), others.double(), p=math.inf)


def only_in(some: Found, others: Found) -> Found:
    """Return what is not among the others."""
    alike = (apart(some.boxes, others.boxes) < _CLOSE) & (some.labels[:, None] == others.labels)
    alike &= (some.scores[:, None] - others.scores).abs() < _CLOSE
    alone = ~alike.any(dim=1)
    return Found(*(values[alone] for values in some))


def differences(
    here: Found, there: Found, categories: Sequence[str], whose: str, page: Scene
) -> tuple[list[Shape], str]:
    """Mark what was found here alone, and name what was found there alone.

    Args:
        here: what the student's function has found.
        there: what the other one has found.
        categories: names by label.
        whose: the other one.
        page: on whose canvas they are.

    Returns:
        (list[Shape], str): the marks, and how many there are in a sentence.
    """
    extra, missing = only_in(here, there), only_in(there, here)
    corners, words = _corners(missing.boxes), _words(missing, categories)
    named = [
        (f"missing name {number}", f"missing: {text}", box)
        for number, (text, box) in enumerate(zip(words, corners, strict=True), start=1)
    ]
    marks = _marks("differs", extra, f"not in {whose}")
    marks += _marks("reference", missing, f"in {whose}")
    if not marks:
        return [], ""
    said = f"Purple: {len(extra.boxes)} not in {whose}; green: {len(missing.boxes)} in it alone."
    return [*marks, *tags(named, page)], f"\n{said}"


def _marks(meaning: str, found: Found, tip: str) -> list[Shape]:
    return [
        Box(id=f"{meaning} {number}", meaning=meaning, xyxy=box, tip=tip)
        for number, box in enumerate(_corners(found.boxes), start=1)
    ]


def _tinted(name: str, mask: np.ndarray, tone: str, thickness: int) -> Picture:
    """Return the part of the picture that a mask [H, W] tints, its rim opaque."""
    rows, columns = surroundings(mask, thickness)
    part = mask[rows, columns]
    colors = [(tone, opacity) for opacity in (0, _TINT, 255)]
    data = painted(part.astype(np.uint8) + rim(part, thickness), colors)
    x, y = int(columns.start), int(rows.start)
    return Picture(id=name, data=data, xyxy=(x, y, x + part.shape[1], y + part.shape[0]))


def _words(found: Found, categories: Sequence[str]) -> list[str]:
    count, labels, scores = len(found.boxes), found.labels, found.scores
    return describe(count, labels=labels, scores=scores, categories=categories)


def _corners(boxes: Tensor) -> list[XYXY]:
    return [(x1, y1, x2, y2) for x1, y1, x2, y2 in require_boxes("boxes", boxes).tolist()]


def _area(box: Box) -> float:
    x1, y1, x2, y2 = box.xyxy
    return (x2 - x1) * (y2 - y1)
