"""Fine-tuning the bundled detector against training from nothing: AP50 after as many steps.

Both learn the same butterflies and dragonflies, which the bundled detector does not know, with the
same settings; from nothing, batch norm learns as well, without which it would not train.
"""

import json

import torch
from torch import nn
from torchvision.models.detection import FasterRCNN

from rcnn_course.datasets.insects import INSECT_KEYPOINTS, INSECTS, GeneratedInsects
from rcnn_course.models import course_rcnn, load_detector
from rcnn_course.training import RandomFlip, fit, flip_indices, measure

PICTURES, HELD_OUT, SIZE = 48, 48, 128
STEPS, RATE = 200, 1e-3


def ap50(model: FasterRCNN) -> float:
    """Train a detector, and measure it on pictures that it has not seen."""
    model.transform.min_size = (SIZE,)
    fit(
        model,
        [*GeneratedInsects(PICTURES, seed=1, size=SIZE)],
        steps=STEPS,
        peak_rate=RATE,
        augment=RandomFlip(flip_indices(INSECT_KEYPOINTS)),
        device="cpu",
    )
    pictures = GeneratedInsects(HELD_OUT, seed=2, size=SIZE)
    return measure(model, pictures, device="cpu").bbox.AP50


def main() -> None:
    torch.manual_seed(0)
    tuned = ap50(load_detector("fasterrcnn", weights="course", num_classes=len(INSECTS)))
    torch.manual_seed(0)
    made = ap50(course_rcnn("fasterrcnn", num_classes=len(INSECTS), norm_layer=nn.BatchNorm2d))
    after = f"AP50 after {STEPS} steps"
    for name, value, wanted in (
        (f"fine-tuned, {after}", tuned, {}),
        (f"from nothing, {after}", made, {}),
        ("fine-tuned minus from nothing, AP50", tuned - made, {"at_least": 0.15}),
    ):
        print(json.dumps({"name": name, "value": round(value, 2), "unit": "", **wanted}))


if __name__ == "__main__":
    main()
