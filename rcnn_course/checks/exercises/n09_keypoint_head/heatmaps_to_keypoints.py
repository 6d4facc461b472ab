"""Exercise `heatmaps_to_keypoints`: enlarge each heatmap to its region and find the maximum.

Source: He et al. 2017 (Mask R-CNN), section 5; torchvision.models.detection.roi_heads.
"""

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection import roi_heads

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n09_keypoint_head.regions import random_rois

Found = tuple[Tensor, Tensor]

reference = roi_heads.heatmaps_to_keypoints
_interpolate = F.interpolate

_CEIL_HINT = "the enlarged map has ceil(width) columns, so that a column is one pixel or less."


def _cases(seed: int) -> Iterator[Case]:
    normal, uniform = random_tensors(seed)

    def heads(
        keypoints: int, height: int, width: int, *sizes: tuple[float, float]
    ) -> tuple[Tensor, Tensor]:
        return 4 * normal(len(sizes), keypoints, height, width), random_rois(uniform, *sizes)

    yield Case("two people, heatmaps of 7 x 7", heads(5, 7, 7, (18.4, 31.7), (25.3, 12.6)))
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
    yield Case(
        "no regions at all",
        (torch.zeros(0, 17, 56, 56), torch.zeros(0, 4)),
        hint="with R = 0 the results have the shapes [0, 17, 3] and [0, 17].",
    )
    maps, rois = heads(3, 7, 6, (18.4, 31.7))
    yield Case(
        "arguments that are not contiguous in memory",
        (maps.mT.contiguous().mT, rois.t().contiguous().t()),
    )


def _sizes(rois: Tensor) -> Tensor:
    """Return widths and heights [R, 2], at least 1 pixel."""
    return (rois[:, 2:] - rois[:, :2]).clamp(min=1)


def _found(
    maps: Tensor,
    rois: Tensor,
    *,
    to: Callable[[Tensor], Tensor] = torch.ceil,
    mode: str = "bicubic",
    **options: bool,
) -> Found | None:
    """Ask torchvision on maps that were brought to another size, or in another way."""
    sizes = _sizes(rois)
    grids = to(sizes).clamp(min=1).expand_as(sizes)
    each = []
    for of_one, (width, height) in zip(maps, grids, strict=True):
        size = int(height), int(width)
        enlarged = _interpolate(of_one[None], size=size, mode=mode, **options)
        each.append(reference(enlarged, torch.tensor([[0.0, 0.0, width, height]])))
    if not each:
        return None
    points, scores = (torch.cat(parts) for parts in zip(*each, strict=True))
    points[..., :2] = points[..., :2] * (sizes / grids)[:, None] + rois[:, None, :2]
    return points, scores


def _on_the_heatmap(maps: Tensor, rois: Tensor) -> Found | None:
    """Take the highest cell of the heatmap itself."""
    height, width = maps.shape[2:]
    return _found(maps, rois, to=lambda sizes: sizes.new_tensor([width, height]))


def _moved(change: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Found]:
    """Make a mistake in the places alone; `change` takes them, from the corner, and the regions."""

    def wrong(maps: Tensor, rois: Tensor) -> Found:
        points, scores = reference(maps, rois)
        points = points.clone()
        corner = rois[:, None, :2]
        points[..., :2] = change(points[..., :2] - corner, rois) + corner
        return points, scores

    return wrong


def _scored(change: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Found]:
    """Make a mistake in the scores alone; `change` takes the scores and the maps."""

    def wrong(maps: Tensor, rois: Tensor) -> Found:
        points, scores = reference(maps, rois)
        return points, change(scores, maps)

    return wrong


def _third(change: Callable[[Tensor], Tensor]) -> Callable[..., Found]:
    """Make the mistake of another third number, made from the scores."""

    def wrong(maps: Tensor, rois: Tensor) -> Found:
        points, scores = reference(maps, rois)
        return torch.cat([points[..., :2], change(scores)[..., None]], dim=2), scores

    return wrong


def _swapped(maps: Tensor, rois: Tensor) -> Found:
    points, scores = reference(maps, rois)
    return points[..., [1, 0, 2]], scores


def _turned(maps: Tensor, rois: Tensor) -> Found:
    """Enlarge to as many rows as the region has columns."""
    return _found(maps, rois, to=lambda sizes: sizes.ceil().flip(1))


def _columns(rois: Tensor) -> Tensor:
    """Return how large a pixel of the enlarged map is, in pixels of the picture [R, 1, 2]."""
    return (_sizes(rois) / _sizes(rois).ceil())[:, None]


HEATMAPS_TO_KEYPOINTS = Exercise(
    name="heatmaps_to_keypoints",
    reference=reference,
    source="torchvision's heatmaps_to_keypoints",
    own_cases=_cases,
    refused_code=(roi_heads,),
    mistakes=(
        Mistake(
            "the highest cell of the heatmap is taken, without enlarging it",
            _on_the_heatmap,
            "on a large person a cell is several pixels wide. Enlarged to the region, the map "
            "tells where between its cells the maximum lies.",
        ),
        Mistake(
            "half a pixel is missing",
            _moved(lambda places, rois: places - 0.5 * _columns(rois)),
            "column 0 reaches from 0 to 1, and its middle is 0.5.",
        ),
        Mistake(
            "the corner of the region is missing",
            _moved(lambda places, rois: places - rois[:, None, :2]),
            "a place in the heatmap counts from the corner of its region.",
        ),
        Mistake(
            "the heatmaps are enlarged bilinearly",
            lambda maps, rois: _found(maps, rois, mode="bilinear"),
            "bilinear values never rise above those that they mix, so the maximum would stay at "
            "the centre of a cell. Bicubic curves can peak in between.",
        ),
        Mistake(
            "the heatmaps are enlarged by copies of the nearest value",
            lambda maps, rois: _found(maps, rois, mode="nearest"),
            "copies have no peak between the cells.",
        ),
        Mistake(
            "the heatmaps are enlarged with the corners aligned",
            lambda maps, rois: _found(maps, rois, align_corners=True),
            "a heatmap covers its region up to the borders: align_corners is False.",
        ),
        Mistake(
            "small regions are read with antialias",
            lambda maps, rois: _found(maps, rois, antialias=True),
            "torchvision reads small regions without smoothing.",
        ),
        Mistake(
            "the size of the region is rounded down",
            lambda maps, rois: _found(maps, rois, to=torch.floor),
            _CEIL_HINT,
        ),
        Mistake(
            "the size of the region is rounded to the nearest",
            lambda maps, rois: _found(maps, rois, to=torch.round),
            _CEIL_HINT,
        ),
        Mistake(
            "the rounded size is not taken back",
            _moved(lambda places, rois: places / _columns(rois)),
            "the enlarged map has ceil(width) columns but stands for width pixels, so a column is "
            "width / ceil(width) pixels wide.",
        ),
        Mistake(
            "width and height of the region are swapped",
            _turned,
            "interpolate takes (height, width), a box holds x before y.",
        ),
        Mistake(
            "x and y are swapped",
            _swapped,
            "a keypoint is (x, y): the column comes first.",
        ),
        Mistake(
            "regions of less than a pixel keep their size",
            _moved(
                lambda places, rois: places * ((rois[:, 2:] - rois[:, :2]) / _sizes(rois))[:, None]
            ),
            "width and height are at least 1 pixel.",
        ),
        Mistake(
            "the third number is the score",
            _third(lambda scores: scores),
            "the third number is the visibility, 1 for all. The scores are the second result.",
        ),
        Mistake(
            "the third number is 0",
            _third(torch.zeros_like),
            "0 would say that the keypoint is not there. torchvision writes 1 for all.",
        ),
        Mistake(
            "the scores went through a sigmoid",
            _scored(lambda scores, maps: scores.sigmoid()),
            "a score is the value of the enlarged map at its maximum, a logit.",
        ),
        Mistake(
            "the scores are read before the heatmaps are enlarged",
            _scored(lambda scores, maps: maps.amax(dim=(2, 3))),
            "a score is the value of the enlarged map at its maximum.",
        ),
    ),
)
