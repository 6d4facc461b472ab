"""Measure the course detector: `python -m scripts.detector.evaluate`.

The pictures are generated people from seeds that training never draws: `VALIDATION_SEED` for
looking while it trains, `TEST_SEED` for the figures that are quoted.
"""

import argparse

import torch
from torch import nn
from torch.utils.data import Dataset

from rcnn_course.datasets import CATEGORIES, GeneratedPeople, evaluate_detections
from rcnn_course.datasets.evaluation import Evaluation
from rcnn_course.models.loading import load_detector

VALIDATION_SEED, TEST_SEED = 1, 2
TEST_PICTURES = 300


def evaluate(model: nn.Module, pictures: Dataset) -> Evaluation:
    """Measure COCO AP on pictures; the model stays in the mode that it was in.

    Args:
        model (nn.Module): a detector of the course's categories.
        pictures (Dataset): of images and targets in torchvision's format, such as
            `GeneratedPeople`.

    Returns:
        Evaluation: AP of boxes, and of masks and keypoints where the model has those heads.
    """
    training = model.training
    model.eval()
    targets, outputs = [], []
    with torch.inference_mode():
        for index in range(len(pictures)):
            image, target = pictures[index]
            targets.append(target)
            outputs += model([image])
    model.train(training)
    return evaluate_detections(targets, outputs, categories=CATEGORIES)


def main(arguments: list[str] | None = None) -> None:
    """Print the AP of the bundled detector on held-out pictures."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.detector.evaluate",
        description="Print the COCO AP of the bundled detector on held-out generated pictures.",
    )
    parser.add_argument("--pictures", type=int, default=TEST_PICTURES)
    parser.add_argument("--seed", type=int, default=TEST_SEED)
    options = parser.parse_args(arguments)
    model = load_detector("maskkeypointrcnn", weights="course")
    print(evaluate(model, GeneratedPeople(options.pictures, seed=options.seed)))


if __name__ == "__main__":
    main()
