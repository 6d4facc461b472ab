"""A recorded training from nothing: what notebook 10 plays back beside a student's own minutes."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

RECORD = Path(__file__).parent / "weights" / "recorded_training.json"


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
    looks = [
        Look(
            look["batches"],
            [
                {
                    "boxes": torch.tensor(found["boxes"]).reshape(-1, 4),
                    "labels": torch.tensor(found["labels"], dtype=torch.int64),
                    "scores": torch.tensor(found["scores"]),
                }
                for found in look["detections"]
            ],
        )
        for look in data["looks"]
    ]
    return RecordedTraining(data["seconds"], data["losses"], looks)
