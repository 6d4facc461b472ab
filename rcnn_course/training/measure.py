"""COCO's average precision of a detector on pictures with truth."""

from collections.abc import Iterator, Sequence
from itertools import tee

import torch
from torch import Tensor
from torchvision.models.detection import FasterRCNN

from rcnn_course.datasets import KEYPOINT_NAMES, evaluate_detections
from rcnn_course.datasets.scores import Evaluation
from rcnn_course.models.saved import numbers_of
from rcnn_course.training.batches import Pictures
from rcnn_course.training.device import moved_to

SIGMA = 0.05
"""Of a keypoint that nobody has measured: between COCO's for a nose, 0.026, and a hip, 0.107."""


def measure(
    model: FasterRCNN,
    pictures: Pictures,
    *,
    categories: Sequence[str] | None = None,
    sigmas: Sequence[float] | None = None,
    device: torch.device | str | None = None,
) -> Evaluation:
    """Measure COCO AP on pictures; the model stays in its mode and on its device.

    Args:
        model (FasterRCNN): a detector.
        pictures: with their truth in torchvision's format.
        categories: names by label.
        sigmas: of the keypoints, as `evaluate_detections` takes them; by default COCO's where there
            are 17, and `SIGMA` for each of any other number.
        device: on which to detect; the GPU by default, where there is one.

    Returns:
        Evaluation: AP of boxes, and of masks and keypoints where model and truth have them.

    Example:
        >>> from rcnn_course.training import measure
        >>> model = load_detector("fasterrcnn", weights="course")
        >>> measure(model, GeneratedPeople(4, seed=2)).bbox.AP50 > 0.8
        True
    """
    number = numbers_of(model)[1]
    if sigmas is None and number != len(KEYPOINT_NAMES):
        sigmas = [SIGMA] * number or None
    training = model.training
    with moved_to(model, device) as place:
        model.eval()
        first, second = tee(_answered(model, pictures, place))
        evaluation = evaluate_detections(
            (target for target, _ in first),
            (output for _, output in second),
            categories=categories,
            sigmas=sigmas,
        )
    model.train(training)
    return evaluation


def _answered(
    model: FasterRCNN, pictures: Pictures, place: torch.device
) -> Iterator[tuple[dict[str, Tensor], dict[str, Tensor]]]:
    """Give the target of each picture, and what the detector makes of it."""
    for number in range(len(pictures)):
        image, target = pictures[number]
        with torch.inference_mode():
            yield target, model([image.to(place)])[0]
