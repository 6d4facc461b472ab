"""How long the bundled detector takes for a picture of 192 pixels on two cores, and how good it is.

AP is COCO's, measured on the pictures from which the figures of the weights' card come.
"""

import json
import statistics
import sys
import time
from pathlib import Path

import torch

from rcnn_course.datasets import GeneratedPeople
from rcnn_course.models import load_detector
from rcnn_course.training import measure

sys.path.insert(0, str(Path(__file__).parents[1]))
from scripts.detector.evaluate import TEST_PICTURES, TEST_SEED

PICTURES, WARM_UP = 30, 3


def main():
    torch.set_num_threads(2)
    model = load_detector("maskkeypointrcnn", weights="course")
    people = GeneratedPeople(PICTURES + WARM_UP, seed=2)
    images = [people[index][0] for index in range(len(people))]
    seconds = []
    with torch.inference_mode():
        for image in images:
            start = time.perf_counter()
            model([image])
            seconds.append(time.perf_counter() - start)
    milliseconds = 1000 * statistics.median(seconds[WARM_UP:])
    print(json.dumps({
        "name": "course detector, 192 px, three heads",
        "value": round(milliseconds, 1),
        "unit": "ms a picture",
        "at_most": 150,
    }))  # fmt: skip
    scores = measure(model, GeneratedPeople(TEST_PICTURES, seed=TEST_SEED))
    for what, found, wanted in (
        ("box", scores.bbox, 0.75),
        ("mask", scores.segm, 0.5),
        ("keypoint", scores.keypoints, 0.8),
    ):
        name = f"course detector, {what} AP on {TEST_PICTURES} pictures"
        row = {"name": name, "value": round(found.AP, 3), "unit": "", "at_least": wanted}
        print(json.dumps(row))


if __name__ == "__main__":
    main()
