"""Exercise `keypoints_to_heatmap`: the cell of a heatmap in which each true keypoint lies.

Source: He et al. 2017 (Mask R-CNN), section 5; torchvision.models.detection.roi_heads.
"""

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection import roi_heads

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.n09_keypoint_head import regions

Targets = tuple[Tensor, Tensor]

_UP = torch.tensor([0.0, 0.0, 1.0])  # from one visibility to the next

_OUTSIDE_HINT = "a keypoint outside of its region has no cell: valid is 0, and the index is 0."


def _cases(normal: Draw, uniform: Draw) -> Cases:
    def inside(size: int, keypoints: int, *sizes: tuple[float, float]) -> tuple:
        rois = regions.random_rois(uniform, *sizes)
        cells = regions.random_cells(uniform, len(rois), keypoints, size)
        return regions.keypoints_in_cells(rois, cells, size, uniform), rois, size

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
    rois = regions.random_rois(uniform, (64.0, 30.0), (25.0, 50.0))
    outside = torch.tensor(
        [[-2.0, 3], [9, 3], [3, -1], [3, 8], [12, 12], [-3, -3], [4, 5], [8, 3], [-1, 2]]
    )
    keypoints = regions.keypoints_in_cells(rois, outside.expand(2, 9, 2), 8, uniform)
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


def _moved(call: Call, by: Tensor) -> Targets:
    """Ask for keypoints that were moved by so many pixels, [R, 1, 2]."""
    return call(keypoints=call.keypoints + F.pad(by, (0, 1)))


def _cells(call: Call) -> Tensor:
    """Return the sides of a region's cells in pixels, [R, 1, 2]."""
    return ((call.rois[:, 2:] - call.rois[:, :2]) / call.heatmap_size)[:, None]


def _rounded(call: Call) -> Targets:
    """Move keypoints by half a cell, except along an axis on whose far border they lie."""
    on_border = call.keypoints[..., :2] == call.rois[:, None, 2:]
    return _moved(call, (_cells(call) / 2).expand_as(on_border).masked_fill(on_border, 0.0))


def _by_columns(call: Call) -> Targets:
    index, valid = call()
    return index % call.heatmap_size * call.heatmap_size + index // call.heatmap_size, valid


def _index_of_invalid(call: Call) -> Targets:
    """Return the index that comes out where nothing is set to 0."""
    index, valid = call()
    places = (call.keypoints[..., :2] - call.rois[:, None, :2]) / _cells(call)
    columns, rows = places.floor().long().unbind(dim=2)
    return torch.where(valid > 0, index, rows * call.heatmap_size + columns), valid


def _on_squares(call: Call) -> Targets:
    """Stretch regions to squares."""
    corners = call.rois[:, :2]
    side = (call.rois[:, 2:] - corners).amax(dim=1, keepdim=True)
    return call(rois=torch.cat([corners, corners + side], dim=1))


def _without_far_border(call: Call) -> Targets:
    on_border = (call.keypoints[..., :2] == call.rois[:, None, 2:]).any(dim=2, keepdim=True)
    return call(keypoints=call.keypoints.masked_fill(on_border, 0.0))


def _moved_to_the_border(call: Call) -> Targets:
    inside = call.keypoints[..., :2].clamp(call.rois[:, None, :2], call.rois[:, None, 2:])
    return call(keypoints=torch.cat([inside, call.keypoints[..., 2:]], dim=2))


KEYPOINTS_TO_HEATMAP = Exercise(
    name="keypoints_to_heatmap",
    reference=roi_heads.keypoints_to_heatmap,
    source="torchvision's keypoints_to_heatmap",
    steps=(
        "Where in its region does a keypoint lie, as a fraction of width and height? Times "
        "heatmap_size it is a place in cells.",
        "A cell is the floor of that place.",
        "A keypoint exactly on the right or lower edge belongs to the last cell.",
        "Valid means labelled and inside; what is not valid gets cell 0.",
    ),
    own_cases=_cases,
    odd=Odd(length=["keypoints", "rois"], of=1),
    refused=(works.ROI_HEADS,),
    mistakes={
        "columns_first": Mistake(
            "the index counts column by column",
            _by_columns,
            "places are numbered as a row-major tensor holds them: row after row.",
        ),
        "rounded": Mistake(
            "the cells are rounded to the nearest",
            _rounded,
            "cell 0 reaches from 0 up to 1, so 0.9 lies in cell 0: round down.",
        ),
        "corner_missing": Mistake(
            "the corner of the region is not subtracted",
            lambda call: _moved(call, call.rois[:, None, :2]),
            "the heatmap begins at the corner of its region, not at that of the picture.",
        ),
        "square_region": Mistake(
            "the region is taken for a square",
            _on_squares,
            "the heatmap is square, the region is not: each axis has a scale of its own.",
        ),
        "border_outside": Mistake(
            "a keypoint on the right or lower border counts as outside",
            _without_far_border,
            "the border belongs to the region. Such a keypoint goes into the last cell.",
        ),
        "moved_to_border": Mistake(
            "keypoints outside of their region are moved to its border",
            _moved_to_the_border,
            _OUTSIDE_HINT,
        ),
        "unlabelled_count": Mistake(
            "keypoints that are not labelled count",
            lambda call: call(keypoints=call.keypoints + _UP),
            "visibility 0 says that nobody knows where this keypoint is.",
        ),
        "hidden_unused": Mistake(
            "keypoints that are hidden do not count",
            lambda call: call(keypoints=call.keypoints - _UP),
            "visibility 1 is labelled, but hidden: its place is known and can be learned.",
        ),
        "invalid_not_0": Mistake(
            "the index of invalid keypoints is not 0",
            _index_of_invalid,
            "the index of an invalid keypoint may lie outside of the heatmap, where it does harm.",
        ),
        "always_valid": Mistake(
            "valid is always 1",
            lambda call: (call()[0], torch.ones_like(call()[1])),
            "valid says which of the keypoints there is something to learn from.",
        ),
    },
)
