"""Reading regions of interest from feature maps (He et al. 2017, Mask R-CNN, section 3).

Letters: `N` images, `C` channels, `H` and `W` rows and columns of a feature map, `K` RoIs,
`h` and `w` rows and columns of bins.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.ops import MultiScaleRoIAlign
from torchvision.ops._utils import convert_boxes_to_roi_format

Boxes = Tensor | list[Tensor]
Size = int | Sequence[int]

_grid_sample, _convert_boxes = F.grid_sample, convert_boxes_to_roi_format
_roi_pool = torch.ops.torchvision.roi_pool.default
_roi_align = torch.ops.torchvision.roi_align.default
_MultiScaleRoIAlign = MultiScaleRoIAlign


def rois_of(boxes: Boxes) -> Tensor:
    """Return boxes in any accepted form as Tensor[K, 5]: image, x1, y1, x2, y2."""
    return boxes if isinstance(boxes, Tensor) else _convert_boxes(boxes)


def height_width(output_size: Size) -> tuple[int, int]:
    """Return an output size as (height, width)."""
    height, width = [output_size] * 2 if isinstance(output_size, int) else output_size
    return height, width


def roi_pool(input: Tensor, boxes: Boxes, output_size: Size, spatial_scale: float = 1.0) -> Tensor:
    """Pool the largest value of every bin as torchvision's operator does.

    Args:
        input (Tensor[N, C, H, W]): feature maps.
        boxes (Tensor[K, 5] or list of Tensor[L, 4]): xyxy in pixels, behind the number of their
            image, or for each image.
        output_size: number of bins, (h, w) or one number for both.
        spatial_scale: cells in a pixel.

    Returns:
        Tensor[K, C, h, w].

    Source: Girshick 2015, section 2.1; torchvision.ops.roi_pool.
    """
    return _roi_pool(input, rois_of(boxes), spatial_scale, *height_width(output_size))[0]


def bilinear_sample(input: Tensor, y: Tensor, x: Tensor, mode: str = "bilinear") -> Tensor:
    """Read a map at points between its cells, through grid_sample in double precision.

    Args:
        input (Tensor[C, H, W]): a feature map.
        y (Tensor[...]): rows of the points, in cells: 0 is the centre of the first row.
        x (Tensor[...]): columns of the points, in cells.
        mode: of `grid_sample`.

    Returns:
        Tensor[C, ...].

    Source: He et al. 2017, figure 3; torch.nn.functional.grid_sample.
    """
    y, x = torch.broadcast_tensors(y, x)
    last_row, last_column = (max(side - 1, 1) for side in input.shape[1:])
    points = torch.stack([2 * x.double() / last_column - 1, 2 * y.double() / last_row - 1], dim=-1)
    sampled = _grid_sample(
        input[None].double(), points.reshape(1, 1, -1, 2), mode, "border", align_corners=True
    )
    return sampled.reshape(len(input), *y.shape).to(input.dtype)


def roi_align(
    input: Tensor,
    boxes: Boxes,
    output_size: Size,
    spatial_scale: float = 1.0,
    sampling_ratio: int = -1,
    aligned: bool = False,
) -> Tensor:
    """Average the samples of every bin as torchvision's operator does.

    Args:
        input (Tensor[N, C, H, W]): feature maps.
        boxes (Tensor[K, 5] or list of Tensor[L, 4]): xyxy in pixels, behind the number of their
            image, or for each image.
        output_size: number of bins, (h, w) or one number for both.
        spatial_scale: cells in a pixel.
        sampling_ratio: samples a side of a bin; -1 takes as many as the bin has cells.
        aligned: whether RoIs are moved by half a cell up and left.

    Returns:
        Tensor[K, C, h, w].

    Source: He et al. 2017, section 3; torchvision.ops.roi_align.
    """
    size = height_width(output_size)
    return _roi_align(input, rois_of(boxes), spatial_scale, *size, sampling_ratio, aligned)


def multiscale_roi_align(
    features: dict[str, Tensor],
    boxes: list[Tensor],
    image_shapes: list[tuple[int, int]],
    output_size: Size,
    sampling_ratio: int,
    canonical_scale: float = 224,
    canonical_level: float = 4,
) -> Tensor:
    """Read every box from the level of a pyramid that fits its size, as torchvision's pooler does.

    Args:
        features (dict of Tensor[N, C, H, W]): the levels, the finest first.
        boxes (list of Tensor[L, 4]): xyxy in pixels, for each image.
        image_shapes: height and width of each image, in pixels.
        output_size: number of bins, (h, w) or one number for both.
        sampling_ratio: samples a side of a bin, or -1.
        canonical_scale: square root of the area of a box of the canonical level, in pixels.
        canonical_level: number of its level; level l has 1 / 2^l cells in a pixel.

    Returns:
        Tensor[K, C, h, w]: in the order of the boxes.

    Source: Lin et al. 2017 (FPN), equation 1; torchvision.ops.MultiScaleRoIAlign.
    """
    pooler = _MultiScaleRoIAlign(
        list(features),
        height_width(output_size),
        sampling_ratio,
        canonical_scale=canonical_scale,
        canonical_level=canonical_level,
    )
    return pooler(features, boxes, image_shapes)
