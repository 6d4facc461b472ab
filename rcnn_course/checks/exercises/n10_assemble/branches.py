"""Exercises `wire_mask_rcnn` and `wire_keypoint_rcnn`: what a further branch adds to detections.

Source: He et al. 2017, Mask R-CNN, sections 3 and 5; torchvision `RoIHeads`.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torchvision.models.detection import MaskRCNN, roi_heads
from torchvision.models.detection.roi_heads import RoIHeads

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n10_assemble.detectors import (
    CHANNELS,
    CLASSES,
    Detection,
    call_for_detections,
    changed,
    sorted_entries,
    tiny_detector,
)

Detections = list[Detection]

_COPY_HINT = "return new dictionaries with one entry more; those that arrive stay as they are."
_ORDER_HINT = "the rows of all pictures lie one after the other; each picture gets its own back."
_OWN_POOL = "each branch has a RoIAlign of its own, with a number of bins of its own."


def _branch(*added: str) -> Callable[..., Detections]:
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


_mask_reference, _keypoint_reference = _branch("masks"), _branch("keypoints", "keypoints_scores")


def _cases(seed: int) -> Iterator[Case]:
    normal, uniform = random_tensors(seed)
    sizes = {"0": (16, 24), "1": (8, 12), "2": (4, 6), "3": (2, 3), "pool": (1, 2)}

    def case(what: str, *counts: int, hint: str = "") -> Case:
        features = {name: normal(len(counts), CHANNELS, *size) for name, size in sizes.items()}
        image_sizes = [(64 - 8 * image, 96) for image in range(len(counts))]
        return Case(
            what,
            (tiny_detector(seed), features, [_detection(n) for n in counts], image_sizes),
            hint=hint,
        )

    def _detection(count: int) -> Detection:
        corners = uniform(count, 2, high=30.0)
        boxes = torch.cat([corners, corners + uniform(count, 2, low=6.0, high=30.0)], dim=1)
        labels = 1 + (uniform(count) * (CLASSES - 1)).long()
        return {"boxes": boxes, "labels": labels, "scores": uniform(count)}

    yield case("a picture with three detections", 3, hint=_COPY_HINT)
    yield case("two pictures with different numbers of detections", 2, 4, hint=_ORDER_HINT)
    yield case("a picture without detections between others", 2, 0, 1, hint=_ORDER_HINT)
    yield case("no detections at all", 0, hint="the new entries have 0 rows then.")


def _with(
    reference: Callable, path: str, change: Callable[[Callable], Callable]
) -> Callable[..., Detections]:
    """Make the mistake of another function in the place of one stage."""

    def wrong(model: MaskRCNN, *args: object) -> Detections:
        with changed(model, path, change):
            return reference(model, *args)

    return wrong


def _then(
    reference: Callable, change: Callable[[Detection], Detection]
) -> Callable[..., Detections]:
    """Make the mistake of changing what comes out."""
    return lambda *args: [change(detection) for detection in reference(*args)]


def _with_labels(change: Callable[[Tensor], Tensor]) -> Callable[..., Detections]:
    """Make the mistake of choosing masks by other labels."""

    def wrong(model: MaskRCNN, features: dict, detections: Detections, sizes: list) -> Detections:
        others = [{**d, "labels": change(d["labels"])} for d in detections]
        results = _mask_reference(model, features, others, sizes)
        return [{**r, "labels": d["labels"]} for r, d in zip(results, detections, strict=True)]

    return wrong


def _box_pool(reference: Callable, kind: str) -> Callable[..., Detections]:
    """Make the mistake of reading the features with the box head's RoIAlign."""

    def wrong(model: MaskRCNN, *args: object) -> Detections:
        pool = model.roi_heads.box_roi_pool
        with changed(model, f"roi_heads.{kind}_roi_pool.forward", lambda _: pool.forward):
            return reference(model, *args)

    return wrong


def _softmax(forward: Callable) -> Callable:
    """Give logits whose sigmoid is the softmax over the classes."""
    return lambda rois: forward(rois).softmax(dim=1).logit()


def _identity(forward: Callable) -> Callable:
    return lambda rois: rois


def _relative(detection: Detection) -> Detection:
    x, y, seen = detection["keypoints"].unbind(dim=-1)
    left, top = detection["boxes"][:, :2, None].unbind(dim=1)
    return {**detection, "keypoints": torch.stack([x - left, y - top, seen], dim=-1)}


WIRE_MASK_RCNN = Exercise(
    name="wire_mask_rcnn",
    reference=_mask_reference,
    source="torchvision's MaskRCNN",
    cases=_cases,
    use=call_for_detections,
    refused_code=(RoIHeads.forward,),
    lends={"maskrcnn_inference": roi_heads.maskrcnn_inference},
    mistakes=(
        Mistake(
            "the RoIs are read by the box head's RoIAlign",
            _box_pool(_mask_reference, "mask"),
            _OWN_POOL,
        ),
        Mistake(
            "the mask head is left out",
            _with(_mask_reference, "roi_heads.mask_head.forward", _identity),
            "RoI features go through the head's convolutions, then through the predictor.",
        ),
        Mistake(
            "the masks are logits",
            _then(_mask_reference, lambda d: {**d, "masks": d["masks"].logit()}),
            "maskrcnn_inference takes the sigmoid and chooses the class's mask.",
        ),
        Mistake(
            "the masks are cut at 0.5",
            _then(_mask_reference, lambda d: {**d, "masks": (d["masks"] > 0.5).float()}),
            "the masks stay soft until they lie in the picture.",
        ),
        Mistake(
            "the classes compete for each pixel",
            _with(_mask_reference, "roi_heads.mask_predictor.forward", _softmax),
            "each class has a mask of its own, with a sigmoid: the box head has chosen the class.",
        ),
        Mistake(
            "every mask is that of the background",
            _with_labels(torch.zeros_like),
            "the label of a detection says which of its masks counts.",
        ),
        Mistake(
            "the labels are one too low",
            _with_labels(lambda labels: labels - 1),
            "the mask predictor has a map for the background too, so label 1 is map 1.",
        ),
    ),
)

WIRE_KEYPOINT_RCNN = Exercise(
    name="wire_keypoint_rcnn",
    reference=_keypoint_reference,
    source="torchvision's KeypointRCNN",
    cases=_cases,
    use=call_for_detections,
    refused_code=(RoIHeads.forward,),
    lends={"keypointrcnn_inference": roi_heads.keypointrcnn_inference},
    atol=1e-3,
    mistakes=(
        Mistake(
            "the RoIs are read by the box head's RoIAlign",
            _box_pool(_keypoint_reference, "keypoint"),
            _OWN_POOL,
        ),
        Mistake(
            "the keypoint head is left out",
            _with(_keypoint_reference, "roi_heads.keypoint_head.forward", _identity),
            "RoI features go through the head's convolutions, then through the predictor.",
        ),
        Mistake(
            "keypoints and their scores are swapped",
            _then(
                _keypoint_reference,
                lambda d: {
                    **d,
                    "keypoints": d["keypoints_scores"],
                    "keypoints_scores": d["keypoints"],
                },
            ),
            "keypoints have three numbers each, their scores have one.",
        ),
        Mistake(
            "the heatmaps go through a softmax",
            _with(
                _keypoint_reference,
                "roi_heads.keypoint_predictor.forward",
                lambda forward: (
                    lambda rois: forward(rois).flatten(2).softmax(-1).view_as(forward(rois))
                ),
            ),
            "the score of a keypoint is its logit; the softmax belongs to the loss.",
        ),
        Mistake(
            "the keypoints are measured from the corner of their box",
            _then(_keypoint_reference, _relative),
            "keypoints are in pixels of the picture, as boxes are.",
        ),
    ),
)
