"""Exercise `FeaturePyramidNetwork`: lateral connections, top-down pathway, output convolutions.

Source: Lin et al. 2017, Feature Pyramid Networks, section 3; torchvision.ops.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

import torch
from torch import Tensor
from torchvision.ops import feature_pyramid_network
from torchvision.ops.feature_pyramid_network import ExtraFPNBlock
from torchvision.ops.feature_pyramid_network import FeaturePyramidNetwork as Reference

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n04_fpn import top_down_merge
from rcnn_course.checks.exercises.n04_fpn.pyramids import (
    BLOCKS,
    Features,
    Pyramid,
    each_level,
    from_laterals,
    laterals,
    neutral,
    part,
    reference,
    run,
    state,
)


class MoreLevels(ExtraFPNBlock):
    """An extra block whose levels show what it was given: the results and the backbone's maps."""

    def forward(self, x: list[Tensor], y: list[Tensor], names: list[str]) -> tuple[list, list]:
        """Append the last result and the first map of the backbone, both with changed values."""
        return [*x, 2 * x[-1], y[0] + 1], [*names, "doubled", "first map"]


def _fpn_cases(seed: int) -> Iterator[Case]:
    normal, _ = random_tensors(seed)

    def pyramid(
        sizes: Mapping[str, tuple[int, int]],
        *,
        images: int = 1,
        extra: ExtraFPNBlock | None = None,
        train: bool = False,
    ) -> Pyramid:
        """Return random weights, and random maps of these names and sizes."""
        channels = [3 + level for level in range(len(sizes))]
        weights = {
            name: normal(*value.shape).requires_grad_(train)
            for name, value in state(channels, 4).items()
        }
        features = {
            name: normal(images, width, *size).requires_grad_(train)
            for (name, size), width in zip(sizes.items(), channels, strict=True)
        }
        return Pyramid(channels, 4, extra, weights, features)

    yield Case(
        "three levels, two images",
        pyramid({"0": (12, 16), "1": (6, 8), "2": (3, 4)}, images=2),
        hint="from the coarsest level down: merge the lateral map with the merged map above it, "
        "and send each merged map through an output convolution of its own.",
    )
    yield Case(
        "maps whose values tell image, level and channel; the weights change nothing",
        _coded_pyramid(normal(1)),
        hint="each level is the sum of its own map and of all coarser ones.",
    )
    yield Case(
        "maps of 13 x 18, 7 x 9 and 4 x 5 cells",
        pyramid({"0": (13, 18), "1": (7, 9), "2": (4, 5)}),
        hint="twice 7 is not 13: scale up to the size of the finer map, not by a factor.",
    )
    yield Case("a single level", pyramid({"0": (5, 6)}), hint="there is nothing to merge with.")
    yield Case(
        "four levels with other names, the last one of 1 x 2 cells",
        pyramid({"10": (8, 16), "9": (4, 8), "c4": (2, 4), "a": (1, 2)}),
        hint="the result has the names of the input, in the order of the input.",
    )
    yield Case(
        "extra_blocks that append two levels",
        pyramid({"0": (8, 6), "1": (4, 3)}, extra=MoreLevels()),
        hint="call extra_blocks(results, maps of the input, names) at the end; it returns the "
        "longer lists of results and of names.",
    )
    turned = pyramid({"0": (6, 8), "1": (3, 4)})
    columns_first = {name: map_.mT.contiguous().mT for name, map_ in turned.features.items()}
    yield Case("maps that are not contiguous in memory", turned._replace(features=columns_first))
    yield Case(
        "the gradient that flows back to weights and maps",
        pyramid({"0": (5, 6), "1": (3, 3)}, train=True),
    )


def _coded_pyramid(noise: Tensor) -> Pyramid:
    """Return constant maps, 100 * image + 10 * level + channel, and weights that change nothing."""
    image, channel = torch.arange(2.0).view(2, 1, 1, 1), torch.arange(3.0).view(3, 1, 1)
    features = {
        str(level): (100 * image + 10 * level + channel + noise / 100).repeat(1, 1, side, side)
        for level, side in enumerate((8, 4, 2))
    }
    return Pyramid([3, 3, 3], 3, None, neutral(state([3, 3, 3], 3), *BLOCKS), features)


def _mistake(wrong: Callable[[Pyramid], Features]) -> Callable[..., Features]:
    """Let a mistake in the levels act before extra_blocks, which takes what came out."""

    def with_extra_blocks(*args: object) -> Features:
        pyramid = Pyramid(*args)
        results = wrong(pyramid._replace(extra_blocks=None))
        return _extended(pyramid, results, list(pyramid.features.values()))

    return with_extra_blocks


def _extended(pyramid: Pyramid, results: Features, maps: list[Tensor]) -> Features:
    if pyramid.extra_blocks is None:
        return results
    levels, names = pyramid.extra_blocks(list(results.values()), maps, list(results))
    return OrderedDict(zip(names, levels, strict=True))


def _extra_from_results(*args: object) -> Features | None:
    pyramid = Pyramid(*args)
    results = reference(pyramid._replace(extra_blocks=None))
    return _extended(pyramid, results, list(results.values()))


def _relu_after_laterals(pyramid: Pyramid) -> Features:
    positive = {name: lateral.relu() for name, lateral in laterals(pyramid).items()}
    return reference(from_laterals(pyramid, positive))


def _merged_bilinearly(pyramid: Pyramid) -> Features:
    merged = dict(laterals(pyramid))
    for finer, coarser in reversed(list(pairwise(merged))):
        above = top_down_merge.scaled(merged[coarser], merged[finer], "bilinear")
        merged[finer] = merged[finer] + above
    return each_level(from_laterals(pyramid, merged))


def _outputs_merged(pyramid: Pyramid) -> Features:
    """Apply the output convolutions first and merge then."""
    results = dict(each_level(pyramid))
    for finer, coarser in reversed(list(pairwise(results))):
        results[finer] = top_down_merge.reference(results[finer], results[coarser])
    return results


def _merged_with_outputs(pyramid: Pyramid) -> Features:
    """Hand down the output of the level above instead of its merged map."""
    maps = laterals(pyramid)
    results = dict(each_level(pyramid))
    for level, (name, above) in reversed(list(enumerate(pairwise(maps)))):
        two = {name: maps[name], above: results[above]}
        pair = part(from_laterals(pyramid, maps), level, level + 1)._replace(features=two)
        results[name] = reference(pair)[name]
    return results


def _each(change: Callable[[Tensor], Tensor]) -> Callable[[Pyramid], Features]:
    """Make the mistake of changing every result."""
    return lambda pyramid: {name: change(map_) for name, map_ in reference(pyramid).items()}


def _without(block: str) -> Callable[[Pyramid], Features]:
    """Make the mistake of leaving out the convolutions of a block, where channels allow it."""
    return lambda pyramid: reference(pyramid._replace(weights=neutral(pyramid.weights, block)))


def _names_reversed(pyramid: Pyramid) -> Features:
    results = reference(pyramid)
    return OrderedDict(zip(results, reversed(results.values()), strict=True))


FEATURE_PYRAMID_NETWORK = Exercise(
    name="FeaturePyramidNetwork",
    reference=Reference,
    source="torchvision.ops.FeaturePyramidNetwork",
    own_cases=_fpn_cases,
    use=run,
    refused_code=(feature_pyramid_network,),
    lends={"top_down_merge": top_down_merge.reference},
    mistakes=(
        Mistake(
            "the top-down pathway is missing",
            _mistake(each_level),
            "each level above hands its merged map down to the next finer one.",
        ),
        Mistake(
            "each level takes over the lateral map above it instead of the merged one",
            _mistake(lambda pyramid: each_level(pyramid, width=2)),
            "what is handed down has all the coarser levels in it, so go from the coarsest down.",
        ),
        Mistake(
            "the output of the level above is handed down instead of its merged map",
            _mistake(_merged_with_outputs),
            "the output convolutions stand beside the pathway, not in it.",
        ),
        Mistake(
            "the levels are merged after the output convolutions",
            _mistake(_outputs_merged),
            "the output convolution comes last: it smooths what the merge has made.",
        ),
        Mistake(
            "the output convolutions are missing",
            _mistake(_without("layer_blocks")),
            "every merged map goes through a 3 x 3 convolution of its own.",
        ),
        Mistake(
            "a ReLU follows the lateral convolutions",
            _mistake(_relu_after_laterals),
            "the paper leaves non-linearities out of these extra layers, and torchvision does too.",
        ),
        Mistake(
            "a ReLU follows the output convolutions",
            _mistake(_each(torch.relu)),
            "the paper leaves non-linearities out of these extra layers, and torchvision does too.",
        ),
        Mistake(
            "the output convolutions have no padding",
            _mistake(_each(lambda map_: map_[..., 1:-1, 1:-1])),
            "each level keeps its size, and a 3 x 3 convolution takes a cell from each side.",
        ),
        Mistake(
            "the coarser maps are scaled up bilinearly",
            _mistake(_merged_bilinearly),
            "FPN repeats the nearest cell. Your top_down_merge does it.",
        ),
        Mistake(
            "the maps have the names of other levels, coarse for fine",
            _mistake(_names_reversed),
            "you work from coarse to fine, but the result goes from fine to coarse.",
        ),
        Mistake(
            "extra_blocks is not called",
            lambda *args: reference(Pyramid(*args)._replace(extra_blocks=None)),
            "an extra block, where there is one, adds levels to the results at the end.",
        ),
        Mistake(
            "extra_blocks gets the results twice instead of the backbone's maps",
            _extra_from_results,
            "its second argument is the list of maps that the network was called with.",
        ),
    ),
)
