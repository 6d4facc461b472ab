"""Right answers to `maskrcnn_loss`, one for each style."""

import torch
import torch.nn.functional as F
from torch import nn


def maskrcnn_loss_layers(mask_logits, proposals, gt_masks, gt_labels, mask_matched_idxs):
    from torchvision.ops import RoIAlign

    crop = RoIAlign(tuple(mask_logits.shape[-2:]), spatial_scale=1.0, sampling_ratio=-1)
    per_image = zip(
        mask_logits.split([len(boxes) for boxes in proposals]),
        proposals,
        gt_masks,
        gt_labels,
        mask_matched_idxs,
        strict=True,
    )
    loss, count = mask_logits.new_zeros(()) + 0 * mask_logits.sum(), 0
    for logits, boxes, masks, labels, matched in per_image:
        if not len(boxes):
            continue
        index = matched.to(boxes.dtype).unsqueeze(1)
        target = crop(masks.unsqueeze(1).to(boxes.dtype), torch.hstack([index, boxes])).squeeze(1)
        own = torch.stack(
            [of_roi[label] for of_roi, label in zip(logits, labels[matched], strict=True)]
        )
        loss = loss + nn.BCEWithLogitsLoss(reduction="sum")(own, target)
        count += own.numel()
    return loss / max(count, 1)


def maskrcnn_loss_loops(mask_logits, proposals, gt_masks, gt_labels, mask_matched_idxs):
    from torchvision.ops import roi_align

    size = mask_logits.shape[-1]
    total, cells, row = mask_logits.sum() * 0, 0, 0
    for image in range(len(proposals)):
        for box, number in zip(proposals[image], mask_matched_idxs[image].tolist(), strict=True):
            mask = gt_masks[image][number].float()[None, None]
            target = roi_align(mask, [box[None]], (size, size))[0, 0]
            logits = mask_logits[row, gt_labels[image][number]]
            total = total + (F.softplus(logits) - target * logits).sum()
            cells, row = cells + size * size, row + 1
    return total / max(cells, 1)


def maskrcnn_loss_matrices(mask_logits, proposals, gt_masks, gt_labels, mask_matched_idxs):
    from torchvision.ops import roi_align

    if not len(mask_logits):
        return 0.0 * mask_logits.sum()
    size = mask_logits.shape[-1]
    targets, labels = [], []
    for masks, rois, classes, matched in zip(
        gt_masks, proposals, gt_labels, mask_matched_idxs, strict=True
    ):
        truth = masks[matched][:, None].to(mask_logits.dtype)
        number = torch.arange(len(rois), dtype=rois.dtype)
        targets.append(roi_align(truth, torch.column_stack([number, rois]), size).squeeze(1))
        labels.append(classes[matched])
    targets = torch.cat(targets)
    index = torch.cat(labels).view(-1, 1, 1, 1).expand(-1, 1, size, size)
    logits = mask_logits.gather(1, index).squeeze(1)
    return torch.mean(
        logits.clamp(min=0) - logits * targets + torch.log1p(torch.exp(-logits.abs()))
    )
