"""Exercise `roi_align`: RoIAlign (He et al. 2017, Mask R-CNN, section 3)."""

import sys
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.n06_roi_align.regions import MISTAKES, move_corners, on_cells
from rcnn_course.reference.roi_pooling import bilinear_sample, height_width, roi_align

TORCHVISION_MODULE = sys.modules["torchvision.ops.roi_align"]

_HALF_CELL_HINT = (
    "integer coordinates of the map are the centres of cells, half a cell away from the edges "
    "that boxes are measured from."
)
_ADAPTIVE_HINT = "-1 asks for ceil(RoI side / output side) samples, so large RoIs take more."

_OWN_NUMBERS_HINT = (
    "-1 takes ceil(RoI height / output height) samples down a bin, and the same across with the "
    "widths; each RoI has its own numbers."
)


def _cases(normal: Draw, uniform: Draw) -> Cases:
    height, width = 10, 13

    def boxes(count: int, stride: int = 4) -> Tensor:
        """Return boxes inside the picture, in pixels."""
        sides = uniform(count, 2, low=0.2, high=0.6)
        corners = uniform(count, 2) * (1 - sides)
        picture = torch.tensor([width, height]) * float(stride)
        return torch.cat([corners * picture, (corners + sides) * picture], dim=1)

    def map_of(images: int, channels: int = 2) -> Tensor:
        return normal(images, channels, height, width)

    quarter = {"spatial_scale": 1 / 4}
    yield Case(
        "five boxes, two samples a side",
        (map_of(1, channels=4), [boxes(5)], (2, 3)),
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
        (map_of(1), [boxes(4)], (1, 3)),
        quarter | {"sampling_ratio": -1},
        hint=_OWN_NUMBERS_HINT,
    )
    yield Case(
        "the default options, on two images",
        (map_of(2), [boxes(2, stride=1), boxes(1, stride=1)], 3),
        hint="the defaults are spatial_scale=1.0, sampling_ratio=-1, aligned=False.",
        also=(_OWN_NUMBERS_HINT,),
    )
    indices = torch.tensor([[1.0], [0], [2], [1]])
    yield Case(
        "a batch of three images, boxes as Tensor[K, 5] in mixed order",
        (map_of(3), torch.cat([indices, boxes(4, stride=8)], 1), (2, 3)),
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
    cut = torch.tensor([[-7.0, 8, 17, 32], [8, 21, 32, 45]])  # an outer bin is half outside
    for aligned in (False, True):
        yield Case(
            f"boxes that reach over the border, aligned={aligned}",
            (map_of(1), [torch.cat([boxes(3) + shift, cut])], (3, 3)),
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
    for ratio in (0, 1):
        yield Case(
            f"sampling_ratio={ratio}",
            (map_of(1), [boxes(3)], (2, 3)),
            quarter | {"sampling_ratio": ratio},
            hint="0 asks for as many samples as -1 does; 1 is a single one for each bin.",
            also=(_OWN_NUMBERS_HINT,) if ratio == 0 else (),
        )
    outermost = [[2.0, -1.5, 3, -0.5], [2, height - 0.5, 3, height + 0.5]]
    outermost += [[-1.5, 2, -0.5, 3], [width - 0.5, 2, width + 0.5, 3]]
    yield Case(
        "samples that are exactly one cell outside the map",
        (map_of(1), [torch.tensor(outermost)], 1),
        {"sampling_ratio": 1},
        hint="such a sample is not yet too far outside: it is moved to the border.",
    )
    flat = torch.tensor([[2.0, 3, 7.6, 3], [4, 2, 4, 8.7], [1, 2, 10.6, 3.5], [3, 1, 4.2, 8.7]])
    flat = torch.cat([flat, torch.tensor([[1.0, 1, 4.2, 5.4], [2, 2, 9.4, 4.4], [0, 0, 5.4, 8.7]])])
    yield Case(
        "sampling_ratio=-1, aligned=True, boxes without height or width, and low or narrow ones",
        (map_of(1), [flat + uniform(7, 1)], (2, 3)),
        {"aligned": True},
        hint="a box without height has no samples in a bin, and gives 0.",
        also=(_OWN_NUMBERS_HINT,),
    )


def _inside_alone(call: Call) -> Tensor:
    """Divide by the samples that are read from the map, not by all of a bin."""
    share = call(input=torch.ones_like(call.input))
    return torch.where(share > 0, call() / share, 0)


def _moved(call: Call, cells: float, **changes: bool) -> Tensor:
    """Move the RoIs by a number of cells, down and right."""
    return move_corners(call, lambda corners: corners + cells / call.spatial_scale, **changes)


def _from_corners(call: Call) -> Tensor | None:
    """Sample at the upper left corner of each part of a bin rather than at its centre."""
    if call.sampling_ratio <= 0:
        return None
    bins = torch.tensor(height_width(call.output_size)[::-1])

    def move(corners: Tensor) -> Tensor:
        sides = corners[:, 2:] - corners[:, :2]
        if not call.aligned:
            sides = sides.clamp(min=1 / call.spatial_scale)
        return corners - (sides / bins / call.sampling_ratio / 2).repeat(1, 2)

    return move_corners(call, move)


def _largest(call: Call) -> Tensor | None:
    ratio = call.sampling_ratio
    if ratio <= 0:
        return None
    fine = [side * ratio for side in height_width(call.output_size)]
    return F.max_pool2d(call(output_size=fine, sampling_ratio=1), ratio)


def _on_padded(mode: str) -> Callable[[Call], Tensor]:
    """Make the mistake of treating the outside as if the map went on there."""

    def wrong(call: Call) -> Tensor:
        padded = F.pad(call.input.double(), (64,) * 4, mode)
        move = 64 / call.spatial_scale
        result = move_corners(call, lambda corners: corners.double() + move, input=padded)
        return result.to(call.input.dtype)

    return wrong


ROI_ALIGN = Exercise(
    name="roi_align",
    reference=roi_align,
    source="torchvision.ops.roi_align",
    steps=(
        "Boxes times spatial_scale, and nothing is rounded. aligned subtracts half a cell; "
        "without it a RoI has at least one cell each way.",
        "With n samples in each of the bins, sample i along one side lies at start + (i + "
        "0.5) * size / (bins * n). Rows and columns can be worked out separately.",
        "Samples further than one cell outside count as 0, but they count: the mean divides "
        "by all.",
        "With sampling_ratio of 0 or less each RoI has its own numbers of samples, down and "
        "across.",
    ),
    own_cases=_cases,
    odd=Odd(
        length=["boxes"],
        gradient=["input"],
        of=5,
        hints={"empty": "with K = 0 the result has the shape [0, C, height, width]."},
    ),
    refused=(works.INTERPOLATION, works.POINT_SAMPLING, works.ROI_POOLING),
    lends={"bilinear_sample": bilinear_sample},
    mistakes={
        "outside_left_out": Mistake(
            "samples outside the map are left out of the mean",
            _inside_alone,
            "such a sample counts as 0 and is counted: divide by all the samples of the bin.",
        ),
        "aligned_unused": Mistake(
            "aligned=True makes no difference",
            lambda call: call(aligned=False),
            _HALF_CELL_HINT,
        ),
        "half_cell_missing": Mistake(
            "aligned=True does not subtract half a cell",
            lambda call: _moved(call, 0.5 if call.aligned else 0.0),
            _HALF_CELL_HINT,
        ),
        "always_moved": Mistake(
            "half a cell is subtracted although aligned=False",
            lambda call: _moved(call, 0.0 if call.aligned else -0.5),
            "the shift of half a cell belongs to aligned=True alone.",
        ),
        "half_cell_added": Mistake(
            "the half cell of aligned=True has the wrong sign",
            lambda call: _moved(call, 1.0 if call.aligned else 0.0),
            "an edge at 0 pixels lies half a cell before the centre of cell 0: at -0.5.",
        ),
        "half_pixel_subtracted": Mistake(
            "the half cell of aligned=True is taken off in pixels, before scaling",
            lambda call: _moved(call, 0.5 - 0.5 * call.spatial_scale if call.aligned else 0.0),
            "it is half a cell of the feature map, so it comes after spatial_scale.",
        ),
        **MISTAKES,
        "rounded": Mistake(
            "the RoI is rounded to whole cells",
            on_cells(torch.round),
            "RoIAlign rounds nothing; that is its whole point.",
        ),
        "one_sample": Mistake(
            "each bin takes a single sample",
            lambda call: call(sampling_ratio=1) if call.sampling_ratio > 0 else None,
            "sampling_ratio=2 means 2 x 2 samples in every bin, spread evenly.",
        ),
        "adaptive_one_sample": Mistake(
            "sampling_ratio=-1 takes one sample",
            lambda call: call(
                sampling_ratio=1 if call.sampling_ratio <= 0 else call.sampling_ratio
            ),
            _ADAPTIVE_HINT,
        ),
        "adaptive_two_samples": Mistake(
            "sampling_ratio=-1 takes two samples a side",
            lambda call: call(
                sampling_ratio=2 if call.sampling_ratio <= 0 else call.sampling_ratio
            ),
            _ADAPTIVE_HINT,
        ),
        "samples_on_corners": Mistake(
            "samples lie on the corners of the parts of a bin",
            _from_corners,
            "a bin is cut into equal parts, and each sample lies in the centre of its part.",
        ),
        "largest_sample": Mistake(
            "each bin keeps its largest sample",
            _largest,
            "RoIAlign as torchvision builds it averages the samples of a bin.",
        ),
        "summed": Mistake(
            "the samples of a bin are summed",
            lambda call: call() * call.sampling_ratio**2 if call.sampling_ratio > 0 else None,
            "divide by the number of samples of the bin.",
        ),
        "border_repeated": Mistake(
            "samples far outside the map repeat its border",
            _on_padded("replicate"),
            "a sample more than one cell outside the map counts as 0.",
        ),
        "fades_outside": Mistake(
            "the map fades to zero just outside its border",
            _on_padded("constant"),
            "a sample at most one cell outside is moved to the border first.",
        ),
        "least_size_missing": Mistake(
            "a RoI may be smaller than one cell although aligned=False",
            lambda call: _moved(call, 0.0 if call.aligned else 0.5, aligned=True),
            "with aligned=False the width and the height are at least 1 cell.",
        ),
        "least_size_always": Mistake(
            "a RoI is at least one cell large although aligned=True",
            lambda call: _moved(call, -0.5 if call.aligned else 0.0, aligned=False),
            "the least size of one cell belongs to aligned=False alone.",
        ),
        "one_cell_too_large": Mistake(
            "the RoI is one cell too wide and too high",
            lambda call: move_corners(
                call,
                lambda corners: corners + corners.new_tensor([0, 0, 1, 1]) / call.spatial_scale,
            ),
            "a width here is x2 - x1; the + 1 belongs to RoI pooling's whole cells.",
        ),
    },
)
