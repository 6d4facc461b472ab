"""Exercise `multiscale_roi_align`: RoIAlign over the levels of a feature pyramid.

Source: Lin et al. 2017, Feature Pyramid Networks, equation 1; torchvision `MultiScaleRoIAlign`.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torchvision.ops import poolers
from torchvision.ops.poolers import LevelMapper, MultiScaleRoIAlign, _multiscale_roi_align

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n06_roi_align import roi_align
from rcnn_course.checks.exercises.n06_roi_align.regions import FIRST_IMAGE_HINT, height_width


def reference(
    features: dict[str, Tensor],
    boxes: list[Tensor],
    image_shapes: list[tuple[int, int]],
    output_size: int | Sequence[int],
    sampling_ratio: int,
    canonical_scale: float = 224,
    canonical_level: int = 4,
) -> Tensor:
    """Build torchvision's pooler and call it."""
    pooler = MultiScaleRoIAlign(
        list(features),
        height_width(output_size),
        sampling_ratio,
        canonical_scale=canonical_scale,
        canonical_level=canonical_level,
    )
    return pooler(features, boxes, image_shapes)


def _multiscale_cases(seed: int) -> Iterator[Case]:
    normal, uniform = random_tensors(seed)
    picture = (192, 256)

    def pyramid(
        images: int = 1, levels: int = 4, channels: int = 2, dtype: torch.dtype = torch.float32
    ) -> dict[str, Tensor]:
        strides = [4 * 2**level for level in range(levels)]
        sizes = [(picture[0] // stride, picture[1] // stride) for stride in strides]
        return {
            str(level): normal(images, channels, *size, dtype=dtype)
            for level, size in enumerate(sizes)
        }

    def coded(images: int) -> dict[str, Tensor]:
        """Return constant maps whose value tells the image, the level and the channel."""
        features = pyramid(images)
        for level, feature in features.items():
            for n in range(images):
                for c in range(feature.shape[1]):
                    feature[n, c] = 100 * n + 10 * int(level) + c
        return features

    def boxes(*lengths: float) -> Tensor:
        """Return boxes of about these sizes sqrt(area), in turn wide and high."""
        side = torch.tensor(lengths) * (1 + 0.05 * uniform(len(lengths)))
        stretch = torch.tensor([1.6, 0.6]).repeat(len(lengths))[: len(lengths)]
        corner = uniform(len(lengths), 2) * torch.tensor([60.0, 20.0])
        return torch.cat([corner, corner + torch.stack([side * stretch, side / stretch], 1)], 1)

    order_hint = "row i of the result belongs to box i: all of image 0's boxes, then image 1's."
    yield Case(
        "maps whose values tell image, level and channel; two images",
        (coded(2), [boxes(150, 20, 70), boxes(30, 170, 20)], [picture] * 2, (2, 2), 2),
        hint=order_hint,
    )
    yield Case(
        "four levels, one image",
        (pyramid(), [boxes(24, 90, 40, 160, 12)], [picture], (3, 2), 2),
        {"canonical_scale": 64, "canonical_level": 4},
        hint="the level is floor(canonical_level + log2(sqrt(area) / canonical_scale)).",
    )
    yield Case(
        "boxes of exactly the canonical size, its half and its double",
        (
            pyramid(),
            [torch.tensor([[8.0, 8, 72, 72], [0, 0, 32, 32], [4, 4, 132, 132]])],
            [picture],
            2,
            2,
        ),
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
    yield Case(
        "no boxes at all",
        (pyramid(2), [torch.zeros(0, 4), torch.zeros(0, 4)], [picture] * 2, (2, 3), 2),
        hint="with K = 0 the result has the shape [0, C, height, width].",
    )
    yield Case(
        "float64",
        (
            pyramid(dtype=torch.float64),
            [boxes(20, 150).double()],
            [picture],
            2,
            2,
        ),
        hint="the result has the dtype of the maps.",
    )
    trained = {level: feature.requires_grad_() for level, feature in pyramid(2).items()}
    yield Case(
        "the gradient that flows back to every level",
        (trained, [boxes(20, 40), boxes(80, 160)], [picture] * 2, (2, 2), 2),
        {"canonical_scale": 64},
    )


def _multiscale_with(**changes: object) -> Callable[..., Tensor]:
    """Make the mistake of always using the given options."""
    return lambda *args, **options: reference(*args, **(options | changes))


def _multiscale_level_shifted(levels: float) -> Callable[..., Tensor]:
    """Make the mistake of adding to the level before it is rounded down."""

    def wrong(*args: object, canonical_scale: float = 224, **options: object) -> Tensor:
        scale = canonical_scale / 2**levels
        return reference(*args, canonical_scale=scale, **options)

    return wrong


def _geometric_mean(width: Tensor, height: Tensor) -> Tensor:
    return (width * height).sqrt()


def _multiscale_read(
    size_of: Callable[[Tensor, Tensor], Tensor], scales: Sequence[float] | None = None
) -> Callable[..., Tensor]:
    """Make the mistake of another size, or of other scales, in torchvision's own function.

    Args:
        size_of: maps widths and heights to the size from which the level follows.
        scales: of the levels; by default 1/4, 1/8 and so on.
    """

    def wrong(
        features: dict[str, Tensor],
        boxes: list[Tensor],
        image_shapes: list[tuple[int, int]],
        output_size: int | Sequence[int],
        sampling_ratio: int,
        canonical_scale: float = 224,
        canonical_level: int = 4,
    ) -> Tensor:
        mapper = LevelMapper(2, 1 + len(features), canonical_scale, canonical_level)

        def level_of(boxes: list[Tensor]) -> Tensor:
            sides = [size_of(*(b[:, 2:] - b[:, :2]).unbind(1))[:, None] for b in boxes]
            return mapper([torch.cat([side * 0, side * 0, side, side], 1) for side in sides])

        return _multiscale_roi_align(
            list(features.values()),
            boxes,
            height_width(output_size),
            sampling_ratio,
            scales or [0.5 ** (2 + level) for level in range(len(features))],
            level_of,
        )

    return wrong


def _multiscale_by_level(
    features: dict[str, Tensor],
    boxes: list[Tensor],
    *args: object,
    canonical_scale: float = 224,
    canonical_level: int = 4,
) -> Tensor:
    """Return the rows level after level instead of in the order of the boxes."""
    options = {"canonical_scale": canonical_scale, "canonical_level": canonical_level}
    result = reference(features, boxes, *args, **options)
    levels = LevelMapper(2, 1 + len(features), canonical_scale, canonical_level)(boxes)
    return result[levels.argsort(stable=True)]


def _multiscale_aligned(
    features: dict[str, Tensor],
    boxes: list[Tensor],
    *args: object,
    canonical_scale: float = 224,
    canonical_level: int = 4,
) -> Tensor:
    options = {"canonical_scale": canonical_scale, "canonical_level": canonical_level}
    levels = LevelMapper(2, 1 + len(features), canonical_scale, canonical_level)(boxes)
    half_cells = (2.0 * 2**levels)[:, None].split([len(b) for b in boxes])
    moved = [b - half.to(b.dtype) for b, half in zip(boxes, half_cells, strict=True)]
    return reference(features, moved, *args, **options)


def _multiscale_from_first_image(features: dict[str, Tensor], *args, **options) -> Tensor:
    first = {level: feature[:1].expand_as(feature) for level, feature in features.items()}
    return reference(first, *args, **options)


def _multiscale_from_finest(features: dict[str, Tensor], *args, **options) -> Tensor:
    finest = next(iter(features))
    return reference({finest: features[finest]}, *args, **options)


MULTISCALE_ROI_ALIGN = Exercise(
    name="multiscale_roi_align",
    reference=reference,
    source="torchvision.ops.MultiScaleRoIAlign",
    own_cases=_multiscale_cases,
    refused=("torchvision::*roi_align*",),
    refused_code=(poolers, roi_align.TORCHVISION_MODULE),
    lends={"roi_align": roi_align.reference},
    mistakes=(
        Mistake(
            "the rows stand level after level instead of box after box",
            _multiscale_by_level,
            "whoever reads row i takes it for box i. Put each level's results back at the "
            "places where its boxes came from.",
        ),
        Mistake(
            "the level is rounded to the nearest instead of down",
            _multiscale_level_shifted(0.5),
            "equation 1 of the FPN paper takes the floor.",
        ),
        Mistake(
            "the levels are one too coarse, or rounded up",
            _multiscale_level_shifted(1.0),
            "equation 1 of the FPN paper takes the floor; level 2 is the map of stride 4.",
        ),
        Mistake(
            "the level follows from the area instead of its square root",
            _multiscale_read(lambda width, height: width * height),
            "equation 1 of the FPN paper compares sqrt(width * height) with 224.",
        ),
        Mistake(
            "the level follows from the longer side",
            _multiscale_read(torch.maximum),
            "equation 1 of the FPN paper compares sqrt(width * height) with 224.",
        ),
        Mistake(
            "the level follows from the width alone",
            _multiscale_read(lambda width, height: width),
            "equation 1 of the FPN paper compares sqrt(width * height) with 224.",
        ),
        Mistake(
            "the levels are one too fine",
            _multiscale_level_shifted(-1.0),
            "level 2 is the map of stride 4, the first of the dictionary.",
        ),
        Mistake(
            "every box is read from the finest level",
            _multiscale_from_finest,
            "large boxes are read from coarse maps, small ones from fine maps.",
        ),
        Mistake(
            "canonical_scale is not used",
            _multiscale_with(canonical_scale=224),
            "224 is the default; a caller may ask for another size.",
        ),
        Mistake(
            "every box is read from the first image",
            _multiscale_from_first_image,
            FIRST_IMAGE_HINT,
        ),
        Mistake(
            "the boxes are not scaled to their level",
            _multiscale_read(_geometric_mean, scales=[1.0] * 4),
            "boxes are in picture pixels; each level has its own spatial_scale.",
        ),
        Mistake(
            "RoIAlign is called with aligned=True",
            _multiscale_aligned,
            "torchvision's detectors were trained with aligned=False, so this pooler keeps it.",
        ),
    ),
)
