"""Record a training from nothing, for notebook 10: python -m scripts.detector.record.

The settings are those of the notebook; only the schedule counts batches in the place of minutes, so
that a busy machine records the same as an idle one.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rcnn_course.datasets import GeneratedPeople
from rcnn_course.models import course_rcnn
from rcnn_course.models.precision import train_in_bfloat16
from rcnn_course.models.recorded import RECORD
from rcnn_course.models.schedule import learning_rate

BATCH, AVERAGED = 4, 5
"""Pictures in a batch, and batches that one number of a loss is the mean of."""
SHOWN = (50, 100, 200, 400, 700, 1100)
"""Numbers of batches after which the detector is looked at; the last ends the training."""
HELD_OUT = {"length": 16, "seed": 102, "size": 128}


def record(shown: tuple[int, ...] = SHOWN) -> dict[str, Any]:
    """Train a detector, and return its losses and what it detected on the way, as plain data."""
    torch.manual_seed(0)
    model = course_rcnn("fasterrcnn", norm_layer=nn.BatchNorm2d)
    model.transform.min_size = (128,)
    train_in_bfloat16(model.backbone)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1.5e-3, weight_decay=1e-4)
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda batch: learning_rate(batch / shown[-1], 1.0)
    )
    pictures = GeneratedPeople(BATCH * shown[-1], seed=101, size=128)
    losses: dict[str, list[float]] = {}
    looks = []
    started = time.process_time()
    for batch in range(shown[-1]):
        images, targets = zip(*(pictures[BATCH * batch + i] for i in range(BATCH)), strict=True)
        for name, loss in _step(model.train(), optimizer, images, targets).items():
            losses.setdefault(name.removeprefix("loss_"), []).append(loss)
        rate.step()
        if batch + 1 in shown:
            looks.append({"batches": batch + 1, "detections": _detect(model.eval())})
            print(f"{batch + 1} batches, {time.process_time() - started:.0f} s", flush=True)
    return {
        "seconds": round(time.process_time() - started),
        "losses": {name: _means(values) for name, values in losses.items()},
        "looks": looks,
    }


def _step(
    model: nn.Module, optimizer: torch.optim.Optimizer, images: Any, targets: Any
) -> dict[str, float]:
    losses = model(list(images), list(targets))
    optimizer.zero_grad()
    sum(losses.values()).backward()
    optimizer.step()
    return {name: loss.item() for name, loss in losses.items()}


@torch.no_grad()
def _detect(model: nn.Module) -> list[dict[str, Any]]:
    digits = {"boxes": 1, "labels": 0, "scores": 3}
    outputs = (model([image])[0] for image, _ in GeneratedPeople(**HELD_OUT))
    return [
        {name: _rounded(output[name], number) for name, number in digits.items()}
        for output in outputs
    ]


def _rounded(values: Tensor, digits: int) -> Any:
    if not digits:
        return values.tolist()
    if values.ndim > 1:
        return [_rounded(row, digits) for row in values]
    return [round(value, digits) for value in values.tolist()]


def _means(values: list[float]) -> list[float]:
    groups = torch.tensor(values).unflatten(0, (-1, AVERAGED))
    return [round(value, 4) for value in groups.mean(1).tolist()]


def main() -> None:
    """Write the record into the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=RECORD)
    arguments = parser.parse_args()
    arguments.to.write_text(json.dumps(record(), separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
