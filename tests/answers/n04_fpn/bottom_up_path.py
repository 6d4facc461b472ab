"""Right answers to `bottom_up_path`, one for each style."""

from itertools import accumulate

import torch.nn.functional as F


def bottom_up_path_indices(features, downs, outs):
    new = list(features)
    for i in range(1, len(features)):
        fused = F.relu(downs[i - 1](new[i - 1])) + features[i]
        new[i] = F.relu(outs[i - 1](fused))
    return new


def bottom_up_path_accumulated(features, downs, outs):
    def climb(below, level):
        feature, down, out = level
        return out(down(below).clamp(min=0) + feature).clamp(min=0)

    levels = zip(features[1:], downs, outs, strict=True)
    return list(accumulate(levels, climb, initial=features[0]))


def bottom_up_path_recursive(features, downs, outs):
    if len(features) == 1:
        return [features[0]]
    *before, below = [], *bottom_up_path_recursive(features[:-1], downs[:-1], outs[:-1])
    top = F.relu(outs[-1](F.relu(downs[-1](below)) + features[-1]))
    return [*before[1:], below, top]
