"""Load a detector: with COCO weights, the bundled course weights, those of a file, or untrained."""

import copy
import functools
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from pickle import UnpicklingError

import torch
from torchvision.models import detection
from torchvision.models.detection import FasterRCNN

from rcnn_course.models.course import NAMES, course_rcnn
from rcnn_course.models.predictors import replace_predictors
from rcnn_course.models.saved import numbers_of, read_detector

COURSE_WEIGHTS = Path(__file__).parent / "weights" / "course_rcnn.pth"

_COCO_WEIGHTS = {
    "fasterrcnn": detection.FasterRCNN_ResNet50_FPN_Weights.COCO_V1,
    "maskrcnn": detection.MaskRCNN_ResNet50_FPN_Weights.COCO_V1,
    "keypointrcnn": detection.KeypointRCNN_ResNet50_FPN_Weights.COCO_V1,
}


class WeightsUnavailableError(RuntimeError):
    """COCO weights are neither in the torch hub cache nor to be had from the network."""


def load_detector(
    name: str,
    *,
    weights: str | Path | None = "coco",
    num_classes: int | None = None,
    num_keypoints: int | None = None,
    progress: bool = True,
) -> FasterRCNN:
    """Load a detector that is ready to detect.

    Args:
        name: "fasterrcnn", "maskrcnn" or "keypointrcnn"; also by torchvision's full name, such as
            "maskrcnn_resnet50_fpn". "maskkeypointrcnn" is the course detector with all its heads.
        weights: "coco" gives torchvision's ResNet-50 FPN model with its COCO weights, from the
            torch hub cache or else from the network; its labels are
            `<Name>_ResNet50_FPN_Weights.COCO_V1.meta["categories"]`. "course" gives the small
            detector of generated people with the weights inside the package; its labels are
            `rcnn_course.datasets.CATEGORIES`. None gives torchvision's model untrained
            ("maskkeypointrcnn": the course detector untrained). A path gives the detector of a file
            that `save_detector` or `rcnn-course train` has written; it has the attributes
            `categories` and `keypoint_names`.
        num_classes: with the background, to learn other classes: the last layers of the box and the
            mask head are new and untrained, as `replace_predictors` makes them. Of a detector from
            a file, which keeps its own, the number that it has.
        num_keypoints: of an object, likewise for the keypoint head.
        progress: whether a download shows a bar.

    Returns:
        FasterRCNN: or its subclass `MaskRCNN` or `KeypointRCNN`, in evaluation mode. Called on a
            list of images (Tensor[3, H, W], 0..1), it returns a dictionary for each: boxes, labels
            and scores, and masks or keypoints where it has the head.

    Raises:
        ValueError: If `name` or `weights` is unknown, there is no such pair, or a number is
            impossible.
        FileNotFoundError: If `weights` is a path where no file is.
        WeightsUnavailableError: If COCO weights cannot be loaded; it says what to do.

    Example:
        >>> model = load_detector("maskrcnn", weights="course")
        >>> image, _ = GeneratedPeople(1)[0]
        >>> (detections,) = model([image])
        >>> sorted(detections)
        ['boxes', 'labels', 'masks', 'scores']
        >>> load_detector("yolo")
        Traceback (most recent call last):
            ...
        ValueError: name must be one of 'fasterrcnn', 'maskrcnn', 'keypointrcnn', ...
    """
    short = name.removesuffix("_resnet50_fpn")
    if short not in NAMES:
        known = ", ".join(map(repr, NAMES))
        raise ValueError(f"name must be one of {known}, but got {name!r}")
    if weights not in ("coco", "course", None):
        return _from_file(short, weights, num_classes, num_keypoints).eval()
    model = _loaded(short, weights, progress).eval()
    return replace_predictors(model, num_classes=num_classes, num_keypoints=num_keypoints)


def _loaded(short: str, weights: str | Path | None, progress: bool) -> FasterRCNN:
    if weights == "course":
        return _course_detector(short)
    if short == "maskkeypointrcnn":
        if weights == "coco":
            raise ValueError(
                "name 'maskkeypointrcnn' has no COCO weights: ask for weights='course', "
                "or for 'maskrcnn' or 'keypointrcnn'"
            )
        return course_rcnn(short)
    if weights == "coco":
        return _coco_detector(short, progress)
    return _torchvision_builder(short)(weights=None, weights_backbone=None)


def _from_file(
    short: str, weights: str | Path, num_classes: int | None, num_keypoints: int | None
) -> FasterRCNN:
    if not Path(weights).is_file() and Path(weights).name == str(weights):
        raise ValueError(
            "weights must be 'coco', 'course', None or the path of a file that is there, "
            f"but got {str(weights)!r}"
        )
    model = read_detector(short, weights)
    asked = {"num_classes": num_classes, "num_keypoints": num_keypoints}
    for (name, number), has in zip(asked.items(), numbers_of(model), strict=True):
        if number not in (None, has):
            raise ValueError(
                f"{name} must be {has}, as in {weights}, or left away, but got {number}: for other "
                "objects, give the detector new last layers with replace_predictors"
            )
    return model


def _torchvision_builder(name: str) -> Callable[..., FasterRCNN]:
    return getattr(detection, f"{name}_resnet50_fpn")


def _coco_detector(name: str, progress: bool) -> FasterRCNN:
    """Torchvision's own way, with one clear error in the place of its many."""
    weights = _COCO_WEIGHTS[name]
    try:
        return _torchvision_builder(name)(weights=weights, progress=progress)
    except (OSError, HTTPException, RuntimeError, EOFError, UnpicklingError) as error:
        cache = Path(torch.hub.get_dir()) / "checkpoints"
        file = Path(weights.url).name
        raise WeightsUnavailableError(
            f"the COCO weights of {name!r} cannot be loaded: {error or type(error).__name__}\n"
            f"With a network, run this again, or download {weights.url}\n"
            f"and put {file} into {cache} (where it is there already, delete it first).\n"
            f'Without a network, use load_detector("{name}", weights="course").'
        ) from None


def _course_detector(name: str) -> FasterRCNN:
    """The heads that `name` asks for, out of the one trained detector."""
    return copy.deepcopy(_course_pattern(name, COURSE_WEIGHTS, COURSE_WEIGHTS.stat().st_mtime_ns))


@functools.cache
def _course_pattern(name: str, weights: Path, written: int) -> FasterRCNN:
    """The detector that is copied, since reading and building it takes longer than a copy.

    Args:
        name: the heads.
        weights: the file.
        written: when the file was written, so that new weights are read anew.
    """
    with torch.random.fork_rng(devices=()):
        model = course_rcnn(name)
    stored = torch.load(weights, weights_only=True)
    model.load_state_dict({key: stored[key].float() for key in model.state_dict()})
    return model
