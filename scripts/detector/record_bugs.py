"""Record the trainings of the bug hunt: python -m scripts.detector.record_bugs.

The bundled detector learns again what it knows: its RPN head and its box predictor begin from
random weights, and its backbone stays as it is. So a minute shows what a training does.
"""

import argparse
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.detection.faster_rcnn import FasterRCNN

from rcnn_course.bug_hunt.planting import plant
from rcnn_course.bug_hunt.trainings import HELD_OUT, RECORD, record_of
from rcnn_course.datasets import GeneratedPeople
from rcnn_course.models import load_detector
from rcnn_course.models.schedule import learning_rate
from rcnn_course.reference.planted import BUGS

BATCHES, BATCH, SIZE = 120, 4, 128

DECOYS = (
    ("rpn_loss", "not_divided"),
    ("encode_boxes", "boxes_swapped"),
    ("fastrcnn_loss", "class_loss_summed"),
    ("fastrcnn_loss", "deltas_of_background"),
    ("train_one_epoch", "losses_averaged"),
)
"""Parts and mistakes that are planted for nobody: what else can be guessed."""


def record(part: str = "", mistake: str = "", batches: int = BATCHES) -> dict[str, Any]:
    """Train with a mistake, or without; return losses and detections as plain data.

    Args:
        part: whose mistake, by the name of its exercise; '' for none.
        mistake: its key.
        batches: how long.
    """
    model = _fresh_heads(load_detector("fasterrcnn", weights="course"))
    if part:
        model = plant(model, part, mistake)
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.SGD(trained, lr=0.02, momentum=0.9)
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda batch: learning_rate(batch / batches, 1.0)
    )
    losses: dict[str, list[float]] = {}
    for images, targets in _pictures(batches):
        found = _step(model.train(), optimizer, images, targets, mistake)
        if not all(map(math.isfinite, found.values())):
            break  # the weights are lost
        for name, loss in found.items():
            losses.setdefault(name.removeprefix("loss_"), []).append(loss)
        rate.step()
    return {"losses": losses, "detections": _detect(model.eval())}


def _fresh_heads(model: FasterRCNN) -> FasterRCNN:
    """Let RPN head and box predictor begin as torchvision begins them; the backbone stays."""
    model.transform.min_size = (SIZE,)
    model.backbone.requires_grad_(False)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        for layer in model.rpn.head.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.normal_(layer.weight, std=0.01)
                nn.init.zeros_(layer.bias)
        for layer in model.roi_heads.box_predictor.children():
            layer.reset_parameters()
    return model


def _pictures(batches: int) -> Iterator[tuple[list[Tensor], list[dict[str, Tensor]]]]:
    torch.manual_seed(0)  # of the samplers, which draw anchors and proposals
    pictures = GeneratedPeople(BATCH * batches, seed=107, size=SIZE)
    for start in range(0, len(pictures), BATCH):
        images, targets = zip(*(pictures[start + i] for i in range(BATCH)), strict=True)
        yield list(images), list(targets)


def _step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    images: list[Tensor],
    targets: list[dict[str, Tensor]],
    mistake: str,
) -> dict[str, float]:
    losses = model(images, targets)
    if mistake != "gradients_kept":
        optimizer.zero_grad()
    total = losses["loss_classifier"] if mistake == "one_loss" else sum(losses.values())
    (total / len(losses) if mistake == "losses_averaged" else total).backward()
    optimizer.step()
    return {name: round(loss.item(), 4) for name, loss in losses.items()}


@torch.no_grad()
def _detect(model: Callable) -> dict[str, Any]:
    image, _ = GeneratedPeople(**HELD_OUT)[0]
    (output,) = model([image])
    sure = output["scores"] >= 0.3
    return {
        "boxes": [[round(x, 1) for x in box] for box in output["boxes"][sure].tolist()],
        "labels": output["labels"][sure].tolist(),
        "scores": [round(score, 3) for score in output["scores"][sure].tolist()],
    }


def main() -> None:
    """Write the record into the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=RECORD)
    arguments = parser.parse_args()
    trainings = {"right": record()}
    bugs = [(bug.part, bug.mistake) for bug in BUGS if bug.stage is None]
    for part, mistake in sorted([*bugs, *DECOYS]):
        trainings[record_of(part, mistake)] = record(part, mistake)
        print(part, mistake, flush=True)
    arguments.to.write_text(
        json.dumps(trainings, separators=(",", ":"), allow_nan=False) + "\n", "utf-8"
    )


if __name__ == "__main__":
    main()
