"""Right answers to `sigmoid_focal_loss`, one for each style."""

import torch
import torch.nn.functional as F


def sigmoid_focal_loss_two_cases(inputs, targets, alpha=0.25, gamma=2.0):
    objects = alpha * torch.sigmoid(-inputs) ** gamma * F.softplus(-inputs)
    background = (1 - alpha) * torch.sigmoid(inputs) ** gamma * F.softplus(inputs)
    return torch.where(targets > 0, objects, background)


def sigmoid_focal_loss_signs(inputs, targets, alpha=0.25, gamma=2.0):
    toward = inputs * (2 * targets - 1)
    weight = torch.where(targets == 1, alpha, 1 - alpha)
    return -weight * (1 - toward.sigmoid()).pow(gamma) * F.logsigmoid(toward)


def sigmoid_focal_loss_from_cross_entropy(inputs, targets, alpha=0.25, gamma=2.0):
    loss = F.binary_cross_entropy_with_logits(inputs, targets, reduction="none")
    hard = torch.abs(targets - torch.sigmoid(inputs))
    return loss * hard**gamma * torch.abs(1 - targets - alpha)
