"""Pyramid networks to call torchvision with: whole, cut into levels, or with other weights."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torchvision.ops.feature_pyramid_network import ExtraFPNBlock, FeaturePyramidNetwork

from rcnn_course.checks.engine.modules import run_with_weights

BLOCKS = ("inner_blocks", "layer_blocks")
"""Torchvision's names of the lateral and of the output convolutions."""

Weights = dict[str, Tensor]
Features = Mapping[str, Tensor]


class Pyramid(NamedTuple):
    """The arguments of a case: how to build the network, its weights, and the backbone's maps."""

    in_channels_list: Sequence[int]
    out_channels: int
    extra_blocks: ExtraFPNBlock | None
    weights: Weights
    features: Features


def run(
    subject: Callable,
    in_channels_list: Sequence[int],
    out_channels: int,
    extra_blocks: ExtraFPNBlock | None,
    weights: Weights,
    features: Features,
) -> Any:
    """Build a pyramid network, load torchvision's weights into it, and run it."""
    options = {} if extra_blocks is None else {"extra_blocks": extra_blocks}
    module = subject(list(in_channels_list), out_channels, **options)
    return run_with_weights(module, weights, OrderedDict(features))


def reference(pyramid: Pyramid) -> Features:
    """Run torchvision's network."""
    return run(FeaturePyramidNetwork, *pyramid)


def state(channels: Sequence[int], out_channels: int) -> Weights:
    """Return the state dict of torchvision's network for maps with these channels."""
    return dict(FeaturePyramidNetwork(list(channels), out_channels).state_dict())


def neutral(weights: Weights, *blocks: str) -> Weights:
    """Return the weights with convolutions that pass on what they get, in the named blocks."""
    changed = dict(weights)
    for name, weight in weights.items():
        if name.partition(".")[0] in blocks:
            changed[name] = torch.zeros_like(weight)
            if weight.ndim == 4:
                middle = weight.shape[-1] // 2
                changed[name][:, :, middle, middle] = torch.eye(*weight.shape[:2])
    return changed


def part(pyramid: Pyramid, *levels: int) -> Pyramid:
    """Return the pyramid with some of its levels alone, finest first."""
    names = list(pyramid.features)
    weights = {
        f"{block}.{new}.0.{kind}": pyramid.weights[f"{block}.{old}.0.{kind}"]
        for block in BLOCKS
        for new, old in enumerate(levels)
        for kind in ("weight", "bias")
    }
    return pyramid._replace(
        in_channels_list=[pyramid.in_channels_list[level] for level in levels],
        weights=weights,
        features={names[level]: pyramid.features[names[level]] for level in levels},
    )


def each_level(pyramid: Pyramid, width: int = 1) -> Features:
    """Return the results of torchvision for each level alone, or with `width - 1` above it."""
    results = {}
    for level, name in enumerate(pyramid.features):
        levels = range(level, min(level + width, len(pyramid.features)))
        results[name] = reference(part(pyramid, *levels))[name]
    return results


def laterals(pyramid: Pyramid) -> Features:
    """Return the maps after the lateral convolutions."""
    return each_level(pyramid._replace(weights=neutral(pyramid.weights, "layer_blocks")))


def from_laterals(pyramid: Pyramid, maps: Features) -> Pyramid:
    """Return a pyramid of these lateral maps: its own lateral convolutions change nothing."""
    channels = [pyramid.out_channels] * len(maps)
    weights = neutral(state(channels, pyramid.out_channels), "inner_blocks")
    outputs = {name: w for name, w in pyramid.weights.items() if name.startswith("layer_blocks")}
    return Pyramid(channels, pyramid.out_channels, None, weights | outputs, maps)
