"""What a training writes into its folder: the losses as a table and as a picture."""

import csv
from collections.abc import Sequence
from pathlib import Path

from rcnn_course import draw
from rcnn_course.training.history import History, mean_since_look_before


def write_losses(history: History, folder: Path) -> None:
    """Write losses.csv, a row for each look, and losses.png.

    Args:
        history: of a training with validation pictures.
        folder: that is there.
    """
    curves = {"training": history.training_loss, "validation": history.validation_loss}
    columns: dict[str, Sequence[float]] = {"step": history.looks, **curves}
    for name, values in history.losses.items():
        columns[f"training {name}"] = mean_since_look_before(values, history.looks)
    for name, values in history.validation.items():
        columns[f"validation {name}"] = values
    with (folder / "losses.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(columns)
        for row in zip(*columns.values(), strict=True):
            table.writerow(f"{value:.6g}" for value in row)
    ax = draw.draw_losses(curves, steps=history.looks)
    picture = ax.get_figure(root=True)
    if picture is not None:
        picture.savefig(folder / "losses.png", dpi=100, bbox_inches="tight")
