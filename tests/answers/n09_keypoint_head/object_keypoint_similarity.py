"""Right answers to `object_keypoint_similarity`, one for each style."""

import math

import torch


def object_keypoint_similarity_functional(pred_keypoints, gt_keypoints, gt_areas, sigmas):
    x, y, visibility = gt_keypoints.unbind(dim=-1)
    dx = pred_keypoints[:, None, :, 0] - x
    dy = pred_keypoints[:, None, :, 1] - y
    exponent = -(dx**2 + dy**2) / (2 * (2 * sigmas) ** 2 * gt_areas[:, None])
    similarity = exponent.exp().masked_fill(visibility <= 0, 0.0)
    return similarity.sum(dim=-1) / (visibility > 0).sum(dim=-1)


def object_keypoint_similarity_loops(pred_keypoints, gt_keypoints, gt_areas, sigmas):
    result = pred_keypoints.new_zeros(len(pred_keypoints), len(gt_keypoints))
    for d, predicted in enumerate(pred_keypoints.tolist()):
        for g, true in enumerate(gt_keypoints.tolist()):
            similarities = [
                math.exp(-((px - x) ** 2 + (py - y) ** 2) / (8 * gt_areas[g].item() * sigma**2))
                for (px, py, _), (x, y, v), sigma in zip(
                    predicted, true, sigmas.tolist(), strict=True
                )
                if v > 0
            ]
            result[d, g] = sum(similarities) / len(similarities)
    return result


def object_keypoint_similarity_matrices(pred_keypoints, gt_keypoints, gt_areas, sigmas):
    labelled = (gt_keypoints[..., 2] > 0).to(pred_keypoints.dtype)
    apart = pred_keypoints[:, None, :, :2] - gt_keypoints[None, :, :, :2]
    scaled = torch.einsum("dgkc,k->dgkc", apart, 1 / sigmas)
    exponent = torch.einsum("dgkc,dgkc,g->dgk", scaled, scaled, 1 / (8 * gt_areas))
    weights = labelled / labelled.sum(dim=1, keepdim=True)
    return torch.einsum("dgk,gk->dg", torch.exp(-exponent), weights)
