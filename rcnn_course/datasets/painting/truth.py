"""The truth of a painted picture, from the map of who owns each pixel.

Shapes: H and W are the size of the picture, N the number of its objects.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


def target_of(
    owners: np.ndarray, objects: Sequence[int], labels: Sequence[int], index: int
) -> dict[str, Tensor]:
    """Make torchvision's target, without keypoints, of the visible parts of objects.

    Args:
        owners: int [H, W], the number of the object that each pixel shows.
        objects: the numbers of the N objects, each seen in at least one pixel.
        labels: their labels.
        index: the picture's own number, its `image_id`.
    """
    masks = np.zeros((len(objects), *owners.shape), dtype=np.uint8)
    boxes = np.zeros((len(objects), 4), dtype=np.float32)
    for row, number in enumerate(objects):
        masks[row] = owners == number
        columns, rows = masks[row].any(axis=0).nonzero()[0], masks[row].any(axis=1).nonzero()[0]
        boxes[row] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    return {
        "boxes": torch.from_numpy(boxes),
        "labels": torch.tensor(labels, dtype=torch.int64),
        "masks": torch.from_numpy(masks),
        "area": torch.from_numpy(masks.sum(axis=(1, 2), dtype=np.float32)),
        "iscrowd": torch.zeros(len(objects), dtype=torch.int64),
        "image_id": torch.tensor(index),
    }
