"""Right answers to `horizontal_flip`, one for each style."""

import copy

import torch
from torchvision.transforms import functional


def horizontal_flip_loops(image, target, flip_indices):
    width = image.shape[2]
    result = {name: values.clone() for name, values in target.items()}
    for n in range(len(target["boxes"])):
        x1, _, x2, _ = target["boxes"][n]
        result["boxes"][n, 0] = width - x2
        result["boxes"][n, 2] = width - x1
        if "keypoints" in target:
            for row, source in enumerate(flip_indices):
                x, y, v = target["keypoints"][n, source]
                result["keypoints"][n, row] = torch.stack([width - x if v else x, y, v])
        if "masks" in target:
            result["masks"][n] = target["masks"][n].fliplr()
    return functional.hflip(image), result


def horizontal_flip_matrices(image, target, flip_indices):
    width = image.shape[-1]
    boxes = target["boxes"]
    turn = boxes.new_tensor([[0, 0, -1, 0], [0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 0, 1]])
    flipped = {**target, "boxes": boxes @ turn + boxes.new_tensor([width, 0, width, 0])}
    if "keypoints" in target:
        points = target["keypoints"].index_select(1, torch.tensor(list(flip_indices)))
        labelled = (points[..., 2:] != 0).to(points.dtype)
        mirror = points.new_tensor([-1, 1, 1])
        flipped["keypoints"] = points * mirror + labelled * points.new_tensor([width, 0, 0])
    columns = torch.arange(width - 1, -1, -1)
    if "masks" in target:
        flipped["masks"] = target["masks"][..., columns]
    return image[..., columns], flipped


def horizontal_flip_in_place(image, target, flip_indices):
    width = image.shape[-1]
    target = copy.deepcopy(target)
    boxes = target["boxes"]
    boxes[:, [0, 2]] = width - boxes[:, [2, 0]]
    if target.get("masks") is not None:
        target["masks"] = torch.flip(target["masks"], (2,))
    if target.get("keypoints") is not None:
        points = target["keypoints"][:, torch.as_tensor(list(flip_indices))]
        known = points[..., 2] > 0
        points[..., 0][known] = width - points[..., 0][known]
        target["keypoints"] = points
    return torch.flip(image, (2,)), target
