"""A sheet of generated pictures with their truth drawn.

Run `python -m scripts.contact_sheet sheet.png`. Keypoints of a person's left are
vermilion, those of the right sky blue; hidden ones are grey.
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import interpolate
from torchvision.utils import (
    draw_bounding_boxes,
    draw_keypoints,
    draw_segmentation_masks,
    make_grid,
    save_image,
)

from rcnn_course.datasets.keypoints import KEYPOINT_NAMES, SKELETON_INDICES
from rcnn_course.datasets.people import CATEGORIES, GeneratedPeople

_PICTURES, _COLUMNS = 24, 6
_ZOOM = 2  # so that lines are thin beside what they mark
_BY_LABEL = ("#999999", "#0072B2", "#E69F00", "#009E73", "#CC79A7")
_LEFT, _RIGHT, _HIDDEN = "#D55E00", "#56B4E9", "#999999"


def draw_truth(image: Tensor, target: dict[str, Tensor]) -> Tensor:
    """Draw boxes, masks and keypoints on a picture.

    Args:
        image (Tensor[3, H, W]): float, 0..1.
        target (dict[str, Tensor]): in torchvision's format, with at least one object.

    Returns:
        Tensor[3, 2H, 2W]: float, 0..1.
    """
    canvas = interpolate(image[None], scale_factor=_ZOOM, mode="bilinear")[0]
    masks = target["masks"].repeat_interleave(_ZOOM, 1).repeat_interleave(_ZOOM, 2).bool()
    colours = [_BY_LABEL[label] for label in target["labels"]]
    names = [CATEGORIES[label] for label in target["labels"]]
    canvas = draw_segmentation_masks(canvas, masks, alpha=0.4, colors=colours)
    canvas = draw_bounding_boxes(canvas, _ZOOM * target["boxes"], names, colours, width=1)
    return _draw_keypoints(canvas, target["keypoints"][target["labels"] == 1])


def _draw_keypoints(canvas: Tensor, keypoints: Tensor) -> Tensor:
    places, visibility = _ZOOM * keypoints[..., :2], keypoints[..., 2]
    bones = [*SKELETON_INDICES]
    canvas = draw_keypoints(canvas, places, bones, "white", 0, 1, visibility=visibility > 0)
    left = torch.tensor([name.startswith("left") for name in KEYPOINT_NAMES])
    for colour, shown in (
        (_HIDDEN, visibility == 1),
        (_LEFT, (visibility == 2) & left),
        (_RIGHT, (visibility == 2) & ~left),
    ):
        canvas = draw_keypoints(canvas, places, colors=colour, radius=2, visibility=shown)
    return canvas


def main() -> None:
    """Write the sheet that the command line asks for."""
    parser = argparse.ArgumentParser(description="Draw generated pictures with their truth.")
    parser.add_argument("file", type=Path, help="the picture to write, such as sheet.png")
    parser.add_argument("--seed", type=int, default=0, help="of the data set (default 0)")
    parser.add_argument("--first", type=int, default=0, help="index of the first picture")
    options = parser.parse_args()
    people = GeneratedPeople(options.first + _PICTURES, seed=options.seed)
    sheet = [draw_truth(*people[i]) for i in range(options.first, len(people))]
    save_image(make_grid(sheet, nrow=_COLUMNS, padding=6, pad_value=1), options.file)


if __name__ == "__main__":
    main()
