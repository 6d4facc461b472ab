"""Record the trainings of notebook 11: python -m scripts.detector.record_fine_tuning.

The pictures, their division, and all settings are those of the notebook.
"""

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.models.detection import FasterRCNN
from torchvision.transforms.functional import pil_to_tensor

from rcnn_course.datasets.insects import INSECT_KEYPOINTS, INSECTS, GeneratedInsects
from rcnn_course.datasets.labelled_insects import (
    CUT_OFF,
    TURNED_BOX,
    UNKNOWN_CATEGORY,
    write_labelled_insects,
)
from rcnn_course.models import course_rcnn, load_detector, replace_predictors
from rcnn_course.models.recorded import FINE_TUNING
from rcnn_course.reference.own_data import load_target, precision_recall
from rcnn_course.training import RandomFlip, fit, flip_indices
from rcnn_course.training.training import Training

STEPS, LOOK_EVERY, SIZE, RATE = 120, 20, 128, 1e-3
FLIP = RandomFlip(flip_indices(INSECT_KEYPOINTS))
Pairs = list[tuple[Tensor, dict[str, Tensor]]]


def pairs() -> tuple[Pairs, Pairs]:
    """Return the pictures to learn from, and those that are held out."""
    with tempfile.TemporaryDirectory() as folder:
        file = write_labelled_insects(folder)
        content = json.loads(file.read_text("utf-8"))
        read = []
        for entry in content["images"]:
            if entry["id"] in (CUT_OFF, UNKNOWN_CATEGORY, TURNED_BOX):
                continue
            picture = Image.open(file.parent / entry["file_name"]).convert("RGB")
            mine = [a for a in content["annotations"] if a["image_id"] == entry["id"]]
            target = load_target(mine, entry, content["categories"])
            read.append((pil_to_tensor(picture) / 255, target))
    quarter = len(read) // 4
    return read[quarter:], read[:quarter]


def other_pictures() -> Pairs:
    """Return more held-out pictures than there are in the folder: 14 measure roughly."""
    return [*GeneratedInsects(48, seed=2, size=SIZE)]


def fresh(*, trained: bool = True, seed: int = 0) -> FasterRCNN:
    """Return a detector for insects, on the bundled weights or on random ones."""
    torch.manual_seed(seed)
    if trained:
        model = load_detector("keypointrcnn", weights="course")
    else:
        model = course_rcnn("keypointrcnn", norm_layer=nn.BatchNorm2d)
    model.transform.min_size, model.transform.max_size = (SIZE,), 2 * SIZE
    return replace_predictors(model, num_classes=len(INSECTS), num_keypoints=len(INSECT_KEYPOINTS))


@torch.no_grad()
def detect(model: FasterRCNN, pictures: Pairs) -> list[dict[str, Tensor]]:
    """Detect in pictures; the model is left in evaluation mode."""
    model.eval()
    return [model([image])[0] for image, _ in pictures]


def ap50(outputs: list[dict[str, Tensor]], pictures: Pairs) -> float:
    """Return the mean AP of both classes at an IoU of 0.5."""
    truths = [target for _, target in pictures]
    each = [precision_recall(truths, outputs, label)[2] for label in range(1, len(INSECTS))]
    return sum(each) / len(each)


def record() -> dict[str, Any]:
    """Train four times, and return what came of it as plain data."""
    learned, held_out = pairs()
    trainings: dict[str, tuple[FasterRCNN, Pairs, RandomFlip | None]] = {
        "fine-tuned": (fresh(), learned, FLIP),
        "from nothing": (fresh(trained=False), learned, FLIP),
        "fine-tuned, not flipped": (fresh(), learned, None),
        "ten pictures": (fresh(), learned[:10], None),
    }
    others = other_pictures()
    runs, measured = {}, {}
    for name, (model, pictures, augment) in trainings.items():
        runs[name] = _run(model, pictures, held_out, augment)
        measured[name] = round(ap50(detect(model, others), others), 3)
    return {
        "runs": runs,
        "others": measured,
        "detections": [*map(_plain, detect(trainings["fine-tuned"][0], held_out))],
        "num_keypoints": len(INSECT_KEYPOINTS),
    }


def _run(
    model: FasterRCNN, learned: Pairs, held_out: Pairs, augment: RandomFlip | None
) -> dict[str, Any]:
    scores: list[float] = []
    history = fit(
        model,
        learned,
        steps=STEPS,
        validation=held_out,
        look_every=LOOK_EVERY,
        peak_rate=RATE,
        report=_measuring(held_out, scores),
        augment=augment,
    )
    return {
        "looks": history.looks,
        "training_loss": [round(value, 3) for value in history.training_loss],
        "validation_loss": [round(value, 3) for value in history.validation_loss],
        "AP50": scores,
    }


def _measuring(held_out: Pairs, scores: list[float]) -> Callable[[Training], None]:
    def measure(training: Training) -> None:
        scores.append(round(ap50(detect(training.model, held_out), held_out), 3))
        history = training.history
        print(history.steps, history.validation_loss[-1], scores[-1], flush=True)

    return measure


def _plain(output: dict[str, Tensor]) -> dict[str, Any]:
    digits = {"boxes": 1, "labels": 0, "scores": 3, "keypoints": 1}
    return {name: _rounded(output[name].tolist(), number) for name, number in digits.items()}


def _rounded(values: Any, digits: int) -> Any:
    if isinstance(values, list):
        return [_rounded(value, digits) for value in values]
    return round(values, digits) if digits else values


def main() -> None:
    """Write the record into the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=FINE_TUNING)
    arguments = parser.parse_args()
    arguments.to.write_text(json.dumps(record(), separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
