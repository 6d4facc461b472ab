"""Exercise `heatmaps_to_keypoints`: enlarge each heatmap to its region and find the maximum.

Source: He et al. 2017 (Mask R-CNN), section 5; torchvision.models.detection.roi_heads.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection import roi_heads

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.n09_keypoint_head.regions import random_rois

Found = tuple[Tensor, Tensor]

_interpolate = F.interpolate

_CEIL_HINT = "the enlarged map has ceil(width) columns, so that a column is one pixel or less."


def _cases(normal: Draw, uniform: Draw) -> Cases:
    def heads(
        keypoints: int, height: int, width: int, *sizes: tuple[float, float]
    ) -> tuple[Tensor, Tensor]:
        return 4 * normal(len(sizes), keypoints, height, width), random_rois(uniform, *sizes)

    yield Case("two people, heatmaps of 6 x 7", heads(5, 6, 7, (18.4, 31.7), (25.3, 12.6)))
    yield Case("17 heatmaps of 56 x 56", heads(17, 56, 56, (60.5, 83.2)))
    yield Case(
        "a region whose sides are whole numbers of pixels",
        (heads(4, 8, 8, (1.0, 1.0))[0], torch.tensor([[3.0, 5.0, 23.0, 35.0]])),
    )
    yield Case("heatmaps that are not square", heads(3, 5, 9, (20.2, 30.6)))
    yield Case(
        "a region that is smaller than its heatmap",
        heads(6, 14, 14, (6.3, 8.8)),
        hint="the heatmap is brought to the size of the region, whether that is more or less.",
    )
    yield Case(
        "regions of less than a pixel, and without a size",
        heads(3, 7, 7, (0.4, 12.3), (9.7, 0.0), (0.3, 0.2)),
        hint="width and height are at least 1 pixel.",
    )
    yield Case("one keypoint, one region", heads(1, 6, 6, (15.5, 9.5)))


def _sizes(rois: Tensor) -> Tensor:
    """Return widths and heights [R, 2], at least 1 pixel."""
    return (rois[:, 2:] - rois[:, :2]).clamp(min=1)


def _pixels(rois: Tensor) -> Tensor:
    """Return how large a pixel of the enlarged map is, in pixels of the picture [R, 1, 2]."""
    return (_sizes(rois) / _sizes(rois).ceil())[:, None]


def _enlarged(
    call: Call,
    *,
    to: Callable[[Tensor], Tensor] = torch.ceil,
    mode: str = "bicubic",
    **options: bool,
) -> Found | None:
    """Ask torchvision on maps that were brought to another size, or in another way."""
    if not len(call.rois):
        return None
    sizes = _sizes(call.rois)
    grids = to(sizes).clamp(min=1).expand_as(sizes)
    each = []
    for of_one, grid in zip(call.maps, grids, strict=True):
        width, height = grid.int().tolist()
        large = _interpolate(of_one[None], size=(height, width), mode=mode, **options)
        each.append(call(maps=large, rois=torch.tensor([[0.0, 0.0, width, height]])))
    points, scores = (torch.cat(parts) for parts in zip(*each, strict=True))
    points[..., :2] = points[..., :2] * (sizes / grids)[:, None] + call.rois[:, None, :2]
    return points, scores


def _not_enlarged(call: Call) -> Found | None:
    height, width = call.maps.shape[2:]
    return _enlarged(call, to=lambda sizes: sizes.new_tensor([width, height]))


def _moved(call: Call, by: Tensor) -> Found:
    """Move the places by so many pixels, [R, 1, 2]."""
    points, scores = call()
    return points + F.pad(by, (0, 1)), scores


def _stretched(call: Call, by: Tensor) -> Found:
    """Stretch the places, seen from the corner of their region, by factors [R, 1, 2]."""
    places = call()[0][..., :2] - call.rois[:, None, :2]
    return _moved(call, places * (by - 1))


def _third(call: Call, values: Tensor) -> Found:
    """Replace the third number of each keypoint."""
    points, scores = call()
    return torch.cat([points[..., :2], values[..., None]], dim=2), scores


def _with_sides_below_1(call: Call) -> Found:
    sides = call.rois[:, 2:] - call.rois[:, :2]
    return _stretched(call, (sides / _sizes(call.rois))[:, None])


HEATMAPS_TO_KEYPOINTS = Exercise(
    name="heatmaps_to_keypoints",
    reference=roi_heads.heatmaps_to_keypoints,
    source="torchvision's heatmaps_to_keypoints",
    picture="heatmap",
    steps=(
        "Enlarge each region's maps to its size in pixels (rounded up, at least 1), bicubically.",
        "Flatten rows and columns, and take the largest value with its place.",
        "From the place come row and column by division by the number of columns. Which is "
        "the remainder?",
        "A keypoint lies in the middle of its cell: plus 0.5, scaled back to the region, plus"
        " its corner.",
    ),
    own_cases=_cases,
    odd=Odd(
        length=["maps", "rois"],
        float64=False,
        hints={"empty": "with R = 0 the results have the shapes [0, K, 3] and [0, K]."},
    ),
    refused=(works.ROI_HEADS,),
    mistakes={
        "not_enlarged": Mistake(
            "the highest cell of the heatmap is taken, without enlarging it",
            _not_enlarged,
            "on a large person a cell is several pixels wide. Enlarged to the region, the map "
            "tells where between its cells the maximum lies.",
        ),
        "half_pixel_missing": Mistake(
            "half a pixel is missing",
            lambda call: _moved(call, -_pixels(call.rois) / 2),
            "column 0 reaches from 0 to 1, and its middle is 0.5.",
        ),
        "corner_missing": Mistake(
            "the corner of the region is missing",
            lambda call: _moved(call, -call.rois[:, None, :2]),
            "a place in the heatmap counts from the corner of its region.",
        ),
        "bilinear": Mistake(
            "the heatmaps are enlarged bilinearly",
            lambda call: _enlarged(call, mode="bilinear"),
            "bilinear values never rise above those that they mix, so the maximum would stay at "
            "the centre of a cell. Bicubic curves can peak in between.",
        ),
        "nearest": Mistake(
            "the heatmaps are enlarged by copies of the nearest value",
            lambda call: _enlarged(call, mode="nearest"),
            "copies have no peak between the cells.",
        ),
        "corners_aligned": Mistake(
            "the heatmaps are enlarged with the corners aligned",
            lambda call: _enlarged(call, align_corners=True),
            "a heatmap covers its region up to the borders: align_corners is False.",
        ),
        "antialias": Mistake(
            "small regions are read with antialias",
            lambda call: _enlarged(call, antialias=True),
            "torchvision reads small regions without smoothing.",
        ),
        "size_rounded_down": Mistake(
            "the size of the region is rounded down",
            lambda call: _enlarged(call, to=torch.floor),
            _CEIL_HINT,
        ),
        "size_rounded": Mistake(
            "the size of the region is rounded to the nearest",
            lambda call: _enlarged(call, to=torch.round),
            _CEIL_HINT,
        ),
        "rounding_not_undone": Mistake(
            "the rounded size is not taken back",
            lambda call: _stretched(call, 1 / _pixels(call.rois)),
            "the enlarged map has ceil(width) columns but stands for width pixels, so a column is "
            "width / ceil(width) pixels wide.",
        ),
        "size_swapped": Mistake(
            "width and height of the region are swapped",
            lambda call: _enlarged(call, to=lambda sizes: sizes.ceil().flip(1)),
            "interpolate takes (height, width), a box holds x before y.",
        ),
        "x_and_y_swapped": Mistake(
            "x and y are swapped",
            lambda call: (call()[0][..., [1, 0, 2]], call()[1]),
            "a keypoint is (x, y): the column comes first.",
        ),
        "size_not_clamped": Mistake(
            "regions of less than a pixel keep their size",
            _with_sides_below_1,
            "width and height are at least 1 pixel.",
        ),
        "score_as_third": Mistake(
            "the third number is the score",
            lambda call: _third(call, call()[1]),
            "the third number is the visibility, 1 for all. The scores are the second result.",
        ),
        "zero_as_third": Mistake(
            "the third number is 0",
            lambda call: _third(call, torch.zeros_like(call()[1])),
            "0 would say that the keypoint is not there. torchvision writes 1 for all.",
        ),
        "probabilities": Mistake(
            "the scores went through a sigmoid",
            lambda call: (call()[0], call()[1].sigmoid()),
            "a score is the value of the enlarged map at its maximum, a logit.",
        ),
        "scores_before_enlarging": Mistake(
            "the scores are read before the heatmaps are enlarged",
            lambda call: (call()[0], call.maps.amax(dim=(2, 3))),
            "a score is the value of the enlarged map at its maximum.",
        ),
    },
)
