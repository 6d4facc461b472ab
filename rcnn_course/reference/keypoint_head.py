"""The keypoint head's parts (He et al. 2017, Mask R-CNN, section 5), as functions.

Letters: `D` predicted people, `G` true people, `K` keypoints.
"""

import torch
from pycocotools.cocoeval import COCOeval
from torch import Tensor, from_numpy

_COCOeval, _compute_oks = COCOeval, COCOeval.computeOks


def object_keypoint_similarity(
    pred_keypoints: Tensor, gt_keypoints: Tensor, gt_areas: Tensor, sigmas: Tensor
) -> Tensor:
    """Compare each prediction with each person as pycocotools does within one picture.

    Args:
        pred_keypoints (Tensor[D, K, 3]): x and y in pixels; the third number is not used.
        gt_keypoints (Tensor[G, K, 3]): x and y in pixels, and visibility: 0 is not labelled. Every
            person has at least one labelled keypoint.
        gt_areas (Tensor[G]): area of each person in pixels.
        sigmas (Tensor[K]): how exactly each keypoint can be placed.

    Returns:
        Tensor[D, G]: from 0 to 1, in the dtype of the predictions.

    Source: https://cocodataset.org/#keypoints-eval; pycocotools `COCOeval.computeOks`.
    """
    if not len(pred_keypoints) or not len(gt_keypoints):
        return pred_keypoints.new_zeros(len(pred_keypoints), len(gt_keypoints))
    evaluation = _COCOeval(iouType="keypoints")
    evaluation.params.kpt_oks_sigmas = sigmas.double().numpy()
    evaluation.params.maxDets = [len(pred_keypoints)]
    evaluation._gts[0, 0] = [
        {"keypoints": person.double().flatten().tolist(), "area": area, "bbox": [0.0] * 4}
        for person, area in zip(gt_keypoints, gt_areas.double().tolist(), strict=True)
    ]
    evaluation._dts[0, 0] = [
        {"keypoints": person.double().flatten().tolist(), "score": 1.0} for person in pred_keypoints
    ]
    return from_numpy(_compute_oks(evaluation, 0, 0)).to(pred_keypoints.dtype)


def quarter_offset(maps: Tensor, *, step: float = 0.25, is_wrapped: bool = False) -> Tensor:
    """Move the place of a maximum a quarter of a cell to the side of its larger neighbour.

    No function of torchvision does it.

    Args:
        maps (Tensor[K, H, W]): heatmaps.
        step: how far it is moved, in cells.
        is_wrapped: whether at the border the neighbour is taken from the other side; without, the
            place is not moved in that direction.

    Returns:
        Tensor[K, 2]: x and y in cells: 0 is the centre of the first one.

    Source: Newell et al. 2016, Stacked Hourglass Networks, section 3; Xiao et al. 2018, Simple
    Baselines for Human Pose Estimation and Tracking, section 4.1.
    """
    height, width = maps.shape[1:]
    place = maps.flatten(1).argmax(dim=1)
    which, row, column = torch.arange(len(maps)), place // width, place % width
    after_x, before_x = maps[which, row, (column + 1) % width], maps[which, row, column - 1]
    after_y, before_y = maps[which, (row + 1) % height, column], maps[which, row - 1, column]
    moves = torch.stack([after_x - before_x, after_y - before_y], dim=1).sign() * step
    if not is_wrapped:
        at_border = [(column == 0) | (column == width - 1), (row == 0) | (row == height - 1)]
        moves = moves.masked_fill(torch.stack(at_border, dim=1), 0.0)
    return torch.stack([column, row], dim=1) + moves
