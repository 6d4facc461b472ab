"""Right answers of notebook 04, written with the layers of torch.nn."""

import torch
from torch import nn


def top_down_merge(lateral, top):
    return nn.Upsample(size=tuple(lateral.shape[2:]))(top).add(lateral)


def last_level_max_pool(x, y, names):
    return [*list(x), nn.AvgPool2d(1, stride=2)(x[-1])], [*list(names), "pool"]


def assign_levels(boxes, k_min=2, k_max=5, canonical_scale=224, canonical_level=4, eps=1e-6):
    from torchvision.ops import box_area, box_convert

    sizes = torch.cat([box_convert(b, "xyxy", "xywh")[:, 2:].prod(1) for b in boxes]).sqrt()
    assert torch.equal(sizes, torch.cat([box_area(b) for b in boxes]).sqrt())
    octaves = torch.log2(sizes) - torch.log2(torch.tensor(canonical_scale, dtype=sizes.dtype))
    levels = torch.floor(octaves + canonical_level + eps)
    return torch.clamp(levels, min=k_min, max=k_max).to(torch.int64).sub(k_min)
