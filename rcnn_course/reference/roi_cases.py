"""Cases for RoIAlign that tell wrong versions from the right one.

Letters: `N` images, `C` channels, `H` and `W` rows and columns of a feature map, `L` boxes.
"""

from typing import Any

from torch import Tensor


def roi_align_cases(features: Tensor) -> list[dict[str, Any]]:
    """Return arguments of `roi_align` for which typical mistakes show.

    Args:
        features (Tensor[N, C, H, W]): the maps to read from, with N of 2 at least.

    Returns:
        list[dict]: for each case `boxes`, for each image a Tensor[L, 4] in pixels, and the options.
    """
    inside = features.new_tensor([[1.3, 2.1, 7.9, 6.4]])
    tiny = features.new_tensor([[2.2, 3.1, 2.6, 3.4]])
    over = features.new_tensor([[-3.2, -2.6, 4.1, 3.3]])
    others = [inside[:0]] * (len(features) - 2)
    return [
        {"boxes": [inside, inside + 1, *others], "output_size": (2, 3), "sampling_ratio": 2},
        {"boxes": [inside, tiny, *others], "output_size": 2, "sampling_ratio": 2, "aligned": True},
        {"boxes": [tiny, over, *others], "output_size": 3, "sampling_ratio": 2},
        {"boxes": [3 * inside, inside, *others], "output_size": 1, "spatial_scale": 1 / 3},
    ]
