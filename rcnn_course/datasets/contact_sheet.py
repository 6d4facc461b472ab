"""A sheet of generated pictures with their truth drawn.

Run `python -m rcnn_course.datasets.contact_sheet sheet.png`.
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from rcnn_course.datasets.keypoints import SKELETON_INDICES
from rcnn_course.datasets.people import CATEGORIES, GeneratedPeople

_COLOURS = ("#999999", "#0072B2", "#E69F00", "#009E73", "#CC79A7")
_LEFT, _RIGHT, _MIDDLE = "#D55E00", "#56B4E9", "#FFFFFF"


def draw_truth(axes: Axes, image: Tensor, target: dict[str, Tensor]) -> None:
    """Draw a picture with its boxes, masks and keypoints.

    The person's left is vermilion, the right is sky blue; a hidden keypoint is a ring.

    Args:
        axes (Axes): of matplotlib, to draw on.
        image (Tensor[3, H, W]): float, 0..1.
        target (dict[str, Tensor]): in torchvision's format.
    """
    pixels = image.permute(1, 2, 0).numpy().copy()
    for label, mask in zip(target["labels"].tolist(), target["masks"].numpy() > 0, strict=True):
        pixels[mask] = 0.6 * pixels[mask] + 0.4 * np.array(to_rgb(_COLOURS[label]))
    height, width, _ = pixels.shape
    axes.imshow(pixels, extent=(0, width, height, 0), interpolation="nearest")
    for label, (x1, y1, x2, y2) in zip(
        target["labels"].tolist(), target["boxes"].tolist(), strict=True
    ):
        colour = _COLOURS[label]
        axes.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, ec=colour, lw=1.2))
        axes.text(x1, y1 - 1, CATEGORIES[label], color="white", fontsize=5, va="bottom",
                  bbox={"facecolor": colour, "pad": 0.6, "lw": 0}, clip_on=True)  # fmt: skip
    for points in target["keypoints"].numpy():
        _draw_keypoints(axes, points)
    axes.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[])


def _draw_keypoints(axes: Axes, points) -> None:
    bones = [
        (points[a, :2], points[b, :2]) for a, b in SKELETON_INDICES if points[a, 2] and points[b, 2]
    ]
    axes.add_collection(LineCollection(bones, colors=_MIDDLE, linewidths=0.8))
    for k, (x, y, visibility) in enumerate(points.tolist()):
        if visibility:
            colour = _MIDDLE if k == 0 else _LEFT if k % 2 else _RIGHT
            face = colour if visibility == 2 else "none"
            axes.plot(x, y, "o", ms=2.2, mfc=face, mec=colour, mew=0.6)


def main() -> None:
    """Draw the sheet that the command line asks for."""
    parser = argparse.ArgumentParser(description="Draw generated pictures with their truth.")
    parser.add_argument("file", type=Path, help="the picture to write, such as sheet.png")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="index of the first picture")
    options = parser.parse_args()
    figure = Figure(figsize=(15, 10.2), layout="constrained")
    people = GeneratedPeople(options.first + 24, seed=options.seed)
    for index, axes in enumerate(figure.subplots(4, 6).flat, start=options.first):
        draw_truth(axes, *people[index])
    figure.savefig(options.file, dpi=110)


if __name__ == "__main__":
    main()
