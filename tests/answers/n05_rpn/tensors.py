"""Right answers of notebook 05, written without loops where that is possible."""

import torch
import torch.nn.functional as F
from torch import nn
from torchvision import ops
from torchvision.ops import Conv2dNormActivation


def cell_anchors(scales, aspect_ratios, dtype=torch.float32, device="cpu"):
    pairs = torch.cartesian_prod(
        torch.tensor(aspect_ratios, dtype=torch.float64), torch.tensor(scales, dtype=torch.float64)
    ).reshape(-1, 2)
    area = pairs[:, 1] ** 2
    width = (area / pairs[:, 0]).sqrt()
    centred = torch.stack([torch.zeros_like(width)] * 2 + [width, area / width], dim=1)
    return ops.box_convert(centred, "cxcywh", "xyxy").round().to(dtype=dtype, device=device)


def grid_anchors(grid_sizes, strides, cell_anchors):
    def of_level(size, stride, anchors):
        rows, columns = size
        y = (torch.arange(rows) * stride[0]).repeat_interleave(columns)
        x = (torch.arange(columns) * stride[1]).repeat(rows)
        moves = torch.stack((x, y), dim=1).repeat(1, 2)
        spread = moves.repeat_interleave(len(anchors), dim=0)
        return anchors.repeat(rows * columns, 1) + spread

    return list(map(of_level, grid_sizes, strides, cell_anchors))


class RPNHead(nn.Module):
    def __init__(self, in_channels, num_anchors, conv_depth=1):
        super().__init__()
        self.conv = nn.Sequential(
            *(
                Conv2dNormActivation(in_channels, in_channels, kernel_size=3, norm_layer=None)
                for _ in range(conv_depth)
            )
        )
        self.cls_logits = nn.Conv2d(in_channels, num_anchors, kernel_size=1)
        self.bbox_pred = nn.Conv2d(in_channels, num_anchors * 4, kernel_size=1)
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.01)

    def forward(self, x):
        results = [(self.cls_logits(t), self.bbox_pred(t)) for t in map(self.conv, x)]
        return [logits for logits, _ in results], [deltas for _, deltas in results]


def decode_boxes(rel_codes, boxes):
    anchors = ops.box_convert(boxes.to(rel_codes.dtype), "xyxy", "cxcywh")
    centre, size = anchors.chunk(2, dim=1)
    d = torch.minimum(rel_codes[:, 2:], torch.tensor(62.5).log().to(rel_codes.dtype))
    moved = torch.hstack([torch.addcmul(centre, rel_codes[:, :2], size), torch.exp(d) * size])
    return ops.box_convert(moved, "cxcywh", "xyxy")


def filter_proposals(
    proposals,
    objectness,
    image_shapes,
    num_anchors_per_level,
    pre_nms_top_n,
    post_nms_top_n,
    nms_thresh,
    score_thresh=0.0,
    min_size=1e-3,
):
    images = len(image_shapes)
    scores = objectness.detach().view(images, -1).sigmoid()
    tops, groups, start = [], [], 0
    for level, part in enumerate(scores.split(num_anchors_per_level, dim=1)):
        top = part.topk(min(pre_nms_top_n, part.shape[1]), dim=1).indices
        tops.append(top + start)
        groups.append(torch.full_like(top, level))
        start += part.shape[1]
    tops, groups = torch.cat(tops, dim=1), torch.cat(groups, dim=1)
    boxes = proposals.gather(1, tops[..., None].expand(-1, -1, 4))
    scores = scores.gather(1, tops)
    results = []
    for n in range(images):
        b = ops.clip_boxes_to_image(boxes[n], image_shapes[n])
        w, h = (b[:, 2:] - b[:, :2]).unbind(1)
        stay = (w >= min_size) & (h >= min_size) & (scores[n] >= score_thresh)
        b, s, g = b[stay], scores[n][stay], groups[n][stay]
        far = g[:, None].to(b.dtype) * (max(image_shapes[n]) + 1)
        keep = ops.nms(b + far, s, nms_thresh)[:post_nms_top_n]
        results.append((b[keep], s[keep]))
    boxes, scores = zip(*results, strict=True)
    return list(boxes), list(scores)


def match_anchors(
    match_quality_matrix, high_threshold, low_threshold, allow_low_quality_matches=False
):
    iou = match_quality_matrix
    best = iou.amax(0)
    keep = best >= high_threshold
    if allow_low_quality_matches:
        keep = keep | iou.eq(iou.amax(1, keepdim=True)).sum(0).bool()
    otherwise = torch.where(best < low_threshold, -1, -2)
    return torch.where(keep, iou.argmax(0), otherwise)


def rpn_loss(objectness, pred_bbox_deltas, labels, regression_targets, fg_bg_sampler):
    positive, negative = map(torch.cat, fg_bg_sampler(labels))
    weight = (positive + negative).to(objectness.dtype)
    labels, targets = torch.cat(labels).clamp(min=0), torch.cat(regression_targets)
    logits = objectness.reshape(-1)
    entropy = F.binary_cross_entropy_with_logits(logits, labels, weight, reduction="sum")
    error = F.smooth_l1_loss(pred_bbox_deltas, targets, beta=1.0 / 9, reduction="none").sum(1)
    return entropy / weight.sum(), (error * positive).sum() / weight.sum()
