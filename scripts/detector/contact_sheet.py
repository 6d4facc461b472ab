"""A sheet of held-out pictures with what the detector finds.

Run `python -m scripts.detector.contact_sheet sheet.png`. It is drawn as
`scripts.contact_sheet` draws the truth, so the two can be laid side by side.
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor
from torchvision.utils import make_grid, save_image

from rcnn_course.datasets import GeneratedPeople
from rcnn_course.models.loading import load_detector
from scripts.contact_sheet import draw_truth
from scripts.detector.evaluate import TEST_SEED

_PICTURES, _COLUMNS = 24, 6
_SEEN = 2.0  # score (a logit) from which a keypoint is drawn


def confident_detections(output: dict[str, Tensor], score: float = 0.5) -> dict[str, Tensor]:
    """Turn a detector's output into a target, as if it were the truth.

    Args:
        output (dict[str, Tensor]): of a detector with masks and keypoints.
        score: detections with less are left out.

    Returns:
        dict[str, Tensor]: boxes, labels, masks (uint8, cut at 0.5) and keypoints, visible where
        their own score is high: a detector places all 17, also those outside the picture.
    """
    kept = {name: values[output["scores"] >= score] for name, values in output.items()}
    seen = kept["keypoints_scores"] >= _SEEN
    kept["keypoints"][..., 2] = 2 * seen
    return {
        "boxes": kept["boxes"],
        "labels": kept["labels"],
        "masks": (kept["masks"][:, 0] >= 0.5).to(torch.uint8),
        "keypoints": kept["keypoints"],
    }


def main(arguments: list[str] | None = None) -> None:
    """Write the sheet that the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.detector.contact_sheet",
        description="Draw held-out generated pictures with the bundled detector's detections.",
    )
    parser.add_argument("file", type=Path, help="the picture to write, such as sheet.png")
    parser.add_argument("--seed", type=int, default=TEST_SEED, help="of the data set")
    parser.add_argument("--first", type=int, default=0, help="index of the first picture")
    options = parser.parse_args(arguments)
    model = load_detector("maskkeypointrcnn", weights="course")
    people = GeneratedPeople(options.first + _PICTURES, seed=options.seed)
    sheet = []
    with torch.inference_mode():
        for index in range(options.first, len(people)):
            image, _ = people[index]
            sheet.append(draw_truth(image, confident_detections(model([image])[0])))
    save_image(make_grid(sheet, nrow=_COLUMNS, padding=6, pad_value=1), options.file)


if __name__ == "__main__":
    main()
