"""Right answers to `rpn_loss`, one for each style."""

import torch
import torch.nn.functional as F


def rpn_loss_arrays(objectness, pred_bbox_deltas, labels, regression_targets, fg_bg_sampler):
    masks = fg_bg_sampler(labels)
    positive, negative = (torch.where(torch.cat(mask))[0] for mask in masks)
    sampled = torch.cat([positive, negative])
    probability = torch.sigmoid(objectness[sampled, 0])
    label = torch.cat(labels)[sampled]
    objectness_loss = F.binary_cross_entropy(probability, label)
    difference = pred_bbox_deltas[positive] - torch.cat(regression_targets)[positive]
    box_loss = F.huber_loss(difference, torch.zeros_like(difference), delta=1 / 9, reduction="sum")
    return objectness_loss, 9 * box_loss / len(sampled)


def rpn_loss_loops(objectness, pred_bbox_deltas, labels, regression_targets, fg_bg_sampler):
    positives, negatives = fg_bg_sampler(labels)
    start, count, box_loss, objectness_loss = 0, 0, 0.0, 0.0
    for image, of_image in enumerate(labels):
        for a in range(len(of_image)):
            if not positives[image][a] and not negatives[image][a]:
                continue
            count += 1
            logit = objectness[start + a, 0]
            objectness_loss = objectness_loss + F.softplus(logit) - logit * of_image[a]
            if positives[image][a]:
                error = (pred_bbox_deltas[start + a] - regression_targets[image][a]).abs()
                for e in error:
                    box_loss = box_loss + (4.5 * e * e if e < 1 / 9 else e - 1 / 18)
        start += len(of_image)
    if isinstance(box_loss, float):
        box_loss = pred_bbox_deltas.sum() * 0
    return objectness_loss / count, box_loss / count


def rpn_loss_tensors(objectness, pred_bbox_deltas, labels, regression_targets, fg_bg_sampler):
    positive, negative = map(torch.cat, fg_bg_sampler(labels))
    weight = (positive + negative).to(objectness.dtype)
    labels, targets = torch.cat(labels).clamp(min=0), torch.cat(regression_targets)
    logits = objectness.reshape(-1)
    entropy = F.binary_cross_entropy_with_logits(logits, labels, weight, reduction="sum")
    targets = torch.where(positive[:, None] > 0, targets, pred_bbox_deltas.detach())
    error = F.smooth_l1_loss(pred_bbox_deltas, targets, beta=1.0 / 9, reduction="sum")
    return entropy / weight.sum(), error / weight.sum()


def rpn_loss_formulas(objectness, pred_bbox_deltas, labels, regression_targets, fg_bg_sampler):
    positive, negative = (torch.cat(masks).bool() for masks in fg_bg_sampler(labels))
    sampled = positive | negative
    logits = objectness.squeeze(1)[sampled]
    truth = torch.cat(labels)[sampled].to(logits.dtype)
    gap = (pred_bbox_deltas[positive] - torch.cat(regression_targets)[positive]).abs()
    box = torch.where(gap < 1 / 9, 4.5 * gap**2, gap - 1 / 18).sum() / sampled.sum()
    return (F.softplus(logits) - truth * logits).mean(), box
