"""Right answers to `cascade_boxes`, one for each style."""

import functools

import torch
from torchvision import ops
from torchvision.models.detection._utils import BoxCoder


def cascade_boxes_reduced(proposals, stages, weights, size):
    def move(boxes, stage_and_weights):
        stage, scales = stage_and_weights
        return ops.clip_boxes_to_image(BoxCoder(scales).decode_single(stage(boxes), boxes), size)

    return functools.reduce(move, zip(stages, weights, strict=True), proposals)


def cascade_boxes_recursive(proposals, stages, weights, size):
    if not stages:
        return proposals
    boxes = BoxCoder(weights[0]).decode_single(stages[0](proposals), proposals)
    height, width = size
    boxes = torch.stack(
        [boxes[:, 0::2].clamp(0, width), boxes[:, 1::2].clamp(0, height)], dim=2
    ).flatten(1)
    return cascade_boxes_recursive(boxes, stages[1:], weights[1:], size)


def cascade_boxes_by_hand(proposals, stages, weights, size):
    edges = torch.tensor([*size[::-1], *size[::-1]], dtype=proposals.dtype)
    boxes = proposals
    for stage, scales in zip(stages, weights, strict=True):
        move, stretch = (stage(boxes) / torch.tensor(scales, dtype=boxes.dtype)).chunk(2, dim=1)
        sides = boxes[:, 2:] - boxes[:, :2]
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2 + move * sides
        halves = sides * stretch.exp() / 2
        boxes = torch.cat([centres - halves, centres + halves], dim=1)
        boxes = torch.minimum(boxes.clamp(min=0), edges)
    return boxes
