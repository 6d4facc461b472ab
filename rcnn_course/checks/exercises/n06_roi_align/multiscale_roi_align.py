"""Exercise `multiscale_roi_align`: RoIAlign over the levels of a feature pyramid.

Source: Lin et al. 2017, Feature Pyramid Networks, equation 1; torchvision `MultiScaleRoIAlign`.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torchvision.ops import poolers

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.n06_roi_align.regions import FIRST_IMAGE_HINT
from rcnn_course.reference.roi_pooling import (
    height_width,
    multiscale_roi_align,
    roi_align,
    rois_of,
)

_SQUARE_ROOT_HINT = "equation 1 of the FPN paper compares sqrt(width * height) with 224."

_LevelMapper, _read = poolers.LevelMapper, poolers._multiscale_roi_align


def _cases(normal: Draw, uniform: Draw) -> Cases:
    picture = (192, 256)

    def pyramid(
        images: int = 1,
        levels: int = 4,
        channels: int = 2,
        batch: tuple[int, int] = picture,
        stride: int = 4,
    ) -> dict[str, Tensor]:
        sizes = [[side // (stride * 2**level) for side in batch] for level in range(levels)]
        return {str(n): normal(images, channels, *size) for n, size in enumerate(sizes)}

    def coded(images: int) -> dict[str, Tensor]:
        """Return constant maps whose value tells the image, the level and the channel."""
        codes = 100 * torch.arange(images)[:, None] + torch.arange(3)
        return {
            level: (codes + 10.0 * int(level))[..., None, None].expand_as(feature).clone()
            for level, feature in pyramid(images, channels=3).items()
        }

    def boxes(*lengths: float) -> Tensor:
        """Return boxes of about these sizes sqrt(area), in turn wide and high."""
        side = torch.tensor(lengths) * (1 + 0.05 * uniform(len(lengths)))
        stretch = torch.tensor([1.6, 0.6]).repeat(len(lengths))[: len(lengths)]
        corner = uniform(len(lengths), 2) * torch.tensor([60.0, 20.0])
        return torch.cat([corner, corner + torch.stack([side * stretch, side / stretch], 1)], 1)

    yield Case(
        "maps whose values tell image, level and channel; two images",
        (coded(2), [boxes(150, 20, 70), boxes(30, 170, 20)], [picture] * 2, (4, 5), 2),
        hint="row i of the result belongs to box i: all of image 0's boxes, then image 1's.",
    )
    yield Case(
        "four levels, two images",
        (pyramid(2, channels=3), [boxes(24, 90, 40), boxes(160, 12)], [picture] * 2, (3, 2), 2),
        {"canonical_scale": 64, "canonical_level": 4},
        hint="the level is floor(canonical_level + log2(sqrt(area) / canonical_scale)).",
    )
    exact = torch.tensor([[8.0, 8, 72, 72], [0, 0, 32, 32], [4, 4, 132, 132]])
    yield Case(
        "boxes of exactly the canonical size, its half and its double",
        (pyramid(), [exact], [picture], 2, 2),
        {"canonical_scale": 64},
        hint="a box of the canonical size is read from the canonical level itself.",
    )
    yield Case(
        "boxes too small and too large for the levels there are",
        (pyramid(levels=2), [boxes(3, 180, 9)], [picture], (2, 2), 2),
        {"canonical_scale": 64},
        hint="the level is clamped to the finest and the coarsest that there are.",
    )
    yield Case("a single level", (pyramid(levels=1), [boxes(30, 80)], [picture], (2, 2), 2))
    yield Case(
        "images of different sizes, sampling_ratio=-1",
        (pyramid(2), [boxes(40, 100), boxes(20)], [(150, 200), picture], (2, 2), -1),
        {"canonical_scale": 64},
        hint="the maps belong to the batch, which is as high and as wide as its largest image.",
    )
    yield Case(
        "a second image without boxes",
        (pyramid(3), [boxes(20, 90), torch.zeros(0, 4), boxes(140)], [picture] * 3, 2, 2),
        hint="a list entry may hold no boxes; the images after it keep their number.",
    )
    away = torch.tensor([[150.0, 10, 190, 52], [10, 140, 50, 182], [100, 90, 135, 180]])
    yield Case(
        "another canonical level; boxes far from the corner of the image",
        (pyramid(), [away + uniform(3, 1)], [picture], (2, 3), 2),
        {"canonical_scale": 64, "canonical_level": 3},
        hint="the size of a box is that of its sides, wherever it lies.",
    )
    yield Case(
        "the first image is low, the second one high and narrow",
        (pyramid(2, batch=(192, 64)), [boxes(40, 30), boxes(50)], [(90, 30), (180, 40)], 2, 2),
        {"canonical_scale": 64},
        hint="the map has about 1 / 4, 1 / 8 … of the height of the tallest image: the batch was "
        "filled up, so the scale is rounded to a power of two.",
    )
    for stride, lengths in ((2, (6, 20, 40)), (8, (20, 90))):
        yield Case(
            f"the finest level has stride {stride}",
            (pyramid(levels=len(lengths), stride=stride), [boxes(*lengths)], [picture], 2, 2),
            {"canonical_scale": 64},
            hint="level k has stride 2 to the power of k, and the finest is not always level 2.",
        )
    sides = torch.tensor([[0.0, 0, 256, 196], [0, 0, 255, 196], [0, 0, 250, 190]])
    yield Case(
        "boxes as large as the default scale, 224, and a little smaller",
        (pyramid(batch=(256, 288)), [sides], [(256, 288)], (2, 2), 1),
        hint="without a scale of its own, a box of 224 x 224 is read from level 4.",
    )
    yield Case(
        "no boxes at all, a single level, one number as output_size",
        (pyramid(2, levels=1), [torch.zeros(0, 4)] * 2, [picture] * 2, 3, 2),
        hint="with K = 0 the result has the shape [0, C, height, width].",
    )


def _finest(call: Call) -> int:
    """Return the number of the finest level: its stride is 2 to the power of it."""
    tallest = max(height for height, _ in call.image_shapes)
    return round(math.log2(tallest / next(iter(call.features.values())).shape[2]))


def _mapper(call: Call) -> Callable[[list[Tensor]], Tensor]:
    """Return torchvision's function from the boxes to their levels, counted from 0."""
    finest = _finest(call)
    coarsest = finest + len(call.features) - 1
    return _LevelMapper(finest, coarsest, call.canonical_scale, call.canonical_level)


def _read_from(call: Call, levels: Callable[[list[Tensor]], Tensor], scale: float = 0.5) -> Tensor:
    """Read the boxes from these levels, each `scale` times as large as the one before."""
    scales = [scale ** (_finest(call) + level) for level in range(len(call.features))]
    maps, size = list(call.features.values()), height_width(call.output_size)
    return _read(maps, call.boxes, size, call.sampling_ratio, scales, levels)


def _by_size(size_of: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Call], Tensor]:
    """Make the mistake of another size of a box; `size_of` takes widths and heights."""

    def squares(boxes: Tensor) -> Tensor:
        side = size_of(*(boxes[:, 2:] - boxes[:, :2]).unbind(1))
        return torch.stack([side * 0, side * 0, side, side], dim=1)

    return lambda call: _read_from(call, lambda boxes: _mapper(call)([*map(squares, boxes)]))


def _aligned(call: Call) -> Tensor:
    rois, levels = rois_of(call.boxes), _mapper(call)(call.boxes)
    output = call()
    for level, feature in enumerate(call.features.values()):
        here, scale = levels == level, 0.5 ** (_finest(call) + level)
        read = roi_align(feature, rois[here], call.output_size, scale, call.sampling_ratio, True)
        output = output.index_put((here,), read)
    return output


MULTISCALE_ROI_ALIGN = Exercise(
    name="multiscale_roi_align",
    reference=multiscale_roi_align,
    source="torchvision.ops.MultiScaleRoIAlign",
    steps=(
        "Two decisions: which scale belongs to each map, and from which map each RoI is read.",
        "The scale is a power of two: compare the height of a map with that of the tallest image.",
        "Equation 1 gives the level of each RoI; clamp it to the levels that there are.",
        "Read the RoIs of one level together, and put the results back into the rows of these"
        " RoIs.",
    ),
    own_cases=_cases,
    odd=Odd(
        length=["boxes"],
        gradient=["features"],
        of=1,
        hints={
            "empty": "with K = 0 the result has the shape [0, C, height, width].",
            "float64": "the result has the dtype of the maps.",
        },
    ),
    refused=(works.LEVEL_MAPPING, works.ROI_POOLING),
    lends={"roi_align": roi_align},
    mistakes={
        "level_by_level": Mistake(
            "the rows stand level after level instead of box after box",
            lambda call: call()[_mapper(call)(call.boxes).argsort(stable=True)],
            "whoever reads row i takes it for box i. Put each level's results back at the "
            "places where its boxes came from.",
        ),
        "level_rounded": Mistake(
            "the level is rounded to the nearest instead of down",
            lambda call: call(canonical_level=call.canonical_level + 0.5),
            "equation 1 of the FPN paper takes the floor.",
        ),
        "level_too_coarse": Mistake(
            "the levels are one too coarse, or rounded up",
            lambda call: call(canonical_level=call.canonical_level + 1),
            "equation 1 of the FPN paper takes the floor; level 2 is the map of stride 4.",
        ),
        "area_unrooted": Mistake(
            "the level follows from the area instead of its square root",
            _by_size(lambda width, height: width * height),
            _SQUARE_ROOT_HINT,
        ),
        "longer_side": Mistake(
            "the level follows from the longer side", _by_size(torch.maximum), _SQUARE_ROOT_HINT
        ),
        "width_alone": Mistake(
            "the level follows from the width alone",
            _by_size(lambda width, height: width),
            _SQUARE_ROOT_HINT,
        ),
        "level_too_fine": Mistake(
            "the levels are one too fine",
            lambda call: call(canonical_level=call.canonical_level - 1),
            "level 2 is the map of stride 4, the first of the dictionary.",
        ),
        "finest_level_only": Mistake(
            "every box is read from the finest level",
            lambda call: call(features=dict([*call.features.items()][:1])),
            "large boxes are read from coarse maps, small ones from fine maps.",
        ),
        "canonical_scale_unused": Mistake(
            "canonical_scale is not used",
            lambda call: call(canonical_scale=224),
            "224 is the default; a caller may ask for another size.",
        ),
        "first_image_only": Mistake(
            "every box is read from the first image",
            lambda call: call(
                features={name: maps[:1].expand_as(maps) for name, maps in call.features.items()}
            ),
            FIRST_IMAGE_HINT,
        ),
        "scale_unused": Mistake(
            "the boxes are not scaled to their level",
            lambda call: _read_from(call, _mapper(call), scale=1.0),
            "boxes are in picture pixels; each level has its own spatial_scale.",
        ),
        "aligned": Mistake(
            "RoIAlign is called with aligned=True",
            _aligned,
            "torchvision's detectors were trained with aligned=False, so this pooler keeps it.",
        ),
    },
)
