"""Numbers beside a picture: where detections, outputs and losses differ from right ones."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torchvision import ops

from rcnn_course.datasets import CATEGORIES

Detections = Mapping[str, Tensor]

SURE = 0.5
"""Score from which a detection is drawn and listed."""

LAST = 10
"""Batches at the end of a training whose losses are averaged."""

_HEADING = "    IoU      x1      y1      x2      y2    mask   keypoints x, y"


def sure(found: Detections) -> dict[str, Tensor]:
    """Return the detections that are drawn."""
    kept = found["scores"] >= SURE
    return {name: values[kept] for name, values in found.items()}


def table_of_detections(name: str, right: Detections, found: Detections) -> str:
    """Set each detection beside the one of another detector that overlaps it most.

    Args:
        name: of the other detector.
        right: of the right detector: boxes Tensor[D, 4] (xyxy in pixels), labels, scores, masks
            Tensor[D, 1, H, W] and keypoints Tensor[D, K, 3].
        found: of the other one, in the same picture.

    Returns:
        str: for each, labels, scores and the IoU of the boxes; by how many pixels the four sides
        lie further right or down; how many pixels of the mask differ, as a part of the right mask;
        and by how many pixels a person's keypoints lie further right and down, on average.
    """
    right, found = sure(right), sure(found)
    lines = [f"{'right detector':20}{name:20}{_HEADING}"]
    for index in range(len(right["boxes"])):
        here = {name: values[index] for name, values in right.items()}
        label = _label(here)
        overlaps = ops.box_iou(here["boxes"][None], found["boxes"])[0]
        if not len(overlaps) or not overlaps.max():
            lines.append(f"{label:20}nothing")
            continue
        there = {key: values[overlaps.argmax()] for key, values in found.items()}
        lines.append(f"{label:20}{_label(there):20}{overlaps.max():7.2f}{_shifts(here, there)}")
    counts = f"{len(right['boxes'])} of the right detector, {len(found['boxes'])} of {name}"
    return "\n".join([*lines, f"Detections with a score of {SURE} or more: {counts}."])


def _label(detection: Detections) -> str:
    return f"{CATEGORIES[int(detection['labels'])]} {detection['scores']:.2f}"


def _shifts(right: Detections, found: Detections) -> str:
    sides = "".join(f"{side:+8.1f}" for side in (found["boxes"] - right["boxes"]).tolist())
    masks = right["masks"] > 0.5, found["masks"] > 0.5
    mask = (masks[0] ^ masks[1]).sum() / masks[0].sum().clamp(min=1)
    x, y = (found["keypoints"] - right["keypoints"])[:, :2].mean(0).tolist()
    keypoints = f"{x:+8.2f}{y:+7.2f}" if right["labels"] == 1 else ""
    return f"{sides}{mask:8.0%}{keypoints}"


def table_of_rows(name: str, outputs: Sequence[tuple[Tensor, Tensor]], count: int) -> str:
    """Set the first numbers of a stage's output that differ beside the right ones.

    Args:
        name: of the detector in question.
        outputs: pairs of tensors, of the detector in question and of the right one.
        count: rows that are shown, of at most four numbers each.
    """
    for found, right in outputs:
        if found.shape != right.shape:
            return f"The shape of {name} is {list(found.shape)}, and {list(right.shape)} is right."
        rows = [tensor.reshape(-1, tensor.shape[-1]) for tensor in (right, found)]
        different = (rows[0] != rows[1]).any(1).nonzero().flatten()[:count].tolist()
        if different:
            texts = [f"{'row':>7}{'right':>38}{name:>40}"]
            for index in different:
                right_row, found_row = (
                    "".join(f"{number:9.2f}" for number in row[index, :4].tolist()) for row in rows
                )
                texts.append(f"{index:7}  {right_row:>36}    {found_row:>36}")
            return "\n".join(texts)
    return "Nothing differs."


def table_of_losses(losses: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """Set the losses of several trainings side by side.

    Args:
        losses: of each training by its name; of each loss one number for each batch.

    Returns:
        str: for each loss that of the first batch and the mean of the last `LAST`.
    """
    width = max(map(len, losses)) + 3
    lines = [f"{'':28}" + "".join(f"{name:>{width}}" for name in losses)]
    for loss in next(iter(losses.values())):
        values = {name: torch.tensor(of_one[loss]) for name, of_one in losses.items()}
        first = "".join(f"{v[0].item():{width}.3g}" for v in values.values())
        last = "".join(f"{v[-LAST:].mean().item():{width}.3g}" for v in values.values())
        lines += [f"{loss:12} first batch    {first}", f"{'':12} last {LAST} batches{last}"]
    return "\n".join(lines)


def most_different(
    first: Mapping[str, Sequence[float]], second: Mapping[str, Sequence[float]]
) -> str:
    """Return the loss whose last values differ most between two trainings, as a ratio."""

    def end(values: Sequence[float]) -> Tensor:
        return torch.tensor(values[-LAST:]).mean().clamp(min=1e-4).log()

    return max(first, key=lambda loss: float((end(first[loss]) - end(second[loss])).abs()))
