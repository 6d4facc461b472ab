"""What libraries have for the exercises of 04_fpn."""

from collections import OrderedDict
from types import SimpleNamespace

import torch
from torch import nn
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.ops import feature_pyramid_network, poolers

FPN = feature_pyramid_network.FeaturePyramidNetwork


def _neutral(channels):
    """Return a pyramid of two levels whose convolutions change nothing."""
    fpn = FPN([channels] * 2, channels)
    for weight in fpn.parameters():
        weight.data.zero_()
        if weight.ndim == 4:
            middle = weight.shape[-1] // 2
            weight.data[:, :, middle, middle] = torch.eye(len(weight))
    return fpn


class top_down_merge:
    def pyramid(lateral, top):
        fpn = _neutral(lateral.shape[1]).to(lateral.dtype)
        return fpn({"fine": lateral, "coarse": top})["fine"]

    def borrowed_forward(lateral, top):
        me = SimpleNamespace(
            get_result_from_inner_blocks=lambda x, _: x,
            get_result_from_layer_blocks=lambda x, _: x,
            inner_blocks=[0, 0],
            layer_blocks=[0, 0],
            extra_blocks=None,
        )
        return FPN.forward(me, {"fine": lateral, "coarse": top})["fine"]

    def backbone(lateral, top):
        own = BackboneWithFPN.__new__(BackboneWithFPN)
        nn.Module.__init__(own)
        own.body = nn.Identity()
        own.fpn = _neutral(lateral.shape[1]).to(lateral.dtype)
        return own({"fine": lateral, "coarse": top})["fine"]


class last_level_max_pool:
    def torchvision(x, y, names):
        return feature_pyramid_network.LastLevelMaxPool()(x, y, names)

    def forward(x, y, names):
        return feature_pyramid_network.LastLevelMaxPool.forward(None, x, y, names)

    def subclass(x, y, names):
        return type("Own", (feature_pyramid_network.LastLevelMaxPool,), {})()(x, y, names)

    def pyramid(x, y, names):
        me = SimpleNamespace(
            get_result_from_inner_blocks=lambda x, _: torch.zeros_like(x),
            get_result_from_layer_blocks=lambda x, _: x,
            inner_blocks=[0] * len(x),
            extra_blocks=lambda results, _, names: feature_pyramid_network.LastLevelMaxPool()(
                list(x), y, names
            ),
        )
        levels = FPN.forward(me, OrderedDict(zip(names, x, strict=True)))
        return list(levels.values()), list(levels)


class assign_levels:
    def mapper(boxes, k_min=2, k_max=5, canonical_scale=224, canonical_level=4, eps=1e-6):
        settings = canonical_scale, canonical_level, eps
        return poolers.LevelMapper(k_min, k_max, *settings)(boxes)

    def maker(boxes, k_min=2, k_max=5, canonical_scale=224, canonical_level=4, eps=1e-6):
        settings = canonical_scale, canonical_level, eps
        return poolers.initLevelMapper(k_min, k_max, *settings)(boxes)

    def borrowed_call(boxes, k_min=2, k_max=5, canonical_scale=224, canonical_level=4, eps=1e-6):
        me = SimpleNamespace(
            k_min=k_min, k_max=k_max, s0=canonical_scale, lvl0=canonical_level, eps=eps
        )
        return poolers.LevelMapper.__call__(me, boxes)

    def pooled_numbers(boxes, k_min=2, k_max=5, canonical_scale=224, canonical_level=4, eps=1e-6):
        levels = range(k_max - k_min + 1)
        maps = [torch.full((len(boxes), 1, 2, 2), float(level)) for level in levels]
        mapper = poolers.initLevelMapper(k_min, k_max, canonical_scale, canonical_level, eps)
        read = poolers._multiscale_roi_align(maps, boxes, (1, 1), 1, [1e-3] * len(maps), mapper)
        return read.flatten().round().long()

    def setup(boxes, k_min=2, k_max=5, canonical_scale=224, canonical_level=4, eps=1e-6):
        features = [torch.zeros(1, 1, 2 ** (10 - k), 2 ** (10 - k)) for k in (k_min, k_max)]
        mapper = poolers._setup_scales(features, [(1024, 1024)], canonical_scale, canonical_level)
        return mapper[1](boxes)

    def pooler(boxes, k_min=2, k_max=5, canonical_scale=224, canonical_level=4, eps=1e-6):
        names = [str(k) for k in range(k_min, k_max + 1)]
        maps = {
            name: torch.full((len(boxes), 1, 2 ** (12 - k), 2 ** (12 - k)), float(k - k_min))
            for name, k in zip(names, range(k_min, k_max + 1), strict=True)
        }
        own = poolers.MultiScaleRoIAlign(
            names, 1, 1, canonical_scale=canonical_scale, canonical_level=canonical_level
        )
        inside = [box - box[:, :2].repeat(1, 2) for box in boxes]
        return own(maps, inside, [(4096, 4096)] * len(boxes)).flatten().round().long()


class FeaturePyramidNetwork:
    class without_forward(nn.Module):
        def __init__(self, in_channels_list, out_channels, extra_blocks=None):
            super().__init__()
            own = FPN(in_channels_list, out_channels, extra_blocks)
            self.inner_blocks, self.layer_blocks = own.inner_blocks, own.layer_blocks
            self.extra_blocks = extra_blocks

        forward = FPN.forward
        get_result_from_inner_blocks = FPN.get_result_from_inner_blocks
        get_result_from_layer_blocks = FPN.get_result_from_layer_blocks


class bottom_up_path:
    """No library has it."""
