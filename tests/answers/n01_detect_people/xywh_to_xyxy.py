"""Right answers to `xywh_to_xyxy`, one for each style."""

import torch


def xywh_to_xyxy_loops(boxes):
    rows = [[x, y, x + w, y + h] for x, y, w, h in boxes.tolist()]
    return torch.tensor(rows, dtype=boxes.dtype).reshape(-1, 4)


def xywh_to_xyxy_matrices(boxes):
    matrix = torch.tensor([[1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1]])
    return torch.einsum("nk,kc->nc", boxes, matrix.to(boxes.dtype))


def xywh_to_xyxy_slices(boxes):
    converted = boxes.clone()
    converted[:, 2:] += converted[:, :2]
    return converted


def xywh_to_xyxy_with_numpy(boxes):
    import numpy as np

    xy, size = np.split(boxes.numpy(), 2, axis=1)
    return torch.from_numpy(np.hstack([xy, xy + size]))
