"""Right answers to `FeaturePyramidNetwork`, one for each style."""

import torch.nn.functional as F
from torch import nn


class FeaturePyramidNetwork_gathers(nn.Module):
    def __init__(self, in_channels_list, out_channels, extra_blocks=None):
        super().__init__()
        from torchvision.ops.misc import Conv2dNormActivation

        plain = {"norm_layer": None, "activation_layer": None}
        self.inner_blocks = nn.ModuleList(
            [Conv2dNormActivation(c, out_channels, 1, padding=0, **plain) for c in in_channels_list]
        )
        self.layer_blocks = nn.ModuleList(
            [Conv2dNormActivation(out_channels, out_channels, 3, **plain) for _ in in_channels_list]
        )
        self.extra_blocks = extra_blocks

    def forward(self, x):
        maps = list(x.values())
        merged = self.inner_blocks[-1](maps[-1])
        results = [self.layer_blocks[-1](merged)]
        for level in range(len(maps) - 2, -1, -1):
            lateral = self.inner_blocks[level](maps[level])
            merged = lateral + F.interpolate(merged, size=lateral.shape[2:])
            results.append(self.layer_blocks[level](merged))
        results.reverse()
        names = list(x)
        if self.extra_blocks is not None:
            results, names = self.extra_blocks(results, maps, names)
        return dict(zip(names, results, strict=True))


class FeaturePyramidNetwork_loops(nn.Module):
    def __init__(self, in_channels_list, out_channels, extra_blocks=None):
        super().__init__()
        self.inner_blocks = nn.ModuleList()
        self.layer_blocks = nn.ModuleList()
        for in_channels in in_channels_list:
            inner, layer = nn.Module(), nn.Module()
            inner.add_module("0", nn.Conv2d(in_channels, out_channels, 1))
            layer.add_module("0", nn.Conv2d(out_channels, out_channels, 3, 1, 1))
            self.inner_blocks.append(inner)
            self.layer_blocks.append(layer)
        self.extra = [extra_blocks]

    def forward(self, x):
        result = dict.fromkeys(x)
        above = None
        for level, name in reversed(list(enumerate(x))):
            lateral = getattr(self.inner_blocks[level], "0")(x[name])
            above = lateral if above is None else top_down_merge(lateral, above)
            result[name] = getattr(self.layer_blocks[level], "0")(above)
        for extra in self.extra:
            if extra:
                levels, names = extra(list(result.values()), list(x.values()), list(x))
                result = {names[i]: level for i, level in enumerate(levels)}
        return result


class FeaturePyramidNetwork_matrices(nn.Module):
    def __init__(self, in_channels_list, out_channels, extra_blocks=None):
        super().__init__()

        def convolutions(channels, size):
            layers = [nn.Conv2d(c, out_channels, size, padding=size // 2) for c in channels]
            return nn.ModuleDict({str(i): nn.Sequential(c) for i, c in enumerate(layers)})

        self.inner_blocks = convolutions(in_channels_list, 1)
        self.layer_blocks = convolutions([out_channels] * len(in_channels_list), 3)
        self.extra_blocks = extra_blocks or (lambda results, maps, names: (results, names))

    def merged(self, maps):
        number = len(self.inner_blocks) - len(maps)
        lateral = self.inner_blocks[str(number)](maps[0])
        if len(maps) == 1:
            return [lateral]
        coarser = self.merged(maps[1:])
        return [top_down_merge(lateral, coarser[0]), *coarser]

    def forward(self, x):
        maps = [*x.values()]
        results = [self.layer_blocks[str(i)](m) for i, m in enumerate(self.merged(maps))]
        results, names = self.extra_blocks(results, maps, [*x])
        return {name: results[i] for i, name in enumerate(names)}


class FeaturePyramidNetwork_recursion(nn.Module):
    def __init__(self, in_channels_list, out_channels, extra_blocks=None):
        super().__init__()
        self.inner_blocks, self.layer_blocks = nn.ModuleList(), nn.ModuleList()
        for channels in in_channels_list:
            self.inner_blocks.append(nn.Sequential(nn.Conv2d(channels, out_channels, 1)))
            smooth = nn.Conv2d(out_channels, out_channels, 3, padding="same")
            self.layer_blocks.append(nn.Sequential(smooth))
        self.extra_blocks = extra_blocks

    def merge(self, maps, level=0):
        lateral = self.inner_blocks[level](maps[level])
        if level == len(maps) - 1:
            return [lateral]
        above = self.merge(maps, level + 1)
        return [top_down_merge(lateral, above[0]), *above]

    def forward(self, x):
        names, maps = list(x), list(x.values())
        results = [block(m) for block, m in zip(self.layer_blocks, self.merge(maps), strict=True)]
        if self.extra_blocks is not None:
            results, names = self.extra_blocks(results, maps, names)
        return dict(zip(names, results, strict=True))
