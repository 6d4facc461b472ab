"""Right answers to `keypointrcnn_loss`, one for each style."""

import torch
import torch.nn.functional as F


def keypointrcnn_loss_functional(keypoint_logits, proposals, gt_keypoints, keypoint_matched_idxs):
    people = torch.cat([k[i] for k, i in zip(gt_keypoints, keypoint_matched_idxs, strict=True)])
    index, valid = keypoints_to_heatmap(people, torch.cat(proposals), keypoint_logits.shape[-1])
    if valid.sum() == 0:
        return keypoint_logits.sum() * 0
    index = torch.where(valid == 1, index, -100)
    return F.cross_entropy(keypoint_logits.flatten(2).flatten(0, 1), index.flatten())


def keypointrcnn_loss_loops(keypoint_logits, proposals, gt_keypoints, keypoint_matched_idxs):
    total, count, row = keypoint_logits.sum() * 0, 0, 0
    for image, rois in enumerate(proposals):
        for r in range(len(rois)):
            person = gt_keypoints[image][keypoint_matched_idxs[image][r]]
            cells, valid = keypoints_to_heatmap(
                person[None], rois[r : r + 1], keypoint_logits.shape[-1]
            )
            for k in range(len(person)):
                if valid[0, k]:
                    logits = keypoint_logits[row, k].flatten()
                    total = total + torch.logsumexp(logits, dim=0) - logits[cells[0, k]]
                    count += 1
            row += 1
    return total / max(count, 1)


def keypointrcnn_loss_matrices(keypoint_logits, proposals, gt_keypoints, keypoint_matched_idxs):
    number, keypoints, size, _ = keypoint_logits.shape
    one_hot = keypoint_logits.new_zeros(number, keypoints, size * size)
    first = 0
    for rois, people, match in zip(proposals, gt_keypoints, keypoint_matched_idxs, strict=True):
        cells, valid = keypoints_to_heatmap(people[match], rois, size)
        part = one_hot[first : first + len(rois)]
        part.scatter_(2, cells[..., None], valid[..., None].to(one_hot.dtype))
        first += len(rois)
    logs = F.log_softmax(keypoint_logits.flatten(2), dim=2)
    return -(logs * one_hot).sum() / one_hot.sum().clamp(min=1)
