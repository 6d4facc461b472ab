"""Exercise `roi_align`: RoIAlign (He et al. 2017, Mask R-CNN, section 3)."""

import sys
from collections.abc import Callable, Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n06_roi_align.bilinear_sample import reference as bilinear_sample
from rcnn_course.checks.exercises.n06_roi_align.regions import (
    FIRST_IMAGE_HINT,
    SCALE_HINT,
    SIDES_SWAPPED_HINT,
    X_AND_Y_HINT,
    Boxes,
    each_corner,
    from_first_image,
    height_width,
    rois_of,
    unscaled,
    with_sides_swapped,
    with_x_and_y_swapped,
)

_operator = torch.ops.torchvision.roi_align.default
TORCHVISION_MODULE = sys.modules["torchvision.ops.roi_align"]


def reference(
    input: Tensor,
    boxes: Boxes,
    output_size: int | Sequence[int],
    spatial_scale: float = 1.0,
    sampling_ratio: int = -1,
    aligned: bool = False,
) -> Tensor:
    """Call torchvision's RoIAlign operator."""
    size = height_width(output_size)
    return _operator(input, rois_of(boxes), spatial_scale, *size, sampling_ratio, aligned)


def _roi_align_cases(seed: int) -> Iterator[Case]:
    normal, uniform = random_tensors(seed)
    height, width = 10, 13

    def boxes(count: int, stride: int = 4, *, smallest: float = 0.2) -> Tensor:
        """Return boxes inside the picture, in pixels."""
        sides = uniform(count, 2, low=smallest, high=0.6)
        corners = uniform(count, 2) * (1 - sides)
        picture = torch.tensor([width, height]) * float(stride)
        return torch.cat([corners * picture, (corners + sides) * picture], dim=1)

    def map_of(images: int, channels: int = 2, dtype: torch.dtype = torch.float32) -> Tensor:
        return normal(images, channels, height, width, dtype=dtype)

    quarter = {"spatial_scale": 1 / 4}
    yield Case(
        "three boxes, two samples a side",
        (map_of(1), [boxes(3)], (2, 2)),
        quarter | {"sampling_ratio": 2},
    )
    yield Case(
        "aligned=True",
        (map_of(1), [boxes(3)], (2, 2)),
        quarter | {"sampling_ratio": 2, "aligned": True},
        hint="aligned=True moves the scaled box by half a cell up and left.",
    )
    yield Case(
        "an output that is not square, three samples a side",
        (map_of(1), [boxes(2)], (3, 2)),
        quarter | {"sampling_ratio": 3},
        hint="output_size is (height, width): rows first.",
    )
    yield Case(
        "sampling_ratio=-1",
        (map_of(1), [boxes(4)], (2, 2)),
        quarter | {"sampling_ratio": -1},
        hint="-1 takes ceil(RoI height / output height) samples down a bin, and the same across "
        "with the widths; each RoI has its own numbers.",
    )
    yield Case(
        "the default options, on two images",
        (map_of(2), [boxes(2, stride=1), boxes(1, stride=1)], 3),
        hint="the defaults are spatial_scale=1.0, sampling_ratio=-1, aligned=False.",
    )
    indices = torch.tensor([[1.0], [0], [2], [1]])
    yield Case(
        "a batch of three images, boxes as Tensor[K, 5] in mixed order",
        (map_of(3), torch.cat([indices, boxes(4, stride=8)], 1), (2, 2)),
        {"spatial_scale": 1 / 8, "sampling_ratio": 2},
        hint="the first column of a Tensor[K, 5] says from which image each box is read.",
    )
    yield Case(
        "a list of boxes, the first image without boxes",
        (map_of(2), [torch.zeros(0, 4), boxes(2)], 2),
        quarter | {"sampling_ratio": 2, "aligned": True},
        hint="output_size may be one number, and a list entry may hold no boxes.",
    )
    shift = torch.tensor([[-16.0, -9, -16, -9], [30, 24, 30, 24], [90, 0, 90, 0]])
    for aligned in (False, True):
        yield Case(
            f"boxes that reach over the border, aligned={aligned}",
            (map_of(1), [boxes(3) + shift], (3, 3)),
            quarter | {"sampling_ratio": 2, "aligned": aligned},
            hint="a sample more than one cell outside the map counts as 0; one that is less far "
            "outside is moved to the border.",
        )
    tiny = torch.tensor([[9.0, 11, 10.5, 12], [20, 20, 21, 30], [17, 13, 17, 13]])
    for aligned in (False, True):
        yield Case(
            f"boxes smaller than a cell, aligned={aligned}",
            (map_of(1), [tiny + uniform(3, 1)], (2, 2)),
            quarter | {"sampling_ratio": 2, "aligned": aligned},
            hint="with aligned=False a RoI is at least one cell wide and high; with "
            "aligned=True it keeps its size.",
        )
    yield Case(
        "no boxes at all",
        (map_of(2), torch.zeros(0, 5), (2, 3)),
        quarter | {"sampling_ratio": 2},
        hint="with K = 0 the result has the shape [0, C, height, width].",
    )
    yield Case(
        "float64",
        (map_of(1, dtype=torch.float64), [boxes(2).double()], (2, 2)),
        quarter | {"sampling_ratio": 2, "aligned": True},
        hint="the result has the dtype of the input.",
    )
    yield Case(
        "an input that is not contiguous in memory",
        (normal(width, height, 2, 1).permute(3, 2, 1, 0), [boxes(2)], (2, 2)),
        quarter | {"sampling_ratio": 2},
    )
    yield Case(
        "the gradient that flows back to the feature map",
        (map_of(2).requires_grad_(), [boxes(2), boxes(1)], (2, 2)),
        quarter | {"sampling_ratio": 2},
    )


def _roi_align_with(**changes: object) -> Callable[..., Tensor]:
    """Make the mistake of always using the given options."""
    return lambda *args, **options: reference(*args, **(options | changes))


def _roi_align_shifted(
    cells_if: Callable[[bool], float], **changes: object
) -> Callable[..., Tensor]:
    """Make the mistake of moving the RoI by a number of cells that depends on `aligned`."""

    def wrong(
        input: Tensor,
        boxes: Boxes,
        size: int,
        spatial_scale: float = 1.0,
        sampling_ratio: int = -1,
        aligned: bool = False,
    ) -> Tensor:
        options = {"sampling_ratio": sampling_ratio, "aligned": aligned} | changes
        moved = each_corner(boxes, lambda corners: corners + cells_if(aligned) / spatial_scale)
        return reference(input, moved, size, spatial_scale, **options)

    return wrong


def _roi_align_on_whole_cells(
    input: Tensor, boxes: Boxes, size: int, spatial_scale: float = 1.0, *args, **options
) -> Tensor:
    cells = each_corner(boxes, lambda corners: (corners * spatial_scale).round())
    return reference(input, cells, size, 1.0, *args, **options)


def _roi_align_adaptive_as(fixed: int) -> Callable[..., Tensor]:
    """Make the mistake of taking a fixed number of samples where the ratio is -1."""

    def wrong(*args: object, sampling_ratio: int = -1, **options: object) -> Tensor:
        ratio = sampling_ratio if sampling_ratio > 0 else fixed
        return reference(*args, sampling_ratio=ratio, **options)

    return wrong


def _roi_align_from_corners(
    input: Tensor,
    boxes: Boxes,
    size: int,
    spatial_scale: float = 1.0,
    sampling_ratio: int = -1,
    aligned: bool = False,
) -> Tensor | None:
    """Sample at the upper left corner of each part of a bin rather than at its centre."""
    if sampling_ratio <= 0:
        return None
    height, width = height_width(size)

    def move(corners: Tensor) -> Tensor:
        sides = corners[:, 2:] - corners[:, :2]
        if not aligned:
            sides = sides.clamp(min=1 / spatial_scale)
        half = sides / torch.tensor([width, height]) / sampling_ratio / 2
        return corners - half.repeat(1, 2)

    moved = each_corner(boxes, move).to(input.dtype)
    return reference(input, moved, size, spatial_scale, sampling_ratio, aligned)


def _roi_align_by_maximum(
    input: Tensor,
    boxes: Boxes,
    size: int,
    spatial_scale: float = 1.0,
    sampling_ratio: int = -1,
    aligned: bool = False,
) -> Tensor | None:
    if sampling_ratio <= 0:
        return None
    fine = tuple(side * sampling_ratio for side in height_width(size))
    samples = reference(input, boxes, fine, spatial_scale, 1, aligned)
    return F.max_pool2d(samples, sampling_ratio)


def _roi_align_by_sum(*args: object, sampling_ratio: int = -1, **options: object) -> Tensor | None:
    if sampling_ratio <= 0:
        return None
    return reference(*args, sampling_ratio=sampling_ratio, **options) * sampling_ratio**2


def _roi_align_on_padded(mode: str, cells: int) -> Callable[..., Tensor]:
    """Make the mistake of treating the outside as if the map went on there."""

    def wrong(
        input: Tensor, boxes: Boxes, size: int, spatial_scale: float = 1.0, *args, **options
    ) -> Tensor:
        padded = F.pad(input.double(), (cells,) * 4, mode)
        moved = each_corner(boxes, lambda corners: corners.double() + cells / spatial_scale)
        result = reference(padded, moved, size, spatial_scale, *args, **options)
        return result.to(input.dtype)

    return wrong


def _roi_align_one_cell_wider(
    input: Tensor, boxes: Boxes, size: int, spatial_scale: float = 1.0, *args, **options
) -> Tensor:
    wider = each_corner(boxes, lambda corners: corners + torch.tensor([0, 0, 1, 1]) / spatial_scale)
    return reference(input, wider.to(input.dtype), size, spatial_scale, *args, **options)


ROI_ALIGN = Exercise(
    name="roi_align",
    reference=reference,
    source="torchvision.ops.roi_align",
    own_cases=_roi_align_cases,
    refused=(
        "torchvision::*roi_align*",
        "torchvision::*deform_conv2d*",
        "aten::*grid_sampler*",
        "aten::upsample_*",
    ),
    refused_code=(TORCHVISION_MODULE,),
    lends={"bilinear_sample": bilinear_sample},
    mistakes=(
        Mistake(
            "aligned=True makes no difference",
            _roi_align_with(aligned=False),
            "integer coordinates of the map are the centres of cells, half a cell away from the "
            "edges that boxes are measured from.",
        ),
        Mistake(
            "half a cell is subtracted although aligned=False",
            _roi_align_shifted(lambda aligned: 0.0 if aligned else -0.5),
            "the shift of half a cell belongs to aligned=True alone.",
        ),
        Mistake(
            "the half cell of aligned=True has the wrong sign",
            _roi_align_shifted(lambda aligned: 1.0 if aligned else 0.0),
            "an edge at 0 pixels lies half a cell before the centre of cell 0: at -0.5.",
        ),
        Mistake(
            "the half cell of aligned=True is taken off in pixels, before scaling",
            lambda input, boxes, size, spatial_scale=1.0, *args, aligned=False, **options: (
                _roi_align_shifted(lambda _: spatial_scale * -0.5 + 0.5 if aligned else 0.0)(
                    input, boxes, size, spatial_scale, *args, aligned=aligned, **options
                )
            ),
            "it is half a cell of the feature map, so it comes after spatial_scale.",
        ),
        Mistake("spatial_scale is not used", unscaled(reference), SCALE_HINT),
        Mistake("x and y are swapped", with_x_and_y_swapped(reference), X_AND_Y_HINT),
        Mistake(
            "height and width of the output are swapped",
            with_sides_swapped(reference),
            SIDES_SWAPPED_HINT,
        ),
        Mistake(
            "every box is read from the first image",
            from_first_image(reference),
            FIRST_IMAGE_HINT,
        ),
        Mistake(
            "the RoI is rounded to whole cells",
            _roi_align_on_whole_cells,
            "RoIAlign rounds nothing; that is its whole point.",
        ),
        Mistake(
            "each bin takes a single sample",
            _roi_align_with(sampling_ratio=1),
            "sampling_ratio=2 means 2 x 2 samples in every bin, spread evenly.",
        ),
        Mistake(
            "sampling_ratio=-1 takes one sample",
            _roi_align_adaptive_as(1),
            "-1 asks for ceil(RoI side / output side) samples, so large RoIs take more.",
        ),
        Mistake(
            "sampling_ratio=-1 takes two samples a side",
            _roi_align_adaptive_as(2),
            "-1 asks for ceil(RoI side / output side) samples, so large RoIs take more.",
        ),
        Mistake(
            "samples lie on the corners of the parts of a bin",
            _roi_align_from_corners,
            "a bin is cut into equal parts, and each sample lies in the centre of its part.",
        ),
        Mistake(
            "each bin keeps its largest sample",
            _roi_align_by_maximum,
            "RoIAlign as torchvision builds it averages the samples of a bin.",
        ),
        Mistake(
            "the samples of a bin are summed",
            _roi_align_by_sum,
            "divide by the number of samples of the bin.",
        ),
        Mistake(
            "samples far outside the map repeat its border",
            _roi_align_on_padded("replicate", 64),
            "a sample more than one cell outside the map counts as 0.",
        ),
        Mistake(
            "the map fades to zero just outside its border",
            _roi_align_on_padded("constant", 64),
            "a sample at most one cell outside is moved to the border first.",
        ),
        Mistake(
            "a RoI may be smaller than one cell although aligned=False",
            _roi_align_shifted(lambda aligned: 0.0 if aligned else 0.5, aligned=True),
            "with aligned=False the width and the height are at least 1 cell.",
        ),
        Mistake(
            "a RoI is at least one cell large although aligned=True",
            _roi_align_shifted(lambda aligned: -0.5 if aligned else 0.0, aligned=False),
            "the least size of one cell belongs to aligned=False alone.",
        ),
        Mistake(
            "the RoI is one cell too wide and too high",
            _roi_align_one_cell_wider,
            "a width here is x2 - x1; the + 1 belongs to RoI pooling's whole cells.",
        ),
    ),
)
