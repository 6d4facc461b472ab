"""Right answers to `paste_masks_in_image`, one for each style."""

import torch
import torch.nn.functional as F
from torch import nn


def paste_masks_in_image_layers(masks, boxes, img_shape, padding=1):
    im_h, im_w = img_shape
    size = masks.size(-1)
    cell = (boxes[:, 2:] - boxes[:, :2]) / size
    first = (boxes[:, :2] - padding * cell).to(torch.int64)
    last = (boxes[:, 2:] + padding * cell).to(torch.int64)
    pictures = []
    for mask, (x1, y1), (x2, y2) in zip(
        nn.ZeroPad2d(padding)(masks), first.tolist(), last.tolist(), strict=True
    ):
        height, width = y2 - y1 + 1, x2 - x1 + 1
        large = nn.Upsample(size=(height, width), mode="bilinear", align_corners=False)(mask[None])
        # negative padding cuts off what sticks out
        pictures.append(F.pad(large[0], (x1, im_w - x1 - width, y1, im_h - y1 - height)))
    if not pictures:
        return masks.new_zeros((0, 1, im_h, im_w))
    return torch.stack(pictures)


def paste_masks_in_image_loops(masks, boxes, img_shape, padding=1):
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


def paste_masks_in_image_matrices(masks, boxes, img_shape, padding=1):
    import torch.nn.functional as F

    M = masks.shape[-1]
    K = M + 2 * padding
    x1, y1, x2, y2 = boxes.double().T
    grown = []
    for a, b in ((x1, x2), (y1, y2)):
        extra = (b - a) * padding / M
        grown.append(((a - extra).trunc(), (b + extra).trunc()))

    def weights(first, last, pixels):
        places = torch.arange(pixels, dtype=torch.float64)[None] - first[:, None]
        lengths = (last - first + 1)[:, None]
        read = ((places + 0.5) * K / lengths - 0.5).clamp(0, K - 1)
        tent = (1 - (read[:, :, None] - torch.arange(K)).abs()).clamp(min=0)
        return tent * ((places >= 0) & (places < lengths))[:, :, None]

    across = weights(*grown[0], img_shape[1])
    down = weights(*grown[1], img_shape[0])
    padded = F.pad(masks[:, 0].double(), (padding,) * 4)
    return (down @ padded @ across.mT)[:, None].to(masks.dtype)
