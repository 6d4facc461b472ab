"""A detector as a file: its weights, and what its numbers mean."""

import io
import os
from collections.abc import Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import nn
from torchvision.models import detection
from torchvision.models.detection import FasterRCNN
from torchvision.ops import FrozenBatchNorm2d

from rcnn_course.models.course import PYRAMID, course_rcnn

_FORM = "detector"


def save_detector(
    model: FasterRCNN,
    file: str | Path,
    *,
    categories: Sequence[str],
    keypoint_names: Sequence[str] = (),
) -> None:
    """Write a detector to a file that `load_detector(name, weights=file)` reads.

    Args:
        model (FasterRCNN): of the course or of torchvision's with a ResNet-50.
        file: to write; one that is there is replaced once the new one is whole.
        categories: names by label, the first of them for the background.
        keypoint_names: in their order, where the detector has a keypoint head.

    Raises:
        OSError: If the file cannot be written.
        ValueError: If there are more or fewer names than the detector has classes or keypoints.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> model = load_detector("fasterrcnn", weights="course", num_classes=2)
        >>> with TemporaryDirectory() as folder:
        ...     file = f"{folder}/detector.pth"
        ...     save_detector(model, file, categories=["__background__", "teapot"])
        ...     load_detector("fasterrcnn", weights=file).categories
        ['__background__', 'teapot']
    """
    classes, keypoints = numbers_of(model)
    for name, names, number in (
        ("categories", categories, classes),
        ("keypoint_names", keypoint_names, keypoints),
    ):
        if len(names) != number:
            raise ValueError(
                f"{name} must name all {number} that the detector has, but got {len(names)}: "
                f"{list(names)}"
            )
    content = {
        "name": name_of(model),
        "is_course_detector": model.backbone.out_channels == PYRAMID,
        "norm_eps": next(m.eps for m in model.backbone.modules() if hasattr(m, "eps")),
        "categories": list(categories),
        "keypoint_names": list(keypoint_names),
        "min_size": list(model.transform.min_size),
        "max_size": model.transform.max_size,
        "weights": {key: tensor.cpu() for key, tensor in model.state_dict().items()},
    }
    write(file, _FORM, content)


def read_detector(name: str, file: str | Path) -> FasterRCNN:
    """Build the detector that a file holds, or that part of its heads which `name` asks for.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it holds something else, or has not the heads.
    """
    stored = read(file, _FORM)
    missing = [head for head in ("mask", "keypoint") if head in name and head not in stored["name"]]
    if missing:
        raise ValueError(
            f"{file} holds a {stored['name']!r}, without a {missing[0]} head: "
            f"load it by that name, not as {name!r}"
        )
    with torch.random.fork_rng(devices=()):
        model = _untrained(name, stored)
    weights = stored["weights"]
    model.load_state_dict({key: weights[key] for key in model.state_dict()})
    model.transform.min_size = tuple(stored["min_size"])
    model.transform.max_size = stored["max_size"]
    model.categories, model.keypoint_names = stored["categories"], stored["keypoint_names"]
    return model


def numbers_of(model: FasterRCNN) -> tuple[int, int]:
    """Return how many classes, with the background, and how many keypoints a detector has."""
    heads = model.roi_heads
    classes = heads.box_predictor.cls_score.out_features
    if not heads.has_keypoint():
        return classes, 0
    return classes, heads.keypoint_predictor.kps_score_lowres.out_channels


def name_of(model: FasterRCNN) -> str:
    """Return the name by which `load_detector` knows a detector with these heads."""
    heads = model.roi_heads
    name = "mask" * heads.has_mask() + "keypoint" * heads.has_keypoint()
    return f"{name or 'faster'}rcnn"


def write(file: str | Path, form: str, content: dict[str, Any]) -> None:
    """Write with `torch.save`; a file that is there stays whole if writing fails.

    Args:
        file: to write.
        form: what it is, in a word, which `read` asks for.
        content: tensors and plain data.

    Raises:
        OSError: If it cannot be written, with the name of the file.
    """
    file = Path(file)
    stream = io.BytesIO()  # torch itself says little about a full disk
    torch.save({"format": f"rcnn_course {form} 1", **content}, stream)
    unfinished = file.with_name(f"{file.name}.new")
    try:
        unfinished.write_bytes(stream.getbuffer())
        os.replace(unfinished, file)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(file)) from None


def read(file: str | Path, form: str) -> dict[str, Any]:
    """Read what `write` has written in this form.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it holds something else.
    """
    if not Path(file).is_file():
        raise FileNotFoundError(f"there is no file {file}")
    stream = io.BytesIO(Path(file).read_bytes())  # torch takes a file that is cut off for a disk's
    try:
        content = torch.load(stream, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, UnpicklingError, ValueError, KeyError, IndexError):
        content = None
    if not isinstance(content, dict) or content.get("format") != f"rcnn_course {form} 1":
        raise ValueError(f"{file} must hold a {form} that this course has written, but does not")
    return content


def _untrained(name: str, stored: dict[str, Any]) -> FasterRCNN:
    options: dict[str, Any] = {"num_classes": len(stored["categories"])}
    if "keypoint" in name:
        options["num_keypoints"] = len(stored["keypoint_names"])
    if stored["is_course_detector"]:
        return course_rcnn(name, **options)
    builder = getattr(detection, f"{name}_resnet50_fpn")
    model = builder(weights=None, weights_backbone=None, **options)
    for parent in list(model.backbone.modules()):
        for child, layer in list(parent.named_children()):
            if isinstance(layer, nn.BatchNorm2d):
                frozen = FrozenBatchNorm2d(layer.num_features, eps=stored["norm_eps"])
                setattr(parent, child, frozen)
    return model
