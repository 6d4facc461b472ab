"""`rcnn-course train`: a detector for the objects of a COCO file, in a folder of its own."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torchvision.models.detection import FasterRCNN

from rcnn_course.datasets import KEYPOINT_NAMES, CocoPictures
from rcnn_course.datasets.coco.objects import is_learned
from rcnn_course.datasets.coco.printable import printable
from rcnn_course.models import course_rcnn, load_detector, save_detector
from rcnn_course.models.saved import name_of, read, write
from rcnn_course.training.command import words
from rcnn_course.training.command.written import write_losses
from rcnn_course.training.device import choose
from rcnn_course.training.fit import fit
from rcnn_course.training.flip import RandomFlip, flip_indices
from rcnn_course.training.freezing import frozen_parts
from rcnn_course.training.measure import SIGMA, measure
from rcnn_course.training.training import Training

INTERRUPTED = 130
"""What a shell takes for a command that Ctrl-C has ended."""

WRITTEN = ("detector.pth", "losses.csv", "losses.png")
"""What a training leaves in its folder, besides what it goes on from."""

KEPT = "training.pth"
"""What it goes on from."""

_FORM = "training"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What the command line asks for.

    Attributes:
        data: COCO file of the pictures to learn from; `val`: of others, to measure on.
        pictures: folder of the pictures; that of each file by default.
        out: folder for what comes out.
        steps: how many batches, or else `minutes`.
        weights: to begin from: "course", "coco" or "none".
        detector: which heads, by torchvision's names; by default all that the files have truth for.
        freeze: parts that stay as they are.
        size: pixels of the shorter side to which pictures are scaled; the detector's by default.
        mirror: whether pictures are mirrored by chance.
        swap: pairs of keypoints that change places then, "A:B"; by default, left and right.
        resume: go on where the training of `out` stopped.
        device: on which to compute; the GPU by default, where there is one.
    """

    data: Path
    val: Path
    out: Path
    pictures: Path | None = None
    steps: int | None = None
    minutes: float | None = None
    weights: str = "course"
    detector: str | None = None
    freeze: Sequence[str] = ()
    batch: int = 4
    peak_rate: float = 5e-4
    size: int | None = None
    patience: int = 5
    look_every: int = 20
    mirror: bool = True
    swap: Sequence[str] = ()
    seed: int = 0
    resume: bool = False
    device: str | None = None


def main(order: Order) -> int:
    """Train, measure, and say in words what came out; 130 where Ctrl-C has ended it."""
    try:
        return _train(order)
    except KeyboardInterrupt:
        if not (order.out / KEPT).exists():
            raise
        message = "interrupted; the same command with --resume goes on"
        print(f"rcnn-course: {message}", file=sys.stderr)
        return INTERRUPTED


def _train(order: Order) -> int:
    """Train and measure, in one go."""
    data, val = _read_pictures(order)
    place = choose(order.device)
    model = _detector(order, data, val)
    frozen_parts(model, order.freeze)  # a part that is not there is said before the plan
    described = _described(order, model, data)
    state = _state(order, described)
    order.out.mkdir(parents=True, exist_ok=True)
    flip = _flip(order, data.keypoint_names)
    print(printable(words.plan(model, data, val, flip, order.freeze, place)), flush=True)

    def report(training: Training) -> None:
        _keep(training, order.out, described)

    history = fit(
        model,
        data,
        steps=order.steps,
        minutes=order.minutes,
        validation=val,
        freeze=order.freeze,
        augment=flip,
        batch=order.batch,
        peak_rate=order.peak_rate,
        patience=order.patience,
        look_every=order.look_every,
        seed=order.seed,
        device=place,
        report=report,
        resume=state,
    )
    print(words.end(history, order.patience, order.out))
    if history.stopped == "interrupted":
        return INTERRUPTED
    is_coco = tuple(data.keypoint_names) in ((), KEYPOINT_NAMES)
    sigmas = None if is_coco else [SIGMA] * len(data.keypoint_names)
    found = measure(model, val, categories=data.categories, sigmas=sigmas, device=place)
    print(printable(words.measured(found, len(val))))
    print(f'The detector: load_detector("{name_of(model)}", weights="{order.out}/detector.pth")')
    return 0


def _read_pictures(order: Order) -> tuple[CocoPictures, CocoPictures]:
    data, val = (CocoPictures(order.pictures or f.parent, f) for f in (order.data, order.val))
    for what in ("categories", "keypoint_names"):
        known, asked = list(getattr(data, what)), list(getattr(val, what))
        has_none = what == "keypoint_names" and not (known and asked)
        if known != asked and not has_none:
            raise ValueError(
                f"--val must have the {what.replace('_', ' ')} of --data, {known}, but got {asked}"
            )
    for option, file, pictures in (("--data", order.data, data), ("--val", order.val, val)):
        if not any(map(is_learned, pictures.coco.dataset["annotations"])):
            raise ValueError(
                f"{option} must have objects, other than crowds and boxes without a size, "
                f"but {file} has none"
            )
    return data, val


def _detector(order: Order, data: CocoPictures, val: CocoPictures) -> FasterRCNN:
    has_masks = data.has_masks and val.has_masks
    has_keypoints = bool(data.keypoint_names and val.keypoint_names)
    heads = "mask" * has_masks + "keypoint" * has_keypoints
    name = order.detector or f"{heads or 'faster'}rcnn"
    numbers: dict[str, Any] = {"num_classes": len(data.categories)}
    if "keypoint" in name:
        numbers["num_keypoints"] = len(data.keypoint_names)
    if not -(2**63) <= order.seed < 2**63:
        raise ValueError(f"--seed must be a number of 64 bits, but got {order.seed}")
    torch.manual_seed(order.seed)
    if order.weights == "none":
        model = course_rcnn(name, norm_layer=nn.BatchNorm2d, **numbers)
    else:
        model = load_detector(name, weights=order.weights, **numbers)
    if order.size is not None:
        if order.size < 1:
            raise ValueError(f"--size must be 1 pixel or more, but got {order.size}")
        model.transform.min_size = (order.size,)
    return model


def _flip(order: Order, names: Sequence[str]) -> RandomFlip | None:
    """Say how pictures are mirrored; None where they are not."""
    if not order.mirror:
        return None
    pairs = [_pair(text) for text in order.swap]
    if not names:
        return RandomFlip()
    if not pairs and list(names) == [f"keypoint {k + 1}" for k in range(len(names))]:
        print(
            "Pictures are not mirrored: the keypoints have no names, so nobody knows which of them "
            "change places. Say so by --swap 'keypoint 1:keypoint 2'."
        )
        return None
    try:
        return RandomFlip(flip_indices(names, pairs or None))
    except ValueError as error:
        raise ValueError(f"{error}; here, by --swap A:B or --no-mirror") from None


def _pair(text: str) -> tuple[str, str]:
    first, colon, second = text.partition(":")
    if not colon:
        raise ValueError(f"--swap must be two names with a colon between, A:B, but got {text!r}")
    return first, second


def _described(order: Order, model: FasterRCNN, data: CocoPictures) -> dict[str, Any]:
    """Return what a training that goes on must share with the one that stopped."""
    return {
        "detector": name_of(model),
        "weights": order.weights,
        "size": list(model.transform.min_size),
        "freeze": sorted(order.freeze),
        "patience": order.patience,
        "look-every": order.look_every,
        "mirror": order.mirror,
        "swap": sorted(order.swap),
        "categories": list(data.categories),
        "keypoint names": list(data.keypoint_names) if model.roi_heads.has_keypoint() else [],
    }


def _state(order: Order, described: dict[str, Any]) -> dict[str, Any] | None:
    """Return the state to go on from; None for a training from the beginning."""
    file = order.out / KEPT
    if not order.resume:
        if file.exists():
            raise ValueError(
                f"{order.out} holds a training already: go on with it by --resume, "
                "or choose another folder for --out"
            )
        others = [name for name in WRITTEN if (order.out / name).exists()]
        if others:
            raise ValueError(
                f"{order.out / others[0]} is there already, of something else: "
                "choose another folder for --out"
            )
        return None
    if not file.exists():
        raise FileNotFoundError(
            f"there is nothing to resume: {file} is missing. Leave --resume away to begin"
        )
    kept = read(file, _FORM)
    for name, before in kept["described"].items():
        if described[name] != before:
            raise ValueError(
                f"{name} must be {before}, as in the training that goes on, "
                f"but got {described[name]}"
            )
    return kept["state"]


def _keep(training: Training, folder: Path, described: dict[str, Any]) -> None:
    """Write what has been learned and what going on needs, and print the losses of a look."""
    history = training.history
    write(folder / KEPT, _FORM, {"described": described, "state": training.state()})
    save_detector(
        training.best_detector(),
        folder / "detector.pth",
        categories=described["categories"],
        keypoint_names=described["keypoint names"],
    )
    if history.looks:
        write_losses(history, folder)
    if history.looks and history.looks[-1] == history.steps:
        print(words.look(history), flush=True)
