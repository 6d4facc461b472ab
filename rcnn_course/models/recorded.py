"""Recorded trainings: what notebooks 10 and 11 play back beside a student's own minutes."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

RECORD = Path(__file__).parent / "weights" / "recorded_training.json"
FINE_TUNING = Path(__file__).parent / "weights" / "recorded_fine_tuning.json"


@dataclass(frozen=True)
class Look:
    """What a detector in training detected after a number of batches.

    Attributes:
        batches: trained on so far.
        detections: of each held-out picture, as a detector returns them: boxes Tensor[D, 4] (xyxy
            in pixels), labels Tensor[D] (int64) and scores Tensor[D], best first.
    """

    batches: int
    detections: list[dict[str, Tensor]]


@dataclass(frozen=True)
class RecordedTraining:
    """A training of `course_rcnn("fasterrcnn")` with torchvision's parts, from random weights.

    Attributes:
        seconds: of work for one core.
        losses: by the name of each loss, the means of five batches each.
        looks: at the detector, from the first to that after the last batch; the pictures are those
            of `GeneratedPeople(16, seed=102, size=128)`.
    """

    seconds: int
    losses: dict[str, list[float]]
    looks: list[Look]


def recorded_training() -> RecordedTraining:
    """Read the recorded training that is bundled; `scripts/detector/record.py` has written it.

    Example:
        >>> from rcnn_course.models.recorded import recorded_training
        >>> record = recorded_training()
        >>> [look.batches for look in record.looks]
        [50, 100, 200, 400, 700, 1100]
        >>> sorted(record.losses)
        ['box_reg', 'classifier', 'objectness', 'rpn_box_reg']
    """
    data = json.loads(RECORD.read_text("utf-8"))
    looks = [Look(look["batches"], [*map(_tensors, look["detections"])]) for look in data["looks"]]
    return RecordedTraining(data["seconds"], data["losses"], looks)


@dataclass(frozen=True)
class Run:
    """A training on own pictures, with a look at the held-out ones every so many steps.

    Attributes:
        looks: number of steps done at each look.
        training_loss: for each look, the mean of the steps since the look before.
        validation_loss: of the held-out pictures at each look.
        AP50: of these at each look, the mean of all classes.
    """

    looks: list[int]
    training_loss: list[float]
    validation_loss: list[float]
    AP50: list[float]


@dataclass(frozen=True)
class RecordedFineTuning:
    """Trainings of the course detector on the labelled insects of notebook 11.

    Attributes:
        runs: by name: "fine-tuned", "from nothing", "fine-tuned, not flipped", and "ten pictures".
        others: AP50 at the end of each run, on 48 generated pictures that are not in the folder.
        detections: of the held-out pictures after the first, as a detector returns them.
    """

    runs: dict[str, Run]
    others: dict[str, float]
    detections: list[dict[str, Tensor]]


def recorded_fine_tuning() -> RecordedFineTuning:
    """Read the recorded fine-tuning; `scripts/detector/record_fine_tuning.py` has written it.

    Example:
        >>> from rcnn_course.models.recorded import recorded_fine_tuning
        >>> record = recorded_fine_tuning()
        >>> record.runs["fine-tuned"].looks
        [20, 40, 60, 80, 100, 120]
        >>> sorted(record.detections[0])
        ['boxes', 'keypoints', 'labels', 'scores']
    """
    data = json.loads(FINE_TUNING.read_text("utf-8"))
    runs = {name: Run(**run) for name, run in data["runs"].items()}
    detections = [_tensors(found, data["num_keypoints"]) for found in data["detections"]]
    return RecordedFineTuning(runs, data["others"], detections)


def _tensors(found: dict[str, list], num_keypoints: int = 0) -> dict[str, Tensor]:
    """Read the detections of a picture."""
    tensors = {
        "boxes": torch.tensor(found["boxes"]).reshape(-1, 4),
        "labels": torch.tensor(found["labels"], dtype=torch.int64),
        "scores": torch.tensor(found["scores"]),
    }
    if num_keypoints:
        tensors["keypoints"] = torch.tensor(found["keypoints"]).reshape(-1, num_keypoints, 3)
    return tensors
