"""Exercise `FeaturePyramidNetwork`: lateral connections, top-down pathway, output convolutions.

Source: Lin et al. 2017, Feature Pyramid Networks, section 3; torchvision.ops.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops.feature_pyramid_network import ExtraFPNBlock, FeaturePyramidNetwork

from rcnn_course.checks.engine import modules
from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.reference.fpn import top_down_merge

Maps = Mapping[str, Tensor]

_interpolate = F.interpolate
_LINEAR_HINT = (
    "the paper leaves non-linearities out of these extra layers, and torchvision does too."
)


def _build_and_run(subject: Callable, settings: Sequence, weights: Maps, x: Maps) -> Any:
    """Use the subject on a dictionary that it may empty while it works."""
    return modules.build_and_run(subject, settings, weights, OrderedDict(x))


class _MoreLevels(ExtraFPNBlock):
    """An extra block whose levels show what it was given: the results and the backbone's maps."""

    def forward(self, x: list[Tensor], y: list[Tensor], names: list[str]) -> tuple[list, list]:
        """Append the last result and the first map of the backbone, both with changed values."""
        return [*x, 2 * x[-1], y[0] + 1], [*names, "doubled", "first map"]


def _cases(normal: Draw, _: Draw) -> Cases:
    def case(
        what: str,
        sizes: dict[str, tuple[int, int]],
        hint: str,
        *,
        images: int = 1,
        extra: tuple[ExtraFPNBlock, ...] = (),
    ) -> Case:
        """Return random weights, and random maps of these names and sizes."""
        settings = ([6 + level for level in range(len(sizes))], 4, *extra)
        weights = modules.random_weights(FeaturePyramidNetwork, settings, normal)
        widths = zip(sizes.items(), settings[0], strict=True)
        x = {name: normal(images, channels, *size) for (name, size), channels in widths}
        return Case(what, (settings, weights, x), hint=hint)

    yield case(
        "three levels, two images",
        {"0": (12, 20), "1": (6, 10), "2": (3, 5)},
        "from the coarsest level down: merge the lateral map with the merged map above it, "
        "and send each merged map through an output convolution of its own.",
        images=2,
    )
    yield _coded_case(normal(1))
    yield case(
        "maps of 13 x 18, 7 x 9 and 4 x 5 cells",
        {"0": (13, 18), "1": (7, 9), "2": (4, 5)},
        "twice 7 is not 13: scale up to the size of the finer map, not by a factor.",
    )
    yield case("a single level", {"0": (5, 6)}, "there is nothing to merge with.")
    yield case(
        "four levels with other names, the last one of 1 x 2 cells",
        {"10": (8, 16), "9": (4, 8), "c4": (2, 4), "a": (1, 2)},
        "the result has the names of the input, in the order of the input.",
    )
    yield case(
        "extra_blocks that append two levels",
        {"0": (8, 6), "1": (4, 3)},
        "call extra_blocks(results, maps of the input, names) at the end; it returns the "
        "longer lists of results and of names.",
        extra=(_MoreLevels(),),
    )


def _coded_case(noise: Tensor) -> Case:
    """Return constant maps, 100 * image + 10 * level + channel, and weights that change nothing."""
    settings = ([3, 3, 3], 3)
    image, channel = torch.arange(2.0).view(2, 1, 1, 1), torch.arange(3.0).view(3, 1, 1)
    x = {
        str(level): (100 * image + 10 * level + channel + noise / 100).repeat(1, 1, side, side)
        for level, side in enumerate((8, 4, 2))
    }
    weights = modules.random_weights(FeaturePyramidNetwork, settings, torch.zeros)
    for weight in weights.values():
        if weight.ndim == 4:
            nn.init.dirac_(weight)
    return Case(
        "maps whose values tell image, level and channel; the weights change nothing",
        (settings, weights, x),
        hint="each level is the sum of its own map and of all coarser ones.",
    )


def _with_levels(level_of: Callable[..., Tensor]) -> Callable[[Call], Maps]:
    """Make the mistake of other levels.

    Args:
        level_of: gets the output convolution of a level, the lateral maps down to it and the
            levels above it, the coarsest first, and returns the level.
    """

    def alter(module: Any) -> None:
        lateral_of = module.get_result_from_inner_blocks
        convolve = module.get_result_from_layer_blocks
        laterals: list[Tensor] = []
        levels: list[Tensor] = []

        def keep_lateral(x: Tensor, number: int) -> Tensor:
            if number == -1:  # the coarsest map, of another call
                laterals.clear()
                levels.clear()
            laterals.append(lateral_of(x, number))
            return laterals[-1]

        def make_level(merged: Tensor, number: int) -> Tensor:
            levels.append(level_of(lambda x: convolve(x, number), laterals, levels))
            return levels[-1]

        module.get_result_from_inner_blocks = keep_lateral
        module.get_result_from_layer_blocks = make_level

    return modules.altered(alter)


def _merged(maps: list[Tensor], mode: str = "nearest") -> Tensor:
    """Add up maps, the coarsest first, in the size of the last one."""
    return reduce(lambda top, map_: map_ + _interpolate(top, map_.shape[-2:], mode=mode), maps)


def _add_relu(layer: nn.Module) -> None:
    layer.register_forward_hook(lambda _, inputs, output: output.relu())


class _Reversed(nn.Module):
    """Extra blocks that are given the results, or hand them on, the coarsest first."""

    def __init__(self, extra_blocks: nn.Module | None) -> None:
        super().__init__()
        self.extra_blocks = extra_blocks

    def forward(self, x: list[Tensor], y: list[Tensor], names: list[str]) -> tuple[list, list]:
        reversed_ = x[::-1]
        return self.extra_blocks(reversed_, y, names) if self.extra_blocks else (reversed_, names)


def _reverse(module: Any) -> None:
    module.extra_blocks = _Reversed(module.extra_blocks)


def _extra_on_results(module: Any) -> None:
    if module.extra_blocks:
        module.extra_blocks.register_forward_pre_hook(
            lambda _, given: (given[0], given[0], given[2])
        )


FEATURE_PYRAMID_NETWORK = Exercise(
    name="FeaturePyramidNetwork",
    reference=FeaturePyramidNetwork,
    source="torchvision.ops.FeaturePyramidNetwork",
    picture="map",
    steps=(
        "Two convolutions for each map: 1 x 1 on the way in (inner_blocks), 3 x 3 on the way "
        "out (layer_blocks). Names and nesting must be torchvision's, or the weights do not "
        "load.",
        "First all 1 x 1 convolutions. Then merge from the coarsest level to the finest.",
        "The 3 x 3 convolutions come last, on the merged maps; what is handed down has not "
        "gone through them.",
        "The names of the result are those of x, in its order. extra_blocks, where there is "
        "one, gets three lists and returns two.",
    ),
    own_cases=_cases,
    odd=Odd(gradient=["weights", "x"], of=5),
    use=_build_and_run,
    refused=(works.FEATURE_PYRAMID,),
    lends={"top_down_merge": top_down_merge},
    mistakes={
        "no_pathway": Mistake(
            "the top-down pathway is missing",
            _with_levels(lambda convolve, laterals, levels: convolve(laterals[-1])),
            "each level above hands its merged map down to the next finer one.",
        ),
        "lateral_handed_down": Mistake(
            "each level takes over the lateral map above it instead of the merged one",
            _with_levels(lambda convolve, laterals, levels: convolve(_merged(laterals[-2:]))),
            "what is handed down has all the coarser levels in it, so go from the coarsest down.",
        ),
        "output_handed_down": Mistake(
            "the output of the level above is handed down instead of its merged map",
            _with_levels(
                lambda convolve, laterals, levels: convolve(_merged([*levels[-1:], laterals[-1]]))
            ),
            "the output convolutions stand beside the pathway, not in it.",
        ),
        "outputs_merged": Mistake(
            "the levels are merged after the output convolutions",
            _with_levels(
                lambda convolve, laterals, levels: _merged([*levels[-1:], convolve(laterals[-1])])
            ),
            "the output convolution comes last: it smooths what the merge has made.",
        ),
        "no_output_convolutions": Mistake(
            "the output convolutions are missing",
            modules.each_altered(nn.Conv2d, modules.leave_out, "layer_blocks"),
            "every merged map goes through a 3 x 3 convolution of its own.",
        ),
        "relu_on_laterals": Mistake(
            "a ReLU follows the lateral convolutions",
            modules.each_altered(nn.Conv2d, _add_relu, "inner_blocks"),
            _LINEAR_HINT,
        ),
        "relu_on_outputs": Mistake(
            "a ReLU follows the output convolutions",
            modules.each_altered(nn.Conv2d, _add_relu, "layer_blocks"),
            _LINEAR_HINT,
        ),
        "no_padding": Mistake(
            "the output convolutions have no padding",
            modules.each_altered(nn.Conv2d, modules.with_options(padding=(0, 0))),
            "each level keeps its size, and a 3 x 3 convolution takes a cell from each side.",
        ),
        "bilinear": Mistake(
            "the coarser maps are scaled up bilinearly",
            _with_levels(
                lambda convolve, laterals, levels: convolve(_merged(laterals, "bilinear"))
            ),
            "FPN repeats the nearest cell. Your top_down_merge does it.",
        ),
        "names_reversed": Mistake(
            "the maps have the names of other levels, coarse for fine",
            modules.altered(_reverse),
            "you work from coarse to fine, but the result goes from fine to coarse.",
        ),
        "extra_blocks_unused": Mistake(
            "extra_blocks is not called",
            lambda call: call(settings=call.settings[:2]),
            "an extra block, where there is one, adds levels to the results at the end.",
        ),
        "extra_blocks_on_results": Mistake(
            "extra_blocks gets the results twice instead of the backbone's maps",
            modules.altered(_extra_on_results),
            "its second argument is the list of maps that the network was called with.",
        ),
    },
)
