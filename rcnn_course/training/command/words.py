"""What `rcnn-course train` says, for people who train rarely."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torchvision.models.detection import FasterRCNN

from rcnn_course.datasets import CocoPictures
from rcnn_course.datasets.scores import Evaluation
from rcnn_course.models.saved import name_of
from rcnn_course.training.flip import RandomFlip
from rcnn_course.training.history import History


def plan(
    model: FasterRCNN,
    data: CocoPictures,
    val: CocoPictures,
    flip: RandomFlip | None,
    freeze: Sequence[str],
    place: torch.device,
) -> str:
    """Say what is going to be trained, on what."""
    keypoints = data.keypoint_names
    lines = [
        f"{len(data)} pictures to learn from, {len(val)} to measure on; "
        f"classes: {', '.join(data.categories[1:])}"
    ]
    if keypoints:
        lines.append(f"keypoints: {', '.join(keypoints)}")
    indices = enumerate(flip.indices or ()) if flip else ()
    swapped = [f"{keypoints[a]} and {keypoints[b]}" for a, b in indices if a < b]
    if swapped:
        lines.append(f"pictures are mirrored by chance; {', '.join(swapped)} change places then")
    frozen = f"; as it is stays {', '.join(freeze)}" if freeze else ""
    lines.append(f"a {name_of(model)} learns on {place}{frozen}")
    if both := len(_files(data) & _files(val)):
        lines.append(
            f"{both} pictures of --val are in --data too: on them a detector that has learned by "
            "heart looks good"
        )
    lines.append("Ctrl-C stops after a step and saves what has been learned")
    return "\n".join(lines)


def _files(pictures: CocoPictures) -> set[Path]:
    images = pictures.coco.dataset["images"]
    return {pictures.files.path(image["file_name"]).resolve() for image in images}


def look(history: History) -> str:
    """Say how the losses are at the last look."""
    best = "  lowest so far" if history.best_look == len(history.looks) - 1 else ""
    return (
        f"step {history.steps:5}  {history.seconds / 60:6.1f} min  "
        f"training loss {history.training_loss[-1]:7.3f}  "
        f"validation loss {history.validation_loss[-1]:7.3f}{best}"
    )


def end(history: History, patience: int, folder: Path) -> str:
    """Say why a training has ended, and which weights are kept."""
    after = f"after {history.steps} steps and {history.seconds / 60:.1f} minutes"
    if history.stopped == "interrupted":
        return (
            f"Stopped by Ctrl-C {after}. All is saved in {folder}: the same command with --resume "
            "goes on at the next step."
        )
    best = history.looks[history.best_look]
    kept = f"The weights of step {best} are kept: the validation loss was lowest there."
    if history.stopped == "validation":
        return (
            f"Stopped {after}: the validation loss has not been lower for {patience} looks, so "
            f"more training would learn the training pictures by heart. {kept}"
        )
    if best == history.steps:
        kept += " It was still falling, so a longer training may give a better detector."
    return f"Done {after}. {kept}"


def measured(evaluation: Evaluation, pictures: int) -> str:
    """Say what COCO's numbers are, and how to read them."""
    lines = [f"\nOn the {pictures} pictures of --val, from 0 (nothing found) to 1 (all, exactly):"]
    for name, scores in (
        ("boxes", evaluation.bbox),
        ("masks", evaluation.segm),
        ("keypoints", evaluation.keypoints),
    ):
        if scores is not None:
            lines.append(f"  {name:<9}  AP50 {scores.AP50:.2f}   AP {scores.AP:.2f}")
    boxes = evaluation.bbox
    if boxes is not None and len(boxes.per_category) > 1:
        each = (f"{name} {ap:.2f}" for name, ap in boxes.per_category.items())
        lines.append(f"  AP of boxes by class: {', '.join(each)}")
    lines.append(
        "AP50 is content with a box that overlaps the true one by half (IoU 0.50); AP is the mean "
        "over stricter and stricter demands, to IoU 0.95."
    )
    return "\n".join(lines)
