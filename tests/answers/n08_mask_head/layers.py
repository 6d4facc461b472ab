"""Right answers of notebook 08, written with layers and other functions of torch."""

import torch
import torch.nn.functional as F
from torch import nn


class MaskRCNNHeads(nn.Sequential):
    def __init__(self, in_channels, layers, dilation):
        from collections import OrderedDict

        from torchvision.ops import Conv2dNormActivation

        blocks = OrderedDict()
        for number, out_channels in enumerate(layers):
            blocks[str(number)] = Conv2dNormActivation(
                in_channels, out_channels, norm_layer=None, dilation=dilation
            )
            in_channels = out_channels
        super().__init__(blocks)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(layer.bias)


class MaskRCNNPredictor(nn.Sequential):
    def __init__(self, in_channels, dim_reduced, num_classes):
        super().__init__()
        self.add_module("conv5_mask", nn.ConvTranspose2d(in_channels, dim_reduced, 2, 2, 0))
        self.add_module("relu", nn.ReLU(inplace=True))
        self.add_module("mask_fcn_logits", nn.Conv2d(dim_reduced, num_classes, 1, 1, 0))
        for name, parameter in self.named_parameters():
            if "weight" in name:
                nn.init.kaiming_normal_(parameter, mode="fan_out", nonlinearity="relu")


def maskrcnn_inference(x, labels):
    masks = []
    start = 0
    for of_image in labels:
        rows = x.narrow(0, start, of_image.shape[0])
        index = of_image.reshape(-1, 1, 1, 1).expand(-1, 1, x.shape[2], x.shape[3])
        masks.append(torch.special.expit(torch.take_along_dim(rows, index, dim=1)))
        start += of_image.shape[0]
    return tuple(masks)


def paste_masks_in_image(masks, boxes, img_shape, padding=1):
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


def maskrcnn_loss(mask_logits, proposals, gt_masks, gt_labels, mask_matched_idxs):
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
