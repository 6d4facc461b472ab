"""Fine-tuning the bundled detector against training from nothing: AP50 after as many steps.

Both learn the same butterflies and dragonflies, which the bundled detector does not know, with the
same settings, three times each. From nothing, batch norm learns as well.
"""

import json
from statistics import mean

import torch
from torch import nn
from torchvision.models.detection import FasterRCNN

from rcnn_course.datasets.insects import INSECT_KEYPOINTS, INSECTS, GeneratedInsects
from rcnn_course.models import course_rcnn, load_detector
from rcnn_course.training import RandomFlip, fit, flip_indices, measure

PICTURES, HELD_OUT, SIZE = 48, 48, 128
STEPS, RATE = 100, 1e-3
SEEDS = (0, 1, 2)  # one training alone says little: AP50 rises steeply just then


def ap50(model: FasterRCNN, seed: int) -> float:
    """Train a detector, and measure it on pictures that it has not seen."""
    model.transform.min_size = (SIZE,)
    fit(
        model,
        [*GeneratedInsects(PICTURES, seed=1, size=SIZE)],
        steps=STEPS,
        peak_rate=RATE,
        augment=RandomFlip(flip_indices(INSECT_KEYPOINTS)),
        seed=seed,
        device="cpu",
    )
    pictures = GeneratedInsects(HELD_OUT, seed=2, size=SIZE)
    return measure(model, pictures, device="cpu").bbox.AP50


def fine_tuned(seed: int) -> float:
    torch.manual_seed(seed)
    return ap50(load_detector("fasterrcnn", weights="course", num_classes=len(INSECTS)), seed)


def from_nothing(seed: int) -> float:
    torch.manual_seed(seed)
    model = course_rcnn("fasterrcnn", num_classes=len(INSECTS), norm_layer=nn.BatchNorm2d)
    return ap50(model, seed)


def main() -> None:
    tuned, made = (mean(map(train, SEEDS)) for train in (fine_tuned, from_nothing))
    after = f"AP50 after {STEPS} steps"
    for name, value, wanted in (
        (f"fine-tuned, {after}", tuned, {}),
        (f"from nothing, {after}", made, {}),
        ("fine-tuned minus from nothing, AP50", tuned - made, {"at_least": 0.15}),
    ):
        print(json.dumps({"name": name, "value": round(value, 2), "unit": "", **wanted}))


if __name__ == "__main__":
    main()
