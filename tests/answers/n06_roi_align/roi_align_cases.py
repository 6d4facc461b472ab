"""Right answers to `roi_align_cases`, one for each style."""

import itertools

import torch


def roi_align_cases_all_options(features):
    first = torch.tensor([[1.3, 2.1, 7.7, 6.2], [-3.3, -2.6, 3.9, 2.8], [5.2, 3.3, 5.6, 3.8]])
    boxes = [first + 0.7 * number for number in range(len(features))]
    return [
        {"boxes": boxes, "output_size": (3, 2), "sampling_ratio": ratio, "aligned": aligned}
        for ratio, aligned in itertools.product((-1, 1, 2), (False, True))
    ]


def roi_align_cases_rows(features):
    boxes = torch.tensor([[0.9, 2.4, 9.8, 7.3], [-2.8, -3.7, 5.1, 2.2], [3.3, 4.1, 3.8, 4.4]])
    rois = torch.cat([torch.tensor([[1.0], [0], [1]]), boxes], dim=1)
    rois = torch.cat([rois, rois.roll(1, dims=0) * torch.tensor([1.0, 1, 1, 1, 1])])
    return [
        dict(
            boxes=rois * torch.tensor([1, 2, 2, 2, 2]),
            output_size=(1, 3),
            spatial_scale=0.5,
            sampling_ratio=ratio,
            aligned=aligned,
        )
        for ratio in (2, 0)
        for aligned in (True, False)
    ]


def roi_align_cases_one_by_one(features):
    cases = []
    for image in range(2):
        for corners in ([1.1, 2.6, 8.9, 7.2], [-3.2, -2.9, 4.4, 3.7], [2.2, 4.6, 2.7, 4.9]):
            boxes = [torch.zeros(0, 4)] * len(features)
            boxes[image] = torch.tensor([corners])
            options = {"sampling_ratio": 2, "aligned": image == 1}
            cases.append({"boxes": boxes, "output_size": (2, 4), **options})
    return [*cases, {**cases[0], "sampling_ratio": -1}]
