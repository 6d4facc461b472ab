"""Answers to the exercises of 08_mask_head: wrong, right in other ways, and handed over.

See `n06_roi_align` for what `WRONG`, `RIGHT` and `DELEGATING` hold.
"""

from pathlib import Path

from tests.answers.styles import right_answers

_CONVOLUTION = "nn.Conv2d(in_channels, channels, 3, padding=dilation, dilation=dilation)"
_BLOCK = "blocks.append(nn.Sequential(convolution, nn.ReLU()))"
_FORWARD = "return self.mask_fcn_logits(torch.relu(self.conv5_mask(x)))"
_CHOSEN = "chosen = x[rows, torch.cat(labels)][:, None].sigmoid()"
_SPLIT = "return list(chosen.split([len(of_image) for of_image in labels]))"
_CORNERS = "torch.cat([center - half * scale, center + half * scale], dim=1).long()"
_EXPANDED = "torch.cat([center - half * scale, center + half * scale], dim=1)"
_SCALE = "(masks.shape[-1] + 2 * padding) / masks.shape[-1]"
_PADDED = "padded = F.pad(masks, (padding,) * 4)"
_CROSS_ENTROPY = "return F.binary_cross_entropy_with_logits(taught, torch.cat(targets))"
_READ = "torchvision.ops.roi_align(masks[:, None].to(rois), numbered, cells)"
_NUMBERED = "numbered = torch.cat([matched[:, None].to(rois), rois], dim=1)"
_MATCHED = "for rois, masks, classes, matched in images:"
_TAUGHT = "taught = mask_logits[torch.arange(len(labels)), labels]"
_CENTRES = "[(columns + 0.5) / width, (rows + 0.5) / height]"

WRONG = {
    "MaskRCNNHeads": {
        "no_relu": ("nn.ReLU()", "nn.Identity()"),
        "last_relu_missing": (
            "super().__init__(*blocks)",
            "blocks[-1] = blocks[-1][:1]\n        super().__init__(*blocks)",
        ),
        "relu_first": (
            _BLOCK,
            "block = nn.Sequential(convolution)\n"
            "            block.register_forward_pre_hook(lambda _, x: torch.relu(x[0]))\n"
            "            blocks.append(block)",
        ),
        "no_padding": ("padding=dilation, ", ""),
        "dilation_unused": ("padding=dilation, dilation=dilation", "padding=1"),
        "padding_undilated": ("padding=dilation", "padding=1"),
    },
    "MaskRCNNPredictor": {
        "no_relu": (
            "torch.relu(self.conv5_mask(x))",
            "self.conv5_mask(x)",
        ),
        "relu_on_logits": (_FORWARD, f"{_FORWARD}.relu()"),
        "probabilities": (_FORWARD, f"{_FORWARD}.sigmoid()"),
        "softmax": (_FORWARD, f"{_FORWARD}.softmax(dim=1)"),
        "stride_1": (", stride=2", ""),
        "padding_1": ("stride=2", "stride=2, padding=1"),
    },
    "maskrcnn_inference": {
        "softmax": (
            _CHOSEN,
            "chosen = x.softmax(dim=1)[rows, torch.cat(labels)][:, None]",
        ),
        "softmax_foreground": (
            _CHOSEN,
            "chosen = x[:, 1:].softmax(dim=1)[rows, torch.cat(labels) - 1][:, None]",
        ),
        "logits": (".sigmoid()", ""),
        "cut_at_half": (
            ".sigmoid()",
            ".sigmoid().gt(0.5).to(x.dtype)",
        ),
        "label_minus_one": (
            "torch.cat(labels)]",
            "torch.cat(labels) - 1]",
        ),
        "label_plus_one": ("torch.cat(labels)]", "torch.cat(labels) + 1]"),
        "always_class_1": ("torch.cat(labels)]", "1]"),
        "largest_of_classes": (
            "x[rows, torch.cat(labels)][:, None]",
            "x.amax(dim=1, keepdim=True)",
        ),
        "images_from_row_0": (
            _SPLIT,
            "return [\n"
            "        x[torch.arange(len(of_image)), of_image][:, None].sigmoid()\n"
            "        for of_image in labels\n"
            "    ]",
        ),
        "channel_axis_missing": ("[:, None].sigmoid()", ".sigmoid()"),
    },
    "paste_masks_in_image": {
        "padding_unused": (
            f"scale = {_SCALE}",
            "scale, padding = 1, 0",
        ),
        "box_not_expanded": (_SCALE, "1"),
        "mask_not_padded": (_PADDED, "padded = masks"),
        "box_half_expanded": ("+ 2 * padding", "+ padding"),
        "rim_repeated": (
            _PADDED,
            "padded = masks\n"
            "    if len(masks):\n"
            '        padded = F.pad(masks, (padding,) * 4, mode="replicate")',
        ),
        "corners_rounded": (
            _CORNERS,
            f"{_EXPANDED}.round().long()",
        ),
        "corners_rounded_down": (
            _CORNERS,
            f"{_EXPANDED}.floor().long()",
        ),
        "corners_rounded_outwards": (
            _CORNERS,
            "torch.cat([(center - half * scale).floor(), (center + half * scale).ceil()], 1)"
            ".long()",
        ),
        "last_pixel_missing": (
            _CORNERS,
            f"{_CORNERS} - torch.tensor([0, 0, 1, 1])",
        ),
        "box_cut_off": (
            "enumerate(corners.tolist()):",
            "enumerate(corners.tolist()):\n"
            "        x1, y1 = max(x1, 0), max(y1, 0)\n"
            "        x2, y2 = min(x2, width - 1), min(y2, height - 1)",
        ),
        "nearest": ('"bilinear"', '"nearest"'),
        "corners_aligned": (
            '"bilinear"',
            '"bilinear", align_corners=True',
        ),
        "x_and_y_swapped": (
            "for row, (x1, y1, x2, y2) in",
            "for row, (y1, x1, y2, x2) in",
        ),
        "cut_at_half": (
            "return pasted",
            "return (pasted > 0.5).to(masks.dtype)",
        ),
        "channel_axis_missing": ("return pasted", "return pasted[:, 0]"),
    },
    "maskrcnn_loss": {
        "summed": (
            "torch.cat(targets))",
            'torch.cat(targets), reduction="sum")',
        ),
        "cells_summed": (
            "torch.cat(targets))",
            'torch.cat(targets), reduction="sum") / len(labels)',
        ),
        "images_averaged": (
            _CROSS_ENTROPY,
            "counts = [len(of_image) for of_image in targets]\n"
            "    pairs = zip(taught.split(counts), targets, strict=True)\n"
            "    losses = [F.binary_cross_entropy_with_logits(x, y) for x, y in pairs]\n"
            "    return torch.stack(losses).mean()",
        ),
        "all_classes": (
            _CROSS_ENTROPY,
            "targets = torch.cat(targets)[:, None].expand_as(mask_logits)\n"
            "    return F.binary_cross_entropy_with_logits(mask_logits, targets)",
        ),
        "label_minus_one": (
            "torch.arange(len(labels)), labels]",
            "torch.arange(len(labels)), labels - 1]",
        ),
        "match_unused": (
            _MATCHED,
            f"{_MATCHED}\n        matched = torch.arange(len(matched)) % max(len(classes), 1)",
        ),
        "match_unused_for_label": (
            "classes[matched]",
            "classes[torch.arange(len(matched)) % max(len(classes), 1)]",
        ),
        "match_unused_for_mask": (
            "matched[:, None].to(rois)",
            "(torch.arange(len(matched)) % max(len(classes), 1))[:, None].to(rois)",
        ),
        "whole_picture": (
            _NUMBERED,
            "height, width = masks.shape[1:]\n"
            "        whole = torch.tensor([0.0, 0.0, width, height]).expand_as(rois)\n"
            "        numbered = torch.cat([matched[:, None].to(rois), whole], dim=1)",
        ),
        "aligned": (
            "numbered, cells)",
            "numbered, cells, aligned=True)",
        ),
        "rois_rounded": (
            "rois], dim=1)",
            "rois.round()], dim=1)",
        ),
        "targets_cut": (
            "taught, torch.cat(targets))",
            "taught, (torch.cat(targets) >= 0.5).to(taught.dtype))",
        ),
        "sigmoid_twice": (
            "with_logits(taught,",
            "with_logits(taught.sigmoid(),",
        ),
        "squared_difference": (
            _CROSS_ENTROPY,
            "return F.mse_loss(taught.sigmoid(), torch.cat(targets))",
        ),
    },
    "uncertain_points": {
        "corners": (_CENTRES, "[columns / width, rows / height]"),
        "x_and_y_swapped": (_CENTRES, "[(rows + 0.5) / height, (columns + 0.5) / width]"),
        "in_cells": (_CENTRES, "[columns + 0.5, rows + 0.5]"),
        "most_certain": ("largest=False", "largest=True"),
        "lowest": (".abs()", ""),
        "half_logit": ("flatten(1).abs()", "flatten(1).sub(0.5).abs()"),
        "least_uncertain_first": ("return points.", "return points.flip(1)."),
    },
}

DELEGATING = {
    "MaskRCNNHeads": """
class MaskRCNNHeads(torchvision.models.detection.mask_rcnn.MaskRCNNHeads):
    pass
""",
    "MaskRCNNPredictor": """
class MaskRCNNPredictor(torchvision.models.detection.mask_rcnn.MaskRCNNPredictor):
    pass
""",
    "maskrcnn_inference": """
def maskrcnn_inference(x, labels):
    from torchvision.models.detection import roi_heads
    return roi_heads.maskrcnn_inference(x, labels)
""",
    "paste_masks_in_image": """
def paste_masks_in_image(masks, boxes, img_shape, padding=1):
    from torchvision.models.detection.transform import paste_masks_in_image
    return paste_masks_in_image(masks, boxes, img_shape, padding)
""",
    "maskrcnn_loss": """
def maskrcnn_loss(mask_logits, proposals, gt_masks, gt_labels, mask_matched_idxs):
    from torchvision.models.detection.roi_heads import project_masks_on_boxes
    lists = zip(gt_masks, proposals, mask_matched_idxs)
    targets = torch.cat([project_masks_on_boxes(*x, mask_logits.shape[-1]) for x in lists])
    labels = torch.cat([y[i] for y, i in zip(gt_labels, mask_matched_idxs)])
    taught = mask_logits[range(len(labels)), labels]
    return F.binary_cross_entropy_with_logits(taught, targets)
""",
    "uncertain_points": """
def uncertain_points(logits, count):
    from rcnn_course.reference.mask_head import uncertain_points as ask
    return ask(logits, count)
""",
}


RIGHT = right_answers(Path(__file__).parent, WRONG)
