"""Measure the course detector: `python -m scripts.detector.evaluate`.

The pictures are generated people from seeds that training never draws: `VALIDATION_SEED` for
looking while it trains, `TEST_SEED` for the figures that are quoted.
"""

import argparse

from rcnn_course.datasets import CATEGORIES, GeneratedPeople
from rcnn_course.models.loading import load_detector
from rcnn_course.training import measure

VALIDATION_SEED, TEST_SEED = 1, 2
TEST_PICTURES = 300


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
    people = GeneratedPeople(options.pictures, seed=options.seed)
    print(measure(model, people, categories=CATEGORIES))


if __name__ == "__main__":
    main()
