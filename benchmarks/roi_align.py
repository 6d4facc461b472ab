"""The notebook's own RoIAlign beside torchvision's operator, in turn, in one run."""

import json
import statistics
import sys
import time
from pathlib import Path

import torch
from torchvision import ops

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.answers import namespace, run, solutions

ROUNDS, ROIS, CHANNELS, SIDE = 15, 256, 64, 64


def seconds(function, *arguments):
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started


def main():
    names = namespace("06_roi_align")
    for source in solutions("06_roi_align").values():
        run(source, names)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    features = torch.rand(1, CHANNELS, SIDE, SIDE, generator=generator)
    corners = torch.rand(ROIS, 2, generator=generator) * 8 * SIDE
    boxes = torch.cat([corners, corners + torch.rand(ROIS, 2, generator=generator) * 8 * SIDE], 1)
    arguments = (features, [boxes], 7, 1 / 16, 2)
    ratios = [
        seconds(names["roi_align"], *arguments) / seconds(ops.roi_align, *arguments)
        for _ in range(ROUNDS)
    ]
    print(json.dumps({
        "name": "notebook's roi_align, 256 RoIs, one thread",
        "value": round(statistics.median(ratios), 1),
        "unit": "x torchvision",
        "at_most": 10,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
