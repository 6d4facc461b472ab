"""Put a trained detector into the package: `python -m scripts.detector.bundle FOLDER`.

From a training folder this writes the weights (half precision, no pickled code), measures them as
they are stored, and writes the figures as JSON and as a card for people.
"""

import argparse
import json
from pathlib import Path

import torch

from rcnn_course.datasets import GeneratedPeople
from rcnn_course.models.loading import COURSE_WEIGHTS, load_detector
from rcnn_course.training import measure
from scripts.detector.evaluate import TEST_PICTURES, TEST_SEED

_CARD = """\
# Weights of the course detector

`{file}`: an R-CNN with box, mask and keypoint heads for generated people, balls, kites and
suitcases. Loaded by `rcnn_course.models.load_detector(name, weights="course")`.

| | |
|---|---|
| data | {pictures} pictures of `GeneratedPeople`, {size} pixels, seed {seed}, each seen once |
| training | `python -m scripts.detector.train`, {steps} steps of {batch} pictures |
| machine | {machine} |
| time | {minutes} minutes |
| box AP | {box_ap} |
| mask AP | {mask_ap} |
| keypoint AP | {keypoint_ap} |
| format | PyTorch state dict, float16, loads with `weights_only=True` |

AP is COCO's, at IoU (for keypoints: OKS) 0.50 to 0.95, on the {test_pictures} pictures of seed
{test_seed}, which training never saw. In a checkout of the course,
`python -m scripts.detector.evaluate` prints it again.

The detector knows generated people only. It is for learning, not for photos.
"""


def main(arguments: list[str] | None = None) -> None:
    """Bundle the training folder that the command line names."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.detector.bundle",
        description="Put the weights of a training folder into the package, with their card.",
    )
    parser.add_argument("folder", type=Path, help="of scripts.detector.train")
    parser.add_argument("--machine", required=True, help="such as '2-core x86-64 CPU'")
    parser.add_argument("--pictures", type=int, default=TEST_PICTURES)
    options = parser.parse_args(arguments)
    checkpoint = torch.load(options.folder / "checkpoint.pth", weights_only=True)
    COURSE_WEIGHTS.parent.mkdir(exist_ok=True)
    torch.save(stored_form(checkpoint["average"]), COURSE_WEIGHTS)
    model = load_detector("maskkeypointrcnn", weights="course")
    scores = measure(model, GeneratedPeople(options.pictures, seed=TEST_SEED))
    print(scores)
    settings = checkpoint["settings"]
    facts = {
        "file": COURSE_WEIGHTS.name,
        "size": settings["size"],
        "seed": settings["seed"],
        "steps": checkpoint["step"],
        "batch": settings["batch"],
        "pictures": checkpoint["step"] * settings["batch"],
        "machine": options.machine,
        "minutes": checkpoint["before"]["minutes"] + round(checkpoint["elapsed"] / 60),
        "test_pictures": options.pictures,
        "test_seed": TEST_SEED,
        "box_ap": round(scores.bbox.AP, 3),
        "mask_ap": round(scores.segm.AP, 3),
        "keypoint_ap": round(scores.keypoints.AP, 3),
    }
    COURSE_WEIGHTS.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
    COURSE_WEIGHTS.with_suffix(".md").write_text(_CARD.format_map(facts), "utf-8")


def stored_form(average: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Half the precision of averaged weights, without the counters that frozen batch norm lacks."""
    return {
        name.removeprefix("module."): tensor.half()
        for name, tensor in average.items()
        if name.startswith("module.") and not name.endswith("num_batches_tracked")
    }


if __name__ == "__main__":
    main()
