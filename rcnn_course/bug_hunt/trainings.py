"""Recorded trainings, one without a mistake and one with each mistake of the third round."""

import functools
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

RECORD = Path(__file__).parent / "trainings.json"

HELD_OUT = {"length": 1, "seed": 102, "size": 128}
"""The generated picture that each detector is shown after its training."""


@dataclass(frozen=True)
class Training:
    """A short training of the course detector, whose heads began from random weights.

    Attributes:
        losses: by name, one number for each batch; it ends where a loss is no longer finite.
        detections: in the picture of `HELD_OUT` afterwards, as a detector returns them, with
            scores of 0.3 or more.
    """

    losses: dict[str, list[float]]
    detections: dict[str, Tensor]


@functools.cache
def trainings() -> dict[str, Training]:
    """Read the trainings; `scripts/detector/record_bugs.py` has written them.

    Returns:
        dict: by 'right', or by part and mistake, such as 'rpn_loss.objectness_summed'.
    """
    return {
        name: Training(data["losses"], _as_tensors(data["detections"]))
        for name, data in json.loads(RECORD.read_text("utf-8")).items()
    }


def record_of(part: str, mistake: str) -> str:
    """Return the name of the training with a mistake."""
    return f"{part}.{mistake}"


def _as_tensors(found: dict[str, list]) -> dict[str, Tensor]:
    return {
        "boxes": torch.tensor(found["boxes"]).reshape(-1, 4),
        "labels": torch.tensor(found["labels"], dtype=torch.int64),
        "scores": torch.tensor(found["scores"]),
    }
