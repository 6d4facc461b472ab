"""Answers to the exercises of 05_rpn: wrong, right in other ways, and handed over.

`WRONG[exercise][mistake]` is an edit of the notebook's own solution, (old text, new text), that
makes this typical mistake. `RIGHT[exercise][style]` and `DELEGATING[exercise]` are whole sources.
"""

from pathlib import Path

from tests.answers.styles import right_answers

_STACK = "torch.stack([-widths, -heights, widths, heights], dim=1)"
_LOOP = "for (rows, columns), (down, across), anchors in"
_SHIFTS = "torch.stack([x, y, x, y], dim=-1)[:, :, None]"
_MOVED = "(shifts + anchors).reshape(-1, 4)"
_BLOCKS = "nn.Conv2d(in_channels, in_channels, kernel_size=3, padding=1), nn.ReLU())"
_LIMIT = "stretches.clamp(max=math.log(1000 / 16)).exp()"
_SPLIT = "moves, stretches = rel_codes[:, :2], rel_codes[:, 2:]"
_CORNERS = "torch.cat([new_centres - new_sizes / 2, new_centres + new_sizes / 2], dim=1)"
_BEST = "of_level[part.topk(min(pre_nms_top_n, len(part))).indices]"
_TOP = "top = torch.cat(best)"
_CLIP = "ops.clip_boxes_to_image(boxes[top], image_shape)"
_SMALL = "ops.remove_small_boxes(boxes, min_size)"
_CLIP_TO_SMALL = f"""{_CLIP}
        scores, levels = values[top].sigmoid(), level[top]

        keep = {_SMALL}"""
_LOW = "keep[scores[keep] >= score_thresh]"
_NMS = "ops.batched_nms(boxes, scores, levels, nms_thresh)[:post_nms_top_n]"
_SAVE = "matches[saved] = truth[saved]"
_CROSS_ENTROPY = "F.binary_cross_entropy_with_logits(logits[sampled], labels[sampled])"
_SMOOTH = 'F.smooth_l1_loss(deltas[positive], targets[positive], beta=1 / 9, reduction="sum")'
_MASKS = "positive, negative = (torch.cat(masks).bool() for masks in fg_bg_sampler(labels))"
_RETURNED = "return objectness_loss, box_loss / sampled.sum()"

WRONG = {
    "cell_anchors": {
        "width and height are swapped": (
            "aspect_ratios, dtype=dtype, device=device).sqrt()",
            "aspect_ratios, dtype=dtype, device=device).rsqrt()",
        ),
        "the corners are not rounded": (".round()", ""),
        "width and height are rounded instead of the corners": (
            f"({_STACK} / 2).round()",
            f"{_STACK}.round() / 2",
        ),
        "the corners are rounded down": (".round()", ".floor()"),
        "the anchors start at (0, 0) instead of being centred there": (
            f"({_STACK} / 2)",
            "torch.stack([0 * widths, 0 * heights, widths, heights], dim=1)",
        ),
        "the anchors are twice as large": (f"({_STACK} / 2)", _STACK),
        "the size changes slowest": (
            "heights = (sizes * roots).flatten()\n    widths = (sizes / roots).flatten()",
            "heights = (sizes * roots).T.flatten()\n    widths = (sizes / roots).T.flatten()",
        ),
        "only the height follows the ratio": (
            "heights = (sizes * roots).flatten()\n    widths = (sizes / roots).flatten()",
            "heights = (sizes * roots**2).flatten()\n"
            "    widths = (sizes * torch.ones_like(roots)).flatten()",
        ),
        "the ratio is used without its square root": (".sqrt()[:, None]", "[:, None]"),
        "each size is paired with one ratio": (
            "heights = (sizes * roots).flatten()",
            "few = min(len(sizes), len(roots))\n"
            "    sizes, roots = sizes[:few], roots[:few, 0]\n"
            "    heights = (sizes * roots).flatten()",
        ),
    },
    "grid_anchors": {
        "all cells of the first anchor come first, then all of the second": (
            _MOVED,
            "(shifts + anchors).permute(2, 0, 1, 3).reshape(-1, 4)",
        ),
        "the cells are walked column by column": (
            _MOVED,
            "(shifts + anchors).transpose(0, 1).reshape(-1, 4)",
        ),
        "the strides down and across are swapped": (
            _LOOP,
            "for (rows, columns), (across, down), anchors in",
        ),
        "rows and columns of the grid are swapped": (
            _LOOP,
            "for (columns, rows), (down, across), anchors in",
        ),
        "x and y are swapped": (_LOOP, "for (columns, rows), (across, down), anchors in"),
        "the anchors stand in the middle of their cells": (
            _MOVED,
            "(shifts + anchors + torch.tensor([across / 2, down / 2] * 2)).to(anchors.dtype)"
            ".reshape(-1, 4)",
        ),
        "the cells are counted from 1": (
            "levels = []",
            "levels = []\n    cell_anchors = [anchors + torch.tensor([s[1], s[0]] * 2).to(anchors)"
            " for anchors, s in zip(cell_anchors, strides)]",
        ),
        "the cells are one pixel apart": (
            "    levels = []",
            "    strides = [(1, 1)] * len(strides)\n    levels = []",
        ),
        "only the first corner of each anchor moves": (
            _SHIFTS,
            "torch.stack([x, y, 0 * x, 0 * y], dim=-1)[:, :, None]",
        ),
        "every level uses the anchors of the first one": (
            _MOVED,
            "(shifts + cell_anchors[0]).reshape(-1, 4)",
        ),
    },
    "RPNHead": {
        "there is no ReLU after the convolution": ("nn.ReLU()", "nn.Identity()"),
        "only the last convolution has a ReLU": (
            "nn.ReLU())\n            for _ in range(conv_depth)",
            "nn.ReLU() if depth == conv_depth - 1 else nn.Identity())\n"
            "            for depth in range(conv_depth)",
        ),
        "the outputs go through a ReLU": (
            "return logits, deltas",
            "return [level.relu() for level in logits], [level.relu() for level in deltas]",
        ),
        "the 3 x 3 convolution has no padding": (", padding=1", ""),
        "the 3 x 3 convolution is left out in the forward pass": ("self.conv(level)", "level"),
        "the 3 x 3 convolution runs twice": ("self.conv(level)", "self.conv(self.conv(level))"),
        "logits and deltas are swapped": ("return logits, deltas", "return deltas, logits"),
        "the logits are turned into probabilities": (
            "self.cls_logits(level)",
            "self.cls_logits(level).sigmoid()",
        ),
        "the levels stand in the opposite order": (
            "return logits, deltas",
            "return logits[::-1], deltas[::-1]",
        ),
    },
    "decode_boxes": {
        "dw and dh are not limited": (_LIMIT, "stretches.exp()"),
        "the sides are multiplied by dw and dh without exp": (_LIMIT, "stretches"),
        "the sides are multiplied by 1 + dw and 1 + dh": (_LIMIT, "(1 + stretches)"),
        "dw and dh are limited from below as well": (
            "clamp(max=math.log(1000 / 16))",
            "clamp(-math.log(1000 / 16), math.log(1000 / 16))",
        ),
        "all four deltas are limited": (
            _SPLIT,
            f"rel_codes = rel_codes.clamp(max=math.log(1000 / 16))\n    {_SPLIT}",
        ),
        "dx and dy are added in pixels": ("moves * sizes", "moves"),
        "dx and dy are multiplied by the new width and height": (
            "moves * sizes",
            f"moves * sizes * {_LIMIT}",
        ),
        "the moves start from the corner instead of the centre": (
            "boxes[:, :2] + sizes / 2",
            "boxes[:, :2]",
        ),
        "dx and dy are swapped": (_SPLIT, f"{_SPLIT}\n    moves = moves.flip(1)"),
        "dw and dh are swapped": (_SPLIT, f"{_SPLIT}\n    stretches = stretches.flip(1)"),
        "the result is (centre, size) instead of two corners": (
            _CORNERS,
            "torch.cat([new_centres, new_sizes], dim=1)",
        ),
        "the result is (corner, size) instead of two corners": (
            _CORNERS,
            "torch.cat([new_centres - new_sizes / 2, new_sizes], dim=1)",
        ),
        "the stretched box reaches a whole width and height from its centre": (
            _CORNERS,
            "torch.cat([new_centres - new_sizes, new_centres + new_sizes], dim=1)",
        ),
    },
    "filter_proposals": {
        "the scores are logits, without the sigmoid": (".sigmoid()", ""),
        "score_thresh is compared with logits": (
            _LOW,
            "keep[scores[keep].logit() >= score_thresh]",
        ),
        "the best pre_nms_top_n are taken of all levels together": (
            _TOP,
            "top = values.topk(min(pre_nms_top_n, len(values))).indices",
        ),
        "the best of every level are looked up on the first": (
            _BEST,
            "part.topk(min(pre_nms_top_n, len(part))).indices",
        ),
        "all boxes stay, not only the best pre_nms_top_n of each level": (_TOP, "top = number"),
        "the boxes are not clipped to the image": (_CLIP, "boxes[top]"),
        "height and width of the image are swapped": (
            _CLIP,
            "ops.clip_boxes_to_image(boxes[top], image_shape[::-1])",
        ),
        "all boxes are clipped to the first image": (
            _CLIP,
            "ops.clip_boxes_to_image(boxes[top], image_shapes[0])",
        ),
        "small boxes stay": (_SMALL, "torch.arange(len(boxes))"),
        "small boxes are looked for before the boxes are clipped": (
            _CLIP_TO_SMALL,
            _CLIP_TO_SMALL.replace(_CLIP, "boxes[top]")
            + "\n        boxes = ops.clip_boxes_to_image(boxes, image_shape)",
        ),
        "score_thresh is not used": (_LOW, "keep"),
        "boxes that overlap are not suppressed": (
            _NMS,
            "scores.argsort(descending=True)[:post_nms_top_n]",
        ),
        "boxes suppress each other across levels": (
            _NMS,
            "ops.nms(boxes, scores, nms_thresh)[:post_nms_top_n]",
        ),
        "the boxes stand level after level": (
            _NMS,
            "torch.cat([g[ops.nms(boxes[g], scores[g], nms_thresh)] for g in"
            " [(levels == n).nonzero()[:, 0] for n in range(len(counts))]])[:post_nms_top_n]",
        ),
        "more than post_nms_top_n boxes come back": ("[:post_nms_top_n]", ""),
        "the anchors of the images are mixed up": (
            "reshape(len(proposals), -1)",
            "reshape(-1, len(proposals)).T",
        ),
    },
    "match_anchors": {
        "-1 and -2 are swapped": (
            "matches[best_iou < high_threshold] = -2\n    matches[best_iou < low_threshold] = -1",
            "matches[best_iou < high_threshold] = -1\n    matches[best_iou < low_threshold] = -2",
        ),
        "anchors between the thresholds count as negative": ("= -2", "= -1"),
        "anchors between the thresholds count as positive": (
            "matches[best_iou < high_threshold] = -2",
            "",
        ),
        "the low-quality rule is missing": ("if allow_low_quality_matches:", "if False:"),
        "the low-quality rule is always on": ("if allow_low_quality_matches:", "if True:"),
        "a saved anchor belongs to the ground truth that saves it": (
            _SAVE,
            "rows, columns = torch.where(match_quality_matrix == best_of_truth)\n"
            "        matches[columns] = rows",
        ),
        "only one of several equally good anchors is saved": (
            "(match_quality_matrix == best_of_truth).any(dim=0)",
            "match_quality_matrix.argmax(dim=1)",
        ),
        "an IoU of exactly a threshold falls below it": (
            "matches[best_iou < high_threshold] = -2\n    matches[best_iou < low_threshold] = -1",
            "matches[best_iou <= high_threshold] = -2\n    matches[best_iou <= low_threshold] = -1",
        ),
        "positive anchors get 1 instead of the index of their ground truth": (
            "return matches",
            "return matches.clamp(max=0) + (matches >= 0)",
        ),
        "every ground truth is matched instead of every anchor": (
            "best_iou, truth =",
            "match_quality_matrix = match_quality_matrix.T\n    best_iou, truth =",
        ),
    },
    "rpn_loss": {
        "the box loss is divided by the number of positive anchors": (
            "/ sampled.sum()",
            "/ positive.sum()",
        ),
        "the box loss is the mean over all deltas of positive anchors": (
            "/ sampled.sum()",
            "/ (4 * positive.sum())",
        ),
        "the box loss is not divided at all": (" / sampled.sum()", ""),
        "the box loss has beta 1": (", beta=1 / 9", ""),
        "the box loss is the plain absolute difference": (
            _SMOOTH,
            "(deltas[positive] - targets[positive]).abs().sum()",
        ),
        "negative anchors take part in the box loss": (
            _SMOOTH,
            _SMOOTH.replace("positive", "sampled"),
        ),
        "the objectness loss is summed": (
            _CROSS_ENTROPY,
            _CROSS_ENTROPY.replace("])", '], reduction="sum")'),
        ),
        "the sigmoid is applied twice": (
            _CROSS_ENTROPY,
            _CROSS_ENTROPY.replace("logits[sampled]", "logits[sampled].sigmoid()"),
        ),
        "the objectness loss takes all anchors, the ignored ones too": (
            _CROSS_ENTROPY,
            "F.binary_cross_entropy_with_logits(logits, labels)",
        ),
        "the sampler is not asked: every positive and negative anchor takes part": (
            _MASKS,
            "positive, negative = torch.cat(labels) == 1, torch.cat(labels) == 0",
        ),
        "the two losses are swapped": (
            _RETURNED,
            "return box_loss / sampled.sum(), objectness_loss",
        ),
    },
}

DELEGATING = {
    "cell_anchors": """
def cell_anchors(scales, aspect_ratios, dtype=torch.float32, device="cpu"):
    from torchvision.models.detection.anchor_utils import AnchorGenerator
    return AnchorGenerator((tuple(scales),), (tuple(aspect_ratios),)).cell_anchors[0].to(dtype)
""",
    "grid_anchors": """
def grid_anchors(grid_sizes, strides, cell_anchors):
    generator = AnchorGenerator.__new__(AnchorGenerator)
    vars(generator)["cell_anchors"] = cell_anchors
    return generator.grid_anchors(grid_sizes, strides)
""",
    "RPNHead": """
class RPNHead(torchvision.models.detection.rpn.RPNHead):
    pass
""",
    "decode_boxes": """
def decode_boxes(rel_codes, boxes):
    return det_utils.BoxCoder((1.0, 1.0, 1.0, 1.0)).decode_single(rel_codes, boxes)
""",
    "filter_proposals": """
def filter_proposals(proposals, objectness, image_shapes, num_anchors_per_level, pre_nms_top_n,
                     post_nms_top_n, nms_thresh, score_thresh=0.0, min_size=1e-3):
    from types import SimpleNamespace
    from torchvision.models.detection.rpn import RegionProposalNetwork
    me = SimpleNamespace(
        pre_nms_top_n=lambda: pre_nms_top_n, post_nms_top_n=lambda: post_nms_top_n,
        nms_thresh=nms_thresh, score_thresh=score_thresh, min_size=min_size,
    )
    me._get_top_n_idx = lambda *args: RegionProposalNetwork._get_top_n_idx(me, *args)
    return RegionProposalNetwork.filter_proposals(
        me, proposals, objectness, image_shapes, num_anchors_per_level
    )
""",
    "match_anchors": """
def match_anchors(match_quality_matrix, high_threshold, low_threshold,
                  allow_low_quality_matches=False):
    matcher = det_utils.Matcher(high_threshold, low_threshold, allow_low_quality_matches)
    return matcher(match_quality_matrix)
""",
    "rpn_loss": """
def rpn_loss(objectness, pred_bbox_deltas, labels, regression_targets, fg_bg_sampler):
    from types import SimpleNamespace
    from torchvision.models.detection.rpn import RegionProposalNetwork
    me = SimpleNamespace(fg_bg_sampler=fg_bg_sampler)
    return RegionProposalNetwork.compute_loss(
        me, objectness, pred_bbox_deltas, labels, regression_targets
    )
""",
}


RIGHT = right_answers(Path(__file__).parent, WRONG)
