"""Seconds of processor to draw a generated picture of 192 × 192 pixels with its truth."""

import json
import time

import torch

from rcnn_course.datasets import GeneratedPeople

PICTURES, ROUNDS = 40, 4

torch.set_num_threads(1)
people = GeneratedPeople(PICTURES)
seconds = [[] for _ in range(PICTURES)]
for _ in range(ROUNDS):
    for index in range(PICTURES):
        started = time.process_time()
        people[index]
        seconds[index].append(time.process_time() - started)
mean = sum(map(min, seconds)) / PICTURES
print(json.dumps({
    "name": "draw a generated picture, 192 px, one core",
    "value": round(1000 * mean, 1), "unit": "ms", "at_most": 15,
}))  # fmt: skip
