"""Right answers of notebook 08, written with plain loops over RoIs, cells and pixels."""

import torch
import torch.nn.functional as F
from torch import nn


class MaskRCNNHeads(nn.Module):
    def __init__(self, in_channels, layers, dilation):
        super().__init__()
        for number, out_channels in enumerate(layers):
            block = nn.ModuleList([nn.Conv2d(in_channels, out_channels, 3, 1, dilation, dilation)])
            self.add_module(str(number), block)
            in_channels = out_channels

    def forward(self, x):
        for block in self.children():
            x = F.relu(block[0](x))
        return x


class MaskRCNNPredictor(nn.Module):
    def __init__(self, in_channels, dim_reduced, num_classes):
        super().__init__()
        self.conv5_mask = nn.ConvTranspose2d(in_channels, dim_reduced, 2, 2)
        self.mask_fcn_logits = nn.Conv2d(dim_reduced, num_classes, 1)

    def forward(self, x):
        weight, bias = self.conv5_mask.weight, self.conv5_mask.bias
        R, _, H, W = x.shape
        up = x.new_zeros(R, weight.shape[1], 2 * H, 2 * W)
        for i in range(2):
            for j in range(2):
                up[:, :, i::2, j::2] = torch.einsum("rchw,cd->rdhw", x, weight[:, :, i, j])
        up = (up + bias[:, None, None]).clamp(min=0)
        return self.mask_fcn_logits(up)


def maskrcnn_inference(x, labels):
    masks, row = [], 0
    for of_image in labels:
        chosen = [x[row + i, label][None] for i, label in enumerate(of_image.tolist())]
        row += len(of_image)
        empty = x.new_zeros(0, 1, *x.shape[-2:])
        masks.append(1 / (1 + torch.exp(-torch.stack(chosen))) if chosen else empty)
    return masks


def paste_masks_in_image(masks, boxes, img_shape, padding=1):
    import math

    height, width = img_shape
    pasted = torch.zeros(len(masks), 1, height, width, dtype=masks.dtype)
    for r in range(len(masks)):
        mask = masks[r, 0].tolist()
        M, K = len(mask), len(mask) + 2 * padding
        x1, y1, x2, y2 = boxes[r].tolist()
        middle = ((x1 + x2) / 2, (y1 + y2) / 2)
        halves = ((x2 - x1) / 2 * K / M, (y2 - y1) / 2 * K / M)
        left, top = (int(m - h) for m, h in zip(middle, halves, strict=True))
        right, bottom = (int(m + h) for m, h in zip(middle, halves, strict=True))
        rows, columns = bottom - top + 1, right - left + 1

        def cell(i, j, mask=mask):
            i, j = i - padding, j - padding
            return mask[i][j] if 0 <= i < len(mask) and 0 <= j < len(mask) else 0.0

        for y in range(max(top, 0), min(bottom + 1, height)):
            for x in range(max(left, 0), min(right + 1, width)):
                v = max((y - top + 0.5) * K / rows - 0.5, 0)
                u = max((x - left + 0.5) * K / columns - 0.5, 0)
                i, j = min(math.floor(v), K - 1), min(math.floor(u), K - 1)
                below, beside = min(i + 1, K - 1), min(j + 1, K - 1)
                a, b = v - i, u - j
                upper = (1 - b) * cell(i, j) + b * cell(i, beside)
                lower = (1 - b) * cell(below, j) + b * cell(below, beside)
                pasted[r, 0, y, x] = (1 - a) * upper + a * lower
    return pasted


def maskrcnn_loss(mask_logits, proposals, gt_masks, gt_labels, mask_matched_idxs):
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
