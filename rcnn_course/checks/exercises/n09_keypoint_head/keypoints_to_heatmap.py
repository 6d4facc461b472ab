"""Exercise `keypoints_to_heatmap`: the cell of a heatmap in which each true keypoint lies.

Source: He et al. 2017 (Mask R-CNN), section 5; torchvision.models.detection.roi_heads.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torchvision.models.detection import roi_heads

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n09_keypoint_head.regions import (
    keypoints_in_cells,
    random_cells,
    random_rois,
)

Targets = tuple[Tensor, Tensor]

reference = roi_heads.keypoints_to_heatmap

_OUTSIDE_HINT = "a keypoint outside of its region has no cell: valid is 0, and the index is 0."


def _cases(seed: int) -> Iterator[Case]:
    normal, uniform = random_tensors(seed)

    def inside(size: int, keypoints: int, *sizes: tuple[float, float]) -> tuple:
        rois = random_rois(uniform, *sizes)
        cells = random_cells(uniform, len(rois), keypoints, size)
        return keypoints_in_cells(rois, cells, size, uniform), rois, size

    yield Case(
        "two people with 17 keypoints, heatmaps of 56 x 56",
        inside(56, 17, (60.0, 113.0), (35.5, 41.0)),
    )
    yield Case("heatmaps of 7 x 7", inside(7, 5, (90.0, 31.0), (20.0, 50.0), (12.5, 12.5)))
    keypoints, rois, size = inside(56, 9, (60.0, 113.0))
    keypoints[0, ::3, 2] = 0
    keypoints[0, 3] = 0
    yield Case(
        "some keypoints are not labelled",
        (keypoints, rois, size),
        hint="visibility 0 means that there is no place to learn from: valid is 0, the index 0.",
    )
    rois = random_rois(uniform, (64.0, 30.0), (25.0, 50.0))
    outside = torch.tensor([[-2.0, 3], [9, 3], [3, -1], [3, 8], [12, 12], [-3, -3], [4, 5]])
    keypoints = keypoints_in_cells(rois, outside.expand(2, 7, 2), 8, uniform)
    yield Case("keypoints outside of their region", (keypoints, rois, 8), hint=_OUTSIDE_HINT)
    rois = torch.tensor([[8.0, 16.0, 72.0, 48.0]])
    corners = [[8.0, 16, 2], [72, 16, 2], [8, 48, 1], [72, 48, 2], [40.4, 48, 2], [72, 30.7, 1]]
    keypoints = torch.tensor([corners])
    keypoints[..., 2] += normal(1, 1).gt(0)
    yield Case(
        "keypoints on the border of their region",
        (keypoints, rois, 56),
        hint="x = x2 is 56 cells from x1, and the last cell has the number 55. A keypoint exactly "
        "on the right or lower border belongs to the last cell.",
    )
    yield Case("one keypoint, one region", inside(56, 1, (20.0, 30.0)))
    yield Case("no regions at all", (torch.zeros(0, 17, 3), torch.zeros(0, 4), 56))
    keypoints, rois, size = inside(14, 4, (60.0, 20.0), (35.0, 41.0))
    yield Case(
        "arguments that are not contiguous in memory, in float64",
        (keypoints.double().mT.contiguous().mT, rois.double().t().contiguous().t(), size),
    )


def _placed(change: Callable[..., tuple]) -> Callable[..., Targets]:
    """Make the mistake of asking for other arguments; `change` returns them."""
    return lambda *args: reference(*change(*args))


def _told(change: Callable[..., Tensor], *, part: int = 0) -> Callable[..., Targets]:
    """Make the mistake of changing one of the two results, given both and the arguments."""

    def wrong(*args: object) -> Targets:
        targets = list(reference(*args))
        targets[part] = change(*targets, *args)
        return tuple(targets)

    return wrong


def _moved(keypoints: Tensor, rois: Tensor, cells: float, size: int) -> Tensor:
    """Move keypoints down and to the right by a part of a cell."""
    sides = (rois[:, 2:] - rois[:, :2])[:, None]
    return torch.cat([keypoints[..., :2] + cells * sides / size, keypoints[..., 2:]], dim=2)


def _with_columns_first(heatmaps: Tensor, valid: Tensor, *args: object) -> Tensor:
    size = args[-1]
    return heatmaps % size * size + heatmaps // size


def _without_corner(keypoints: Tensor, rois: Tensor, size: int) -> tuple:
    places = keypoints.clone()
    places[..., :2] += rois[:, None, :2]
    return places, rois, size


def _clamped(keypoints: Tensor, rois: Tensor, size: int) -> tuple:
    low, high = rois[:, None, :2], rois[:, None, 2:]
    places = keypoints[..., :2].clamp(low, high)
    return torch.cat([places, keypoints[..., 2:]], dim=2), rois, size


def _without_far_border(keypoints: Tensor, rois: Tensor, size: int) -> Targets:
    on_border = (keypoints[..., :2] == rois[:, None, 2:]).any(dim=2, keepdim=True)
    unlabelled = keypoints[..., 2:].masked_fill(on_border, 0.0)
    return reference(torch.cat([keypoints[..., :2], unlabelled], dim=2), rois, size)


def _with_visibility(change: Callable[[Tensor], Tensor]) -> Callable[..., Targets]:
    return _placed(
        lambda keypoints, rois, size: (
            torch.cat([keypoints[..., :2], change(keypoints[..., 2:])], dim=2),
            rois,
            size,
        )
    )


def _raw_index(heatmaps: Tensor, valid: Tensor, keypoints: Tensor, rois: Tensor, size: int):
    """Return the index that comes out where nothing is set to 0."""
    step = (rois[:, 2:] - rois[:, :2])[:, None] / size
    columns, rows = ((keypoints[..., :2] - rois[:, None, :2]) / step).floor().long().unbind(dim=2)
    return torch.where(valid > 0, heatmaps, rows * size + columns)


def _in_longer_side(keypoints: Tensor, rois: Tensor, size: int) -> tuple:
    """Stretch regions to squares."""
    side = (rois[:, 2:] - rois[:, :2]).amax(dim=1, keepdim=True)
    return keypoints, torch.cat([rois[:, :2], rois[:, :2] + side], dim=1), size


KEYPOINTS_TO_HEATMAP = Exercise(
    name="keypoints_to_heatmap",
    reference=reference,
    source="torchvision's keypoints_to_heatmap",
    own_cases=_cases,
    refused_code=(roi_heads,),
    mistakes=(
        Mistake(
            "the index counts column by column",
            _told(_with_columns_first),
            "places are numbered as a row-major tensor holds them: row after row.",
        ),
        Mistake(
            "the cells are rounded to the nearest",
            _placed(lambda k, rois, size: (_moved(k, rois, 0.5, size), rois, size)),
            "cell 0 reaches from 0 up to 1, so 0.9 lies in cell 0: round down.",
        ),
        Mistake(
            "the corner of the region is not subtracted",
            _placed(_without_corner),
            "the heatmap begins at the corner of its region, not at that of the picture.",
        ),
        Mistake(
            "the region is taken for a square",
            _placed(_in_longer_side),
            "the heatmap is square, the region is not: each axis has a scale of its own.",
        ),
        Mistake(
            "a keypoint on the right or lower border counts as outside",
            _without_far_border,
            "the border belongs to the region. Such a keypoint goes into the last cell.",
        ),
        Mistake(
            "keypoints outside of their region are moved to its border",
            _placed(_clamped),
            _OUTSIDE_HINT,
        ),
        Mistake(
            "keypoints that are not labelled count",
            _with_visibility(lambda visibility: torch.ones_like(visibility)),
            "visibility 0 says that nobody knows where this keypoint is.",
        ),
        Mistake(
            "keypoints that are hidden do not count",
            _with_visibility(lambda visibility: (visibility - 1).clamp(min=0)),
            "visibility 1 is labelled, but hidden: its place is known and can be learnt.",
        ),
        Mistake(
            "the index of invalid keypoints is not 0",
            _told(_raw_index),
            "the index of an invalid keypoint may lie outside of the heatmap, where it does harm.",
        ),
        Mistake(
            "valid is always 1",
            _told(lambda heatmaps, valid, *args: torch.ones_like(valid), part=1),
            "valid says which of the keypoints there is something to learn from.",
        ),
    ),
)
