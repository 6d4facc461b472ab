"""Where a mask is unsure of itself (Kirillov et al. 2020, PointRend, section 3.1).

Letters: `R` masks, `H` and `W` their rows and columns, `P` points of each.
"""

import torch
from torch import Tensor


def uncertain_points(logits: Tensor, count: int) -> Tensor:
    """Find the centres of the cells whose logits are nearest to 0.

    No function of torchvision does it.

    Args:
        logits (Tensor[R, 1, H, W]): of masks.
        count: P, points of each mask; H * W at most.

    Returns:
        Tensor[R, P, 2]: x and y from 0 to 1, as shares of width and height, the nearest to 0 first.
    """
    _, _, height, width = logits.shape
    order = logits.flatten(1).abs().argsort(dim=1)[:, :count]
    column, row = order % width, order // width
    shares = [(column + 0.5) / width, (row + 0.5) / height]
    return torch.stack(shares, dim=2).to(logits.dtype)
