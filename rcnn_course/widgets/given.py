"""What a user gives an explorer, looked at before anything is drawn."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.detection import FasterRCNN, MaskRCNN_ResNet50_FPN_Weights

from rcnn_course.datasets import CATEGORIES
from rcnn_course.datasets.keypoints import KEYPOINT_NAMES
from rcnn_course.draw.base.inputs import require_boxes, require_tensor
from rcnn_course.widgets.stages import evaluated


def given_image(image: object) -> Tensor:
    """Return a picture [3, H, W] without gradient, on the CPU; raise where it is none."""
    return require_tensor("image", image, (3, "H", "W"))


def given_target(target: Mapping[str, Tensor] | None) -> dict[str, Tensor] | None:
    """Return boxes and labels of the truth, if there is one; raise where they do not fit."""
    if target is None:
        return None
    if not isinstance(target, Mapping):
        raise TypeError(
            f"target must be a dictionary with boxes and labels, but got {type(target).__name__}"
        )
    missing = [key for key in ("boxes", "labels") if key not in target]
    if missing:
        raise ValueError(f"target must have boxes and labels, but has no {missing[0]!r}")
    boxes = torch.from_numpy(require_boxes("target['boxes']", target["boxes"]))
    labels = require_tensor("target['labels']", target["labels"], (len(boxes),))
    return {"boxes": boxes, "labels": labels}


def given_truth(boxes: object) -> Tensor | None:
    """Return the boxes [G, 4] of the truth without gradient, if there are any."""
    return None if boxes is None else torch.from_numpy(require_boxes("truth", boxes))


def given_detector(model: FasterRCNN) -> FasterRCNN:
    """Return a detector with torchvision's parts; raise where it has others."""
    for part in ("transform", "backbone", "rpn", "roi_heads"):
        if not isinstance(getattr(model, part, None), nn.Module):
            raise TypeError(
                "model must be a torchvision detector, such as load_detector gives, but "
                f"{type(model).__name__} has no {part}"
            )
    return model


def given_detections(model: nn.Module, image: Tensor) -> dict[str, Tensor]:
    """Run a detector on a picture [3, H, W]; raise where it returns no detections."""
    if not isinstance(model, nn.Module):
        raise TypeError(
            f"model must be a detector, such as load_detector gives, but got {type(model).__name__}"
        )
    with evaluated(model):
        found = model([image])
    is_one = isinstance(found, Sequence) and len(found) == 1 and isinstance(found[0], Mapping)
    if not is_one or not {"boxes", "labels", "scores"} <= set(found[0]):
        has = sorted(found[0]) if is_one else type(found).__name__
        raise ValueError(
            "model must be a detector, which returns a list of one dictionary with boxes, labels "
            f"and scores for a list of one picture, but it returned {has}"
        )
    return {name: values.detach().cpu() for name, values in found[0].items()}


def given_boxes(name: str, boxes: object) -> Tensor:
    """Return boxes [R, 4] without gradient; raise where they are none, or there is none.

    Example:
        >>> from rcnn_course.widgets.given import given_boxes
        >>> given_boxes("boxes", torch.ones(0, 4))
        Traceback (most recent call last):
            ...
        ValueError: boxes must hold one box or more, got none
    """
    corners = torch.from_numpy(require_boxes(name, boxes))
    if not len(corners):
        raise ValueError(f"{name} must hold one box or more, got none")
    return corners


def names_of_labels(
    categories: Sequence[str] | None, labels: Iterable[int], model: nn.Module
) -> Sequence[str]:
    """Return names by label: those given, or the model's own, or those of weights that fit it.

    torchvision's COCO weights have 91 labels, the course's own detector five; labels of any other
    detector without `categories` are numbered.

    Raises:
        TypeError: If `categories` is no list of names.
        ValueError: If the names that are given do not reach the highest label.
    """
    highest = max(labels, default=0)
    categories = getattr(model, "categories", None) if categories is None else categories
    if categories is not None:
        if isinstance(categories, str) or not isinstance(categories, Sequence):
            raise TypeError(
                "categories must be a list of names, the first for the background, "
                f"but got {type(categories).__name__}"
            )
        strange = [name for name in categories if not isinstance(name, str)]
        if strange:
            raise TypeError(f"categories must be names, but one of them is {strange[0]!r}")
        if highest >= len(categories):
            raise ValueError(
                f"categories must name every label, but its {len(categories)} names have none for "
                f"{highest}: give the names that belong to the model's weights"
            )
        return categories
    count = _label_count(model) or len(CATEGORIES)
    for names in (CATEGORIES, MaskRCNN_ResNet50_FPN_Weights.COCO_V1.meta["categories"]):
        if len(names) == count > highest:
            return names
    return ["__background__", *(f"category {label}" for label in range(1, highest + 1))]


def names_of_keypoints(keypoints: Tensor | None, model: nn.Module) -> Sequence[str]:
    """Return names of found keypoints [R, K, 3]: the model's own, people's, or numbers."""
    if keypoints is None:
        return ()
    count = require_tensor("keypoints", keypoints, ("R", "K", 3)).shape[1]
    for names in (getattr(model, "keypoint_names", ()), KEYPOINT_NAMES):
        if len(names) == count:
            return [name.replace("_", " ") for name in names]
    return [f"keypoint {number}" for number in range(1, count + 1)]


def _label_count(model: Any) -> int | None:
    """Return for how many labels a torchvision detector is made; None for another model."""
    try:
        return model.roi_heads.box_predictor.cls_score.out_features
    except AttributeError:
        return None
