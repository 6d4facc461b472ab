"""Right answers to `match_anchors`, one for each style."""

import numpy as np
import torch


def match_anchors_arrays(
    match_quality_matrix, high_threshold, low_threshold, allow_low_quality_matches=False
):
    iou = match_quality_matrix.numpy()
    best, index = iou.max(axis=0), iou.argmax(axis=0)
    kinds = [best < low_threshold, best < high_threshold]
    matches = np.select(kinds, [-1, -2], default=index)
    if allow_low_quality_matches:
        anchors = np.unique(np.nonzero(iou == iou.max(axis=1)[:, None])[1])
        matches[anchors] = index[anchors]
    return torch.from_numpy(matches)


def match_anchors_loops(
    match_quality_matrix, high_threshold, low_threshold, allow_low_quality_matches=False
):
    iou = match_quality_matrix
    truths, anchors = iou.shape
    saved = set()
    if allow_low_quality_matches:
        for g in range(truths):
            highest = max(iou[g, a].item() for a in range(anchors))
            saved |= {a for a in range(anchors) if iou[g, a].item() == highest}
    result = []
    for a in range(anchors):
        column = iou[:, a].tolist()
        best = max(column)
        if a in saved or best >= high_threshold:
            result.append(column.index(best))
        elif best < low_threshold:
            result.append(-1)
        else:
            result.append(-2)
    return torch.tensor(result)


def match_anchors_tensors(
    match_quality_matrix, high_threshold, low_threshold, allow_low_quality_matches=False
):
    iou = match_quality_matrix
    best = iou.amax(0)
    keep = best >= high_threshold
    if allow_low_quality_matches:
        keep = keep | iou.eq(iou.amax(1, keepdim=True)).sum(0).bool()
    otherwise = torch.where(best < low_threshold, -1, -2)
    return torch.where(keep, iou.argmax(0), otherwise)
