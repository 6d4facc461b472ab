"""What a further branch adds to detections: the cases, and wrong ways to wire it.

Source: He et al. 2017, Mask R-CNN, sections 3 and 5; torchvision `RoIHeads`.
"""

from collections.abc import Callable, Iterator

import torch
from torchvision.models.detection import MaskRCNN

from rcnn_course.checks.engine.exercise import Case
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n10_assemble.detectors import (
    CHANNELS,
    CLASSES,
    Detection,
    changed,
    sorted_entries,
    tiny_detector,
)

Detections = list[Detection]

_COPY_HINT = "return new dictionaries with one entry more; those that arrive stay as they are."
_ORDER_HINT = "the rows of all pictures lie one after the other; each picture gets its own back."
OWN_POOL = "each branch has a RoIAlign of its own, with a number of bins of its own."


def branch(*added: str) -> Callable[..., Detections]:
    """Let torchvision's RoI heads run on boxes that are given, and keep what they add."""

    def reference(
        model: MaskRCNN, features: dict, detections: Detections, image_sizes: list
    ) -> Detections:
        kinds = ("boxes", "scores", "labels")
        given = tuple([detection[kind] for detection in detections] for kind in kinds)
        with changed(model, "roi_heads.postprocess_detections", lambda _: lambda *outputs: given):
            results, _ = model.roi_heads(features, given[0], image_sizes)
        return sorted_entries(
            [
                {**detection, **{name: result[name] for name in added}}
                for detection, result in zip(detections, results, strict=True)
            ]
        )

    return reference


def cases(seed: int) -> Iterator[Case]:
    """Yield the cases of both branches: pictures with some detections, or none."""
    normal, uniform = random_tensors(seed)
    sizes = {"0": (16, 24), "1": (8, 12), "2": (4, 6), "3": (2, 3), "pool": (1, 2)}

    def case(what: str, *counts: int, hint: str = "") -> Case:
        features = {name: normal(len(counts), CHANNELS, *size) for name, size in sizes.items()}
        image_sizes = [(64 - 8 * image, 96) for image in range(len(counts))]
        return Case(
            what,
            (tiny_detector(seed), features, [detection(n) for n in counts], image_sizes),
            hint=hint,
        )

    def detection(count: int) -> Detection:
        corners = uniform(count, 2, high=30.0)
        boxes = torch.cat([corners, corners + uniform(count, 2, low=6.0, high=30.0)], dim=1)
        labels = 1 + (uniform(count) * (CLASSES - 1)).long()
        return {"boxes": boxes, "labels": labels, "scores": uniform(count)}

    yield case("a picture with three detections", 3, hint=_COPY_HINT)
    yield case("two pictures with different numbers of detections", 2, 4, hint=_ORDER_HINT)
    yield case("a picture without detections between others", 2, 0, 1, hint=_ORDER_HINT)
    yield case("no detections at all", 0, hint="the new entries have 0 rows then.")


def with_stage(
    reference: Callable, path: str, change: Callable[[Callable], Callable]
) -> Callable[..., Detections]:
    """Make the mistake of another function in the place of one stage."""

    def wrong(model: MaskRCNN, *args: object) -> Detections:
        with changed(model, path, change):
            return reference(model, *args)

    return wrong


def then(
    reference: Callable, change: Callable[[Detection], Detection]
) -> Callable[..., Detections]:
    """Make the mistake of changing what comes out."""
    return lambda *args: [change(detection) for detection in reference(*args)]


def with_box_pool(reference: Callable, kind: str) -> Callable[..., Detections]:
    """Make the mistake of reading the features with the box head's RoIAlign."""

    def wrong(model: MaskRCNN, *args: object) -> Detections:
        pool = model.roi_heads.box_roi_pool
        with changed(model, f"roi_heads.{kind}_roi_pool.forward", lambda _: pool.forward):
            return reference(model, *args)

    return wrong


def identity(forward: Callable) -> Callable:
    """Leave a stage out."""
    return lambda rois: rois
